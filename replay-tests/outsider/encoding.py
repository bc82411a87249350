"""Section 1: strict MessagePack, names, ids and payloads."""

import re

import msgpack

LARGEST = 2**53 - 1
NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
RULE = re.compile(r"[A-Za-z0-9_.:-]{1,128}")


class Malformed(Exception):
    """Bytes or a value that section 1 does not allow."""


def need(holds, why):
    if not holds:
        raise Malformed(why)


def _unique(pairs):
    fields = dict(pairs)
    need(len(fields) == len(pairs), "a key stands twice")
    return fields


def _no_extension(code, data):
    raise Malformed(f"extension type {code}")


def decode(data):
    """The value that these bytes are the only encoding of."""
    try:
        value = msgpack.unpackb(
            data,
            raw=False,
            strict_map_key=False,
            object_pairs_hook=_unique,
            ext_hook=_no_extension,
            max_ext_len=0,
        )
        again = msgpack.packb(value, use_bin_type=True)
    except Malformed:
        raise
    except Exception as error:
        raise Malformed(f"not MessagePack: {error}") from error
    need(again == data, "a longer form than the shortest")
    return value


def is_uint(value, least=0):
    return type(value) is int and least <= value <= LARGEST


def is_text(value):
    return type(value) is str and "\0" not in value


def is_bytes(value, size):
    return type(value) is bytes and len(value) == size


def is_id(value):
    return is_bytes(value, 16) and any(value)


def is_hash(value):
    return is_bytes(value, 32)


def is_name(value):
    return type(value) is str and len(value) <= 64 and NAME.fullmatch(value) is not None


def is_kind(value):
    return is_name(value) and "." not in value


def is_rule(value):
    return type(value) is str and RULE.fullmatch(value) is not None


def is_ascending(values):
    """In order, and none twice."""
    return all(before < after for before, after in zip(values, values[1:]))


def payload(data):
    """The fields that a payload's bytes carry."""
    fields = decode(data)
    need(type(fields) is dict, "a payload is a map")
    _check(fields, 1)
    return fields


def _check(value, depth):
    kind = type(value)
    if kind is dict:
        need(depth <= 16, "deeper than 16")
        for key, inner in value.items():
            need(is_text(key), "a key is no text")
            _check(inner, depth + 1)
    elif kind is list:
        need(depth <= 16, "deeper than 16")
        for inner in value:
            _check(inner, depth + 1)
    elif kind is int:
        need(-(2**63) <= value < 2**64, "an integer of more than 64 bits")
    elif kind is str:
        need("\0" not in value, "a NUL")
    else:
        need(value is None or kind in (bool, bytes), f"a {kind.__name__}")
