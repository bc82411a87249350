"""Section 7: an owner's export."""

import tree
from declarations import is_well_formed
from entry import ZEROS, Entry
from export import Bodies
from fault import Fault, require
from whole import detached_fields, head_leaf, read_checkpoints


class Owner:
    """An owner's chain, from its first entry to its committed head."""

    def __init__(self, export, keys):
        self.export = export
        self.head = export.head
        self.keys = keys
        self.entries = []
        self.streams = {}
        self.bodies = Bodies()
        self.absent = []

    def verify(self):
        for section in self.export.items:
            if section.type == "B":
                self.bodies.add(section.body)
            else:
                self.entry(Entry(section.body))
        self.end()

    def entry(self, entry):
        sequence = len(self.entries) + 1
        before = self.entries[-1].hash if self.entries else ZEROS
        owner = bytes.fromhex(self.head["owner"])
        own = (entry.owner or bytes(16)) == owner
        goes_on = (entry.owner_sequence, entry.owner_prev) == (sequence, before)
        require(own and goes_on, "owner_chain", "the owner's chain does not go on here")
        version = self.streams.get(entry.stream, 0)
        require(entry.version == version + 1, "stream_version", "the stream does not go on here")
        require(entry.event.startswith(entry.kind + "."), "event", "an event of another kind")
        if entry.detached and detached_fields(entry, self.bodies) is None:
            self.absent.append(sequence)
        self.entries.append(entry)
        self.streams[entry.stream] = entry.version

    def end(self):
        count = len(self.entries)
        require(count > 0, "truncated", "no entry", 1)
        require(self.bodies.all_named(), "blob", "a body that no entry names", count)
        sections = {section.type: section.body for section in self.export.after}
        [checkpoint] = read_checkpoints(self.export, self.head["origin"], count)
        require(checkpoint.size == self.head["size"], "checkpoint", "of another size", count)
        committed = self.committed(sections["X"], count)
        self.check_head(sections["H"], committed, count)
        steps = hashes(sections["P"])
        leaf = tree.leaf(sections["X"])
        root = steps is not None and tree.root_of_proof(leaf, checkpoint.size - 1, checkpoint.size, steps)
        require(root == checkpoint.root, "root", "the heads are not in the log", count)
        for key in self.keys:
            require(checkpoint.is_signed_by_one_of([key]), "signature", "not signed by the given key", count)
        self.checkpoints = [checkpoint]
        require(not self.export.trailing, "trailing", "bytes after the end", count)

    def committed(self, data, count):
        try:
            entry = Entry(data)
        except Fault as fault:
            raise Fault("heads", count, f"X: {fault.kind}") from fault
        stream = ("log", bytes.fromhex(self.head["log_id"]))
        good = entry.event == "log.heads_committed" and entry.stream == stream and is_well_formed(entry)
        size = self.head["size"]
        require(good and entry.position == size, "heads", "X is not the entry of heads", count)
        require(entry.fields["size"] == size - 1, "heads", "heads of another size", count)
        return entry

    def check_head(self, body, committed, count):
        steps = hashes(body[8:])
        require(len(body) >= 8 and steps is not None, "heads", "H has another length", count)
        last = self.entries[-1]
        leaf = tree.leaf(head_leaf(bytes.fromhex(self.head["owner"]), count, last.hash))
        index = int.from_bytes(body[:8], "big")
        root = tree.root_of_proof(leaf, index, committed.fields["owners"], steps)
        require(root == committed.fields["root"], "heads", "not the owner's committed head", count)


def hashes(data):
    """The hashes of a proof, or None if these are not whole hashes."""
    return None if len(data) % 32 else [data[at : at + 32] for at in range(0, len(data), 32)]
