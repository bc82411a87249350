"""Section 2: the entry and its shape."""

import blake3

from encoding import (
    Malformed,
    decode,
    is_ascending,
    is_hash,
    is_id,
    is_kind,
    is_name,
    is_rule,
    is_uint,
    need,
    payload,
)
from fault import Fault

ZEROS = bytes(32)


class Entry:
    """A decoded entry; its attributes are the table's names."""

    def __init__(self, data):
        self.data = data
        self.hash = blake3.blake3(data, derive_key_context="gpuaas 2026-11 log entry v1").digest()
        if _is_of_another_format(data):
            raise Fault("format")
        try:
            self._read(decode(data))
        except Malformed as why:
            raise Fault("encoding", why=str(why)) from why

    def _read(self, fields):
        need(len(self.data) <= 65_535, "more than 65,535 bytes")
        need(type(fields) is list and len(fields) == 21, "not an array of 21 elements")
        (
            self.format,
            self.position,
            self.recorded_at,
            self.owner,
            self.owner_sequence,
            self.owner_prev,
            self.stream,
            self.version,
            self.event,
            self.schema,
            self.append,
            self.command,
            self.actor,
            self.decision,
            self.trace,
            self.cause,
            self.guards,
            self.claims,
            self.payload,
            self.prev,
            self.extension,
        ) = fields
        need(type(self.format) is int and self.format == 1, "format")
        need(is_uint(self.position, 1), "position")
        need(is_uint(self.recorded_at), "recorded_at")
        need(self.owner is None or is_id(self.owner), "owner")
        need(is_uint(self.owner_sequence, 1), "owner_sequence")
        need(is_hash(self.owner_prev), "owner_prev")
        need(_is_named(self.stream), "stream")
        need(is_uint(self.version, 1), "version")
        need(is_name(self.event), "event")
        need(is_uint(self.schema, 1), "schema")
        need(_is_append(self.append), "append")
        need(_is_command(self.command), "command")
        need(_is_actor(self.actor), "actor")
        need(_is_decision(self.decision, self.actor[0]), "decision")
        need(type(self.trace) is bytes and is_id(self.trace), "trace")
        need(_is_cause(self.cause), "cause")
        need(_is_guards(self.guards), "guards")
        need(_is_claims(self.claims), "claims")
        need(is_hash(self.prev), "prev")
        need(self.extension is None, "extension")
        self.stream = tuple(self.stream)
        # The fields, or None while the body of a detached payload is elsewhere.
        if type(self.payload) is bytes:
            self.fields = payload(self.payload)
            self.detached = None
        else:
            body = self.payload
            need(type(body) is list and len(body) == 2 and is_hash(body[0]) and is_uint(body[1]), "payload")
            self.fields = None
            self.detached = tuple(body)

    @property
    def kind(self):
        return self.stream[0]

    def shared(self):
        """What all entries of an append have in common."""
        append_id, _, count = self.append
        command, _, _ = self.command
        return [self.recorded_at, append_id, count, command, self.actor, self.decision, self.trace, self.cause]


def _is_of_another_format(data):
    """Whether this is an array that begins with an integer other than 1."""
    if data[:1] and 0x90 <= data[0] <= 0x9F:
        first = 1
    elif data[:1] == b"\xdc":
        first = 3
    elif data[:1] == b"\xdd":
        first = 5
    else:
        return False
    if data[0] == 0x90 or first >= len(data):
        return False
    byte = data[first]
    if byte <= 0x7F or byte >= 0xE0:
        return byte != 1
    size = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}.get(byte)
    number = data[first + 1 : first + 1 + size] if size else b""
    return bool(size) and len(number) == size and int.from_bytes(number, "big") != 1


def _is_list(value, size):
    return type(value) is list and len(value) == size


def _is_named(value):
    return _is_list(value, 2) and is_kind(value[0]) and is_id(value[1])


def _is_append(value):
    return _is_list(value, 3) and is_id(value[0]) and is_uint(value[1]) and is_uint(value[2], 1)


def _is_command(value):
    hashes = value[1:] if _is_list(value, 3) else [b""]
    return is_name(value[0]) and all(each is None or is_hash(each) for each in hashes)


def _is_actor(value):
    if not _is_list(value, 4) or not is_kind(value[0]):
        return False
    _, actor, token, on_behalf = value
    known = is_id(actor) or (actor is None and value[0] == "system")
    return known and (token is None or is_id(token)) and (on_behalf is None or _is_named(on_behalf))


def _is_decision(value, actor):
    if value is None:
        return actor in ("policy", "system")
    rules = value[1] if _is_list(value, 2) and is_hash(value[0]) else None
    return type(rules) is list and all(map(is_rule, rules)) and is_ascending(rules)


def _is_cause(value):
    foreign = _is_list(value, 3) and is_id(value[0]) and is_uint(value[1]) and is_hash(value[2])
    return value is None or is_uint(value) or foreign


def _is_guards(value):
    if type(value) is not list:
        return False
    for guard in value:
        if not (_is_list(guard, 3) and is_kind(guard[0]) and is_id(guard[1]) and is_uint(guard[2])):
            return False
    return is_ascending([guard[:2] for guard in value])


def _is_claims(value):
    if type(value) is not list:
        return False
    for claim in value:
        if not (_is_list(claim, 3) and type(claim[0]) is int and claim[0] in (0, 1)):
            return False
        if not (is_name(claim[1]) and is_hash(claim[2])):
            return False
    return is_ascending([claim[1:] for claim in value])
