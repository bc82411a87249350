#!/usr/bin/env python3
"""Says of an export who had which slot of which node, and when, from docs/log-format.md alone.

    contest.py FILE --mark HEX … [--metrics FILE …] [--key VKEY]

Verifies the export, follows every slot from holder to holder, and every allocation from its request to its
end, and says in a line of JSON what it found. A mark is how the traces begin of those who asked one of the
servers; a metrics file is what a server counts, as Prometheus reads it. Exits with 1 where a slot has two
owners, or anything else does not agree.
"""

import argparse
import json
import re
import sys

from books import Mismatch, need
from fault import Fault
from note import Key
from verify import verify

CONFLICTS = re.compile(r"^gpuaas_command_conflicts_total\{.*\} (\d+)$", re.MULTILINE)


class Slots:
    """Who has which slot, as far as the log was read."""

    def __init__(self):
        self.holders = {}  # (node, index) -> (allocation, generation)
        self.generations = {}  # (node, index) -> generation
        self.most = 0

    def reserve(self, node, fields):
        need(fields["slots"], "nothing is reserved")
        for slot in fields["slots"]:
            place, generation = (node, slot["index"]), slot["generation"]
            need(place not in self.holders, f"slot {place} has two owners")
            need(generation == self.generations.get(place, 0) + 1, f"slot {place} skips a generation")
            self.generations[place] = generation
            self.holders[place] = (fields["allocation"], generation)
        self.most = max(self.most, len(self.holders))

    def release(self, node, fields):
        for slot in fields["slots"]:
            place, holder = (node, slot["index"]), (fields["allocation"], slot["generation"])
            need(self.holders.pop(place, None) == holder, f"slot {place} is released by another one")

    def of(self, allocation):
        """What an allocation has, as (node, index, generation)."""
        held = self.holders.items()
        return {(node, index, got) for (node, index), (holder, got) in held if holder == allocation}


class Contest:
    """What became of each allocation."""

    def __init__(self, entries):
        self.slots = Slots()
        self.asked = {}  # allocation -> trace
        self.placed = {}  # allocation -> what it was given
        self.on = {}  # app instance -> allocation
        self.ran = set()
        self.released = set()
        for entry in self._appends(entries):
            for one in entry:
                self._take(one)
            for one in entry:
                self._agree(one)

    @staticmethod
    def _appends(entries):
        append = []
        for entry in entries:
            append.append(entry)
            _, index, count = entry.append
            if index + 1 == count:
                yield append
                append = []

    def _take(self, entry):
        subject, fields = entry.stream[1], entry.fields
        if entry.event == "node.slots_reserved":
            self.slots.reserve(subject, fields)
        elif entry.event == "node.slots_released":
            self.slots.release(subject, fields)
        elif entry.event == "allocation.requested":
            need(subject not in self.asked, "an allocation is asked for twice")
            self.asked[subject] = entry.trace
        elif entry.event == "app_instance.requested":
            need(fields["allocation"] in self.placed, "a launch on what has no place")
            need(fields["allocation"] not in self.released, "a launch on what was released")
            self.on[subject] = fields["allocation"]
        elif entry.event == "app_instance.running":
            self.ran.add(self.on[subject])

    def _agree(self, entry):
        """What an allocation is told is what its node gave or took in the same append."""
        subject, fields = entry.stream[1], entry.fields
        if entry.event == "allocation.placed":
            need(subject in self.asked and subject not in self.placed, "an allocation is placed twice, or unasked")
            given = {(fields["node"], slot["index"], slot["generation"]) for slot in fields["slots"]}
            need(given == self.slots.of(subject), "an allocation was told of other slots")
            self.placed[subject] = given
        elif entry.event == "allocation.released":
            need(not self.slots.of(subject), "an allocation is released and has slots still")
            need(subject not in self.released, "an allocation is released twice")
            self.released.add(subject)

    def found(self, marks):
        shares = {mark: sum(trace.hex().startswith(mark) for trace in self.asked.values()) for mark in marks}
        need(sum(shares.values()) == len(self.asked), "an allocation was asked for by somebody else")
        need(not self.slots.holders, "a slot has an owner at the end")
        return {
            "allocations": len(self.asked),
            "asked": shares,
            "placed": len(self.placed),
            "ran": len(self.ran),
            "released": len(self.released),
            "slots": len(self.slots.generations),
            "most_at_once": self.slots.most,
        }


def conflicts(path):
    with open(path, encoding="utf-8") as file:
        return sum(map(int, CONFLICTS.findall(file.read())))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--mark", action="append", default=[], help="in hex")
    parser.add_argument("--metrics", action="append", default=[])
    parser.add_argument("--key", action="append", default=[])
    arguments = parser.parse_args()
    with open(arguments.file, "rb") as file:
        data = file.read()
    try:
        entries = verify(data, [Key(text) for text in arguments.key]).entries
        found = Contest(entries).found(arguments.mark)
    except Fault as fault:
        print(f"the export is not good: {fault.kind} at {fault.position}: {fault.why}", file=sys.stderr)
        return 1
    except Mismatch as why:
        print(f"it does not agree: {why}", file=sys.stderr)
        return 1
    by_server = [conflicts(path) for path in arguments.metrics]
    print(json.dumps({**found, "entries": len(entries), "conflicts": sum(by_server), "conflicts_of_each": by_server}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
