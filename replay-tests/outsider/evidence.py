#!/usr/bin/env python3
"""Checks files of evidence, from docs/custody/evidence.md and docs/log-format.md alone.

    evidence.py FILE … --key VKEY …

Says of each file, in a line of JSON, what its bundle has in it, or the first fault as the page names it. Exits
with 1 if any has a fault. It shares no code with the platform that writes such files.
"""

import argparse
import json
import sys

import tree
from entry import Entry
from fault import Fault, require
from note import Checkpoint, Key, Unreadable, _base64

BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"


class Receipt:
    """A C2SP tlog-proof without extra data."""

    def __init__(self, text):
        head, blank, self.note = text.partition("\n\n")
        first, *lines = head.split("\n")
        require(blank and first == "c2sp.org/tlog-proof@v1" and lines, "receipt", "not a receipt")
        name, _, number = lines[0].partition(" ")
        require(name == "index" and number.isdecimal() and str(int(number)) == number, "receipt", "no index")
        self.index, self.position = int(number), int(number) + 1
        try:
            self.hashes = [_base64(line) for line in lines[1:]]
            self.checkpoint = Checkpoint(self.note.encode())
        except Unreadable as why:
            raise Fault("receipt", why=str(why)) from why
        require(all(len(digest) == 32 for digest in self.hashes), "receipt", "a hash has 32 bytes")


def read(data):
    """The file's bundle, and its entries' bytes with their receipts."""
    try:
        text = data.decode()
        file = json.loads(text)
        entries = [(_base64(each["entry"]), each["receipt"]) for each in file["entries"]]
        shape = {"bundle": file["bundle"], "entries": file["entries"], "format": "gpuaas-evidence/1"}
        good = file == shape and all(set(each) == {"entry", "receipt"} for each in file["entries"])
        stream = ("evidence_bundle", identified("evb", file["bundle"]))
    except (AttributeError, KeyError, TypeError, ValueError, Unreadable) as why:
        raise Fault("file", why=str(why)) from why
    canonical = json.dumps(file, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    require(good and entries and canonical == text, "file", "not canonical, or not of this shape")
    return stream, [(entry, Receipt(receipt)) for entry, receipt in entries]


def identified(prefix, text):
    """The UUID of a TypeID."""
    kind, _, digits = text.partition("_")
    if kind != prefix or len(digits) != 26:
        raise ValueError("not an id")
    number = 0
    for digit in digits:
        number = number * 32 + BASE32.index(digit)
    return number.to_bytes(16, "big")


class Bundle:
    """What a bundle's own entries say."""

    def __init__(self):
        self.version, self.last, self.closed = 0, None, False
        self.items, self.invariants, self.named = {}, {}, set()

    def enter(self, entry):
        at = entry.position
        require(entry.version == self.version + 1, "stream", "an entry of the bundle is missing", at)
        require(entry.fields is not None, "event", "its payload is elsewhere", at)
        event = entry.event.removeprefix("evidence_bundle.")
        require((event == "created") == (self.version == 0), "stream", "opened once, at first", at)
        require(not self.closed, "stream", "it goes on after its closing", at)
        self.version, self.last = entry.version, at
        if event == "item_recorded":
            item, named = entry.fields["id"], entry.fields["entries"]
            require(item not in self.items, "item", "an item twice", at)
            require(all(0 < position < at for position in named), "item", "it names what is not before it", at)
            self.items[item] = entry.fields["result"]
            self.named.update(named)
        elif event == "invariant_recorded":
            known = all(item in self.items for item in entry.fields["items"])
            require(known, "invariant", "covered by what is no item", at)
            self.invariants[entry.fields["invariant"]] = entry.fields["result"]
        elif event == "closed":
            self.closed = True
        else:
            require(event == "created", "event", f"unknown: {event}", at)


def verify(data, keys):
    """The bundle of a good file; raises the first fault."""
    stream, proved = read(data)
    checkpoint, before = proved[0][1].checkpoint, 0
    for _, receipt in proved:
        require(receipt.note == proved[0][1].note, "checkpoint", "not under the first one", receipt.position)
        require(receipt.position > before, "order", "not ascending", receipt.position)
        before = receipt.position
    require(checkpoint.is_signed_by_one_of(keys), "key", "not signed by a given key")
    entries = [included(data, receipt) for data, receipt in proved]
    bundle, others = Bundle(), set()
    for entry in entries:
        if entry.stream == stream:
            bundle.enter(entry)
        else:
            others.add(entry.position)
    require(bundle.version > 0, "stream", "nothing of the bundle is there")
    require(bundle.closed, "open", "not closed", bundle.last)
    there = {entry.position for entry in entries}
    for position in sorted(bundle.named - there):
        raise Fault("missing", position, "named by an item, and not there")
    for position in sorted(others - bundle.named):
        raise Fault("unrelated", position, "neither of the bundle nor named")
    return bundle, entries, checkpoint


def included(data, receipt):
    """The entry that a receipt is for."""
    try:
        entry = Entry(data)
    except Fault as fault:
        raise Fault("entry", receipt.position, fault.why) from fault
    require(entry.position == receipt.position, "position", "an entry of another position", receipt.position)
    root = tree.root_of_proof(tree.leaf(data), receipt.index, receipt.checkpoint.size, receipt.hashes)
    require(root == receipt.checkpoint.root, "inclusion", "not the entry that was signed", receipt.position)
    return entry


def report(data, keys):
    try:
        bundle, entries, checkpoint = verify(data, keys)
    except Fault as fault:
        return {"fault": fault.kind, "position": fault.position, "why": fault.why}
    return {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "entries": [entry.position for entry in entries],
        "items": sorted(bundle.items.values()),
        "invariants": bundle.invariants,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--key", action="append", required=True, help="a key of the log, known from elsewhere")
    arguments = parser.parse_args()
    keys, good = [Key(text) for text in arguments.key], True
    for name in arguments.files:
        with open(name, "rb") as file:
            answer = report(file.read(), keys)
        good = good and "fault" not in answer
        print(json.dumps({"file": name, **answer}))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
