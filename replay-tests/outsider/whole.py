"""Section 7: a whole export, entry by entry and check by check in the order of the text."""

import tree
from declarations import Declarations, is_well_formed, keys_of
from encoding import Malformed, payload
from entry import ZEROS, Entry
from export import Bodies
from fault import Fault, require
from note import Checkpoint, Unreadable


class Whole:
    """The state of a log as far as it was read."""

    def __init__(self, export):
        self.export = export
        self.head = export.head
        self.entries = []
        self.leaves = []
        self.owners = {}  # owner -> (sequence, hash)
        self.streams = {}  # stream -> (owner, version)
        self.declared = Declarations()
        self.bodies = Bodies()
        self.commands = set()
        self.idempotency = set()
        self.claims = {}  # (scope, hash) -> stream
        self.first = None  # the append's index-0 entry
        self.key_lists = []  # (position, keys)
        self.absent = []  # positions of detached payloads without a body
        self.erased = set()

    def verify(self):
        for section in self.export.items:
            if section.type == "B":
                self.bodies.add(section.body)
                continue
            self.entry(Entry(section.body))
        self.end()

    def entry(self, entry):
        before = self.entries[-1] if self.entries else None
        self.check_genesis(entry)
        require(entry.position == len(self.entries) + 1, "position", "another position")
        require(before is None or entry.recorded_at >= before.recorded_at, "time", "time goes back")
        require(entry.prev == (before.hash if before else ZEROS), "chain", "another entry came before")
        sequence, owner_hash = self.owners.get(entry.owner, (0, ZEROS))
        same_chain = (entry.owner_sequence, entry.owner_prev) == (sequence + 1, owner_hash)
        require(same_chain, "owner_chain", "the owner's chain does not go on here")
        self.check_stream_owner(entry)
        self.check_event(entry)
        _, version = self.streams.get(entry.stream, (None, 0))
        require(entry.version == version + 1, "stream_version", "the stream does not go on here")
        self.check_append(entry, before)
        self.check_idempotency(entry)
        self.check_guards(entry)
        self.check_cause(entry)
        self.check_claims(entry)
        self.check_heads(entry)
        self.check_blobs(entry)
        self.entries.append(entry)
        self.leaves.append(tree.leaf(entry.data))
        self.owners[entry.owner] = (entry.owner_sequence, entry.hash)
        self.streams[entry.stream] = (entry.owner, entry.version)

    def check_genesis(self, entry):
        if self.entries:
            require(entry.event != "log.created", "genesis", "the log is created a second time")
            return
        good = entry.event == "log.created" and is_well_formed(entry)
        require(good, "genesis", "the first entry does not create the log")
        fields = entry.fields
        keys = keys_of(fields["keys"], fields["origin"])
        alone = entry.append[1:] == [0, 1] and entry.actor[0] == "system" and entry.owner is None
        require(alone and entry.stream == ("log", fields["log_id"]), "genesis", "not created as a log is")
        require(keys is not None, "genesis", "a key that cannot be read")
        described = (fields["log_id"].hex(), fields["origin"])
        require(described == (self.head["log_id"], self.head["origin"]), "genesis", "T describes another log")
        self.key_lists.append((1, keys))

    def check_stream_owner(self, entry):
        owner, version = self.streams.get(entry.stream, (entry.owner, 0))
        require(owner == entry.owner, "stream_owner", "the stream belongs to another owner")
        if entry.kind == "log":
            only = entry.owner is None and entry.stream[1].hex() == self.head["log_id"]
            require(only, "stream_owner", "another stream of the kind log")
        elif entry.kind == "organization":
            require(entry.owner == entry.stream[1], "stream_owner", "an organization owned by another")
        require(self.declared.allows(entry), "stream_owner", "the kind is not for this owner")
        if entry.owner is not None and entry.owner not in self.owners:
            created = entry.event == "organization.created" and entry.stream == ("organization", entry.owner)
            require(created, "stream_owner", "the organization was not created")

    def check_event(self, entry):
        require(entry.event.startswith(entry.kind + "."), "event", "an event of another kind")
        if entry.kind == "log":
            require(is_well_formed(entry), "event", "a malformed event of the log")
            require(self.declared.take(entry), "event", "declared twice")
            if entry.event == "log.keys_changed":
                keys = keys_of(entry.fields["keys"], self.head["origin"])
                require(keys is not None, "event", "a key that cannot be read")
                self.key_lists.append((entry.position, keys))
            if entry.event == "log.payload_erased":
                self.erased.update(entry.fields["positions"])
            return
        require(entry.kind in self.declared.kinds, "event", "an undeclared kind")
        require((entry.event, entry.schema) in self.declared.schemas, "event", "an undeclared event")

    def check_append(self, entry, before):
        append_id, index, count = entry.append
        require(index < count, "append", "an index beyond the count")
        inside = before is not None and before.append[1] + 1 < before.append[2]
        require(inside == (index > 0), "append", "an append is not whole")
        if index == 0:
            require(append_id not in self.commands, "append", "a command id a second time")
            self.commands.add(append_id)
            self.first = entry
            return
        require(index == before.append[1] + 1, "append", "an index is missing")
        require(entry.shared() == before.shared(), "append", "entries of one append differ")
        bare = entry.command[1:] == [None, None] and not entry.guards and not entry.claims
        require(bare, "append", "hashes, guards or claims beyond index 0")

    def check_idempotency(self, entry):
        key = entry.command[1]
        require(key is None or key not in self.idempotency, "idempotency", "a hash a second time")
        self.idempotency.add(key)

    def check_guards(self, entry):
        for kind, identity, version in entry.guards:
            _, actual = self.streams.get((kind, identity), (None, 0))
            require(actual == version, "guard", "a stream was at another version")

    def check_cause(self, entry):
        if type(entry.cause) is int:
            require(0 < entry.cause < self.first.position, "cause", "not an earlier entry")

    def check_claims(self, entry):
        for takes, scope, name in entry.claims:
            holder = self.claims.get((scope, name))
            if takes:
                require(holder is None, "claim", "the name is held")
                self.claims[scope, name] = entry.stream
            else:
                require(holder == entry.stream, "claim", "not held by this stream")
                del self.claims[scope, name]

    def check_heads(self, entry):
        if entry.event != "log.heads_committed":
            return
        heads = {owner or bytes(16): head for owner, head in self.owners.items()}
        leaves = [tree.leaf(head_leaf(owner, *heads[owner])) for owner in sorted(heads)]
        expected = {"owners": len(leaves), "root": tree.root(leaves), "size": entry.position - 1}
        require(entry.fields == expected, "heads", "other heads")

    def check_blobs(self, entry):
        fields, named = entry.fields, []
        if entry.event == "log.schema_declared":
            named = ["descriptor"]
        elif entry.kind != "log":
            named = self.declared.schemas[entry.event, entry.schema]
        if entry.detached:
            fields = detached_fields(entry, self.bodies)
            if fields is None:
                self.absent.append(entry.position)
        for name in named if fields else []:
            digest = fields.get(name)
            there = digest is None or (type(digest) is bytes and self.bodies.name(digest) is not None)
            require(there, "blob", "a blob is missing")

    def end(self):
        count = len(self.entries)
        last = self.entries[-1] if self.entries else None
        require(last is None or last.append[1] + 1 == last.append[2], "append", "cut inside an append", count)
        for position in self.absent:
            require(position in self.erased, "blob", "a body is missing", position)
        require(self.bodies.all_named(), "blob", "a body that no entry names", count)
        checkpoints = read_checkpoints(self.export, self.head["origin"], count)
        sizes = [count, self.head["size"]] + [checkpoint.size for checkpoint in checkpoints[-1:]]
        whole = count > 0 and checkpoints and len(set(sizes)) == 1
        require(whole, "truncated", "not as long as it says", min(sizes) + 1)
        for checkpoint in checkpoints:
            same = checkpoint.root == tree.root(self.leaves[: checkpoint.size])
            require(same, "root", "another root", count)
        self.check_signatures(checkpoints, count)
        for checkpoint in checkpoints:
            ends_well = checkpoint.size and self.entries[checkpoint.size - 1].event == "log.heads_committed"
            require(ends_well, "checkpoint", "its last entry is not heads", count)
        self.checkpoints = checkpoints
        require(not self.export.trailing, "trailing", "bytes after the end", count)

    def check_signatures(self, checkpoints, count):
        covered = 0
        for checkpoint in checkpoints:
            # The list in force, and each that was replaced since the checkpoint before.
            lists = [keys for position, keys in self.key_lists if position <= checkpoint.size]
            changes = sum(covered < position <= checkpoint.size for position, _ in self.key_lists)
            for keys in lists[-(changes + 1) :] if covered else lists:
                require(checkpoint.is_signed_by_one_of(keys), "signature", "not signed by a key in force", count)
            covered = checkpoint.size


def head_leaf(owner, sequence, entry_hash):
    return owner + sequence.to_bytes(8, "big") + entry_hash


def detached_fields(entry, bodies):
    """The fields of a detached payload, or None where its body is not there."""
    digest, length = entry.detached
    body = bodies.name(digest)
    if body is None:
        return None
    require(len(body) == length and len(body) >= 17, "blob", "a body of another length")
    try:
        return payload(body[16:])
    except Malformed as why:
        raise Fault("blob", why=f"a body that is no payload: {why}") from why


def read_checkpoints(export, origin, count):
    checkpoints = []
    for section in export.after:
        if section.type != "C":
            continue
        try:
            checkpoint = Checkpoint(section.body)
        except Unreadable as why:
            raise Fault("checkpoint", count, str(why)) from why
        require(checkpoint.origin == origin, "checkpoint", "of another origin", count)
        ascends = not checkpoints or checkpoint.size > checkpoints[-1].size
        require(ascends, "checkpoint", "not larger than the one before", count)
        checkpoints.append(checkpoint)
    return checkpoints
