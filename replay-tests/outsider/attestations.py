"""docs/money.md, section 2: what nodes attested, and whether they signed it."""

import json

from books import need
from money import printed
from note import verifies

#: The prefixes of the ids in a statement.
IDS = {"allocation": "alloc", "instance": "inst", "node": "node"}


def signed_bytes(statement):
    """What a node signs: the statement and its type as RFC 8785 JSON."""
    fields = {name: shown(name, value) for name, value in statement.items()}
    fields["type"] = "gpuaas.attestation.v1"
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def shown(name, value):
    if name in IDS:
        return printed(IDS[name], value)
    if name == "chain":
        return {"previous": value["previous"].hex(), "sequence": value["sequence"]}
    return value


class Attestations:
    """The attestations of an organization, and what they have to agree with."""

    def __init__(self):
        self.entries = {}  # allocation -> entries of its stream, by version
        self.placed = {}  # allocation -> fields of allocation.placed
        self.released = {}  # allocation -> when
        self.keys = {}  # node -> (position, key), in order; of a whole log

    def enter(self, entry):
        identity = entry.stream[1]
        if entry.event == "attestation.recorded":
            need(entry.fields is not None, f"the body of entry {entry.position} is not in the export")
            self.entries.setdefault(identity, []).append(entry)
        elif entry.event == "allocation.placed":
            self.placed[identity] = entry.fields
        elif entry.event == "allocation.released":
            self.released[identity] = entry.fields["at"]
        elif entry.event == "node.enrolled":
            self.keys.setdefault(identity, []).append((entry.position, entry.fields["public_key"]))

    def check(self, whole):
        """Every statement is signed, by the node that the allocation is on."""
        for allocation, entries in self.entries.items():
            need(allocation in self.placed, f"{entries[0].position} attests what was never placed")
            for entry in entries:
                self._check_one(entry, allocation)
                if whole:
                    self._check_key(entry)

    def _check_one(self, entry, allocation):
        statement = entry.fields["statement"]
        need(statement["allocation"] == allocation, f"{entry.position} attests another allocation")
        here = statement["node"] == self.placed[allocation]["node"]
        need(here, f"{entry.position} is of a node that the allocation is not on")
        signature = entry.fields["signature"]
        good = verifies(entry.fields["public_key"], signed_bytes(statement), signature)
        need(good, f"{entry.position} has a signature that is wrong")

    def _check_key(self, entry):
        """The key is the one with which the node had enrolled last."""
        keys = self.keys.get(entry.fields["statement"]["node"], [])
        before = [key for position, key in keys if position < entry.position]
        known = bool(before) and before[-1] == entry.fields["public_key"]
        need(known, f"{entry.position} is signed with a key that was not the node's")

    def intervals(self, allocation, version):
        """What the first so many statements attest."""
        entries = self.entries.get(allocation, [])
        need(version <= len(entries), "attestations are named that are not there")
        return [interval for each in entries[:version] for interval in each.fields["statement"]["intervals"]]

    def held(self, allocation):
        """When the allocation had slots."""
        placed = self.placed.get(allocation)
        if placed is None:
            return []
        return [{"from": placed["at"], "until": self.released.get(allocation, 2**63)}]
