"""Section 6: the sections of an export."""

import json
import re
from collections import namedtuple

import blake3

from fault import Fault, require

FIRST_LINE = b"gpuaas-log-export/1\n"
HEX_ID = re.compile(r"[0-9a-f]{32}")
#: What follows the entries, by kind of export; each at most as often as it says here.
AFTER_ENTRIES = {"whole": "C", "owner": "CXPH"}

Section = namedtuple("Section", "type body")


class Export:
    """The sections of a file, in their order; nothing in them is checked yet but `T`."""

    def __init__(self, data):
        require(data.startswith(FIRST_LINE), "file", "another first line", 1)
        self.entries_read = 0
        self.head = None
        self.items = []  # B and E sections, in order
        self.after = []  # what follows the entries
        self.closed = False
        self.trailing = False
        rest = data[len(FIRST_LINE) :]
        while rest and not self.closed:
            if len(rest) < 5 or len(rest) - 5 < int.from_bytes(rest[1:5], "big"):
                break
            length = 5 + int.from_bytes(rest[1:5], "big")
            self._take(Section(chr(rest[0]), rest[5:length]))
            rest = rest[length:]
        self.trailing = self.closed and bool(rest)
        if not self.closed:
            size = self.head["size"] if self.head else self.entries_read
            raise Fault("truncated", min(size, self.entries_read) + 1, "the end is missing")

    def _take(self, section):
        here = self.entries_read + 1
        if self.head is None:
            require(section.type == "T", "file", "no T at the beginning", here)
            self.head = _head(section.body)
        elif section.type == "Z":
            require(not section.body, "file", "a body in Z", here)
            if self.head["kind"] == "owner":
                require(self._order() == "CXPH", "file", "an owner's export has one each of C, X, P and H", here)
            self.closed = True
        elif section.type in "BE":
            require(not self.after, "file", "an entry or a body after the checkpoints", here)
            self.items.append(section)
            self.entries_read += section.type == "E"
        elif section.type in AFTER_ENTRIES[self.head["kind"]]:
            self.after.append(section)
            whole = self.head["kind"] == "whole"
            require(whole or "CXPH".startswith(self._order()), "file", "sections out of order", here)
        else:
            require("a" <= section.type <= "z", "file", "an unknown critical section", here)

    def _order(self):
        return "".join(section.type for section in self.after)


def _head(body):
    try:
        head = json.loads(body.decode())
    except ValueError as error:
        raise Fault("file", 1, "T is not JSON") from error
    fields = {"kind", "log_id", "origin", "size"}
    whole = type(head) is dict and head.get("kind") == "whole" and head.keys() == fields
    owner = type(head) is dict and head.get("kind") == "owner" and head.keys() == fields | {"owner"}
    require(whole or owner, "file", "T has other fields", 1)
    ids = [head["log_id"]] + ([head["owner"]] if owner else [])
    require(all(type(each) is str and HEX_ID.fullmatch(each) for each in ids), "file", "an id is not hex", 1)
    require(type(head["origin"]) is str, "file", "the origin is no text", 1)
    size = head["size"]
    require(type(size) is int and 0 <= size <= 2**53 - 1, "file", "the size is no size", 1)
    # Texts and small integers: sorted and compact is what RFC 8785 asks for.
    canonical = json.dumps(head, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    require(canonical.encode() == body, "file", "T is not canonical", 1)
    return head


class Bodies:
    """The `B` sections read so far, and whether an entry named each."""

    def __init__(self):
        self._by_digest = {}
        self._named = []

    def add(self, data):
        index = len(self._named)
        self._named.append(False)
        for digest in (blob_digest(data), body_digest(data)):
            self._by_digest.setdefault(digest, (index, data))

    def name(self, digest):
        """The body with this digest, which is named herewith; None if there is none."""
        index, data = self._by_digest.get(digest, (None, None))
        if index is not None:
            self._named[index] = True
        return data

    def all_named(self):
        return all(self._named)


def blob_digest(data):
    return blake3.blake3(data).digest()


def body_digest(data):
    return blake3.blake3(data, derive_key_context="gpuaas 2026-11 detached payload v1").digest()
