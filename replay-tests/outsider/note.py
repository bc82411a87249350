"""Section 4: checkpoints, which are signed notes, and the keys that sign them."""

import base64
import binascii
import hashlib
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PRIME = 2**255 - 19
D = -121665 * pow(121666, -1, PRIME) % PRIME
DECIMAL = re.compile(r"0|[1-9][0-9]*")


class Unreadable(Exception):
    """A key or a checkpoint that cannot be read."""


def _base64(text):
    """Standard base64 with padding and zero spare bits only."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable("not base64") from error
    if base64.b64encode(data).decode() != text:
        raise Unreadable("not canonical base64")
    return data


class Key:
    """A vkey: name, '+', key id in hex, '+', base64 of the algorithm and the public key."""

    def __init__(self, text):
        name, plus, rest = text.partition("+")
        number, plus_too, key = rest.partition("+")
        if not (plus and plus_too and name) or re.search(r"\s", name):
            raise Unreadable("not a vkey")
        data = _base64(key)
        if len(data) != 33 or data[0] != 1:
            raise Unreadable("not an Ed25519 key")
        self.text, self.name, self.public = text, name, data[1:]
        self.number = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
        if number != self.number.hex():
            raise Unreadable("the key id is of another key")

    def verifies(self, message, signature):
        return verifies(self.public, message, signature)


def verifies(public, message, signature):
    """RFC 8032 without cofactor; encodings are canonical, and points not of small order."""
    if len(public) != 32 or len(signature) != 64 or _is_weak(public) or _is_weak(signature[:32]):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _is_weak(encoded):
    """Whether this is no canonical encoding of a point, or one of a point of small order."""
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= PRIME:
        return True
    square = (y * y - 1) * pow(D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if x * x % PRIME != square:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    if x * x % PRIME != square or (x == 0 and sign):
        return True
    if x & 1 != sign:
        x = PRIME - x
    for _ in range(3):
        x, y = _doubled(x, y)
    return (x, y) == (0, 1)


def _doubled(x, y):
    product = D * x * x * y * y % PRIME
    return (
        2 * x * y * pow(1 + product, -1, PRIME) % PRIME,
        (y * y + x * x) * pow(1 - product, -1, PRIME) % PRIME,
    )


class Checkpoint:
    """A C2SP tlog-checkpoint without extension lines, as a signed note."""

    def __init__(self, data):
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise Unreadable("not UTF-8") from error
        if any(ord(character) < 32 and character != "\n" for character in text):
            raise Unreadable("a control character")
        body, blank, signatures = text.partition("\n\n")
        lines = body.split("\n")
        if not blank or len(lines) != 3 or not signatures.endswith("\n"):
            raise Unreadable("not three lines, a blank one and signatures")
        self.origin, size, root = lines
        if not self.origin or not DECIMAL.fullmatch(size) or int(size) > 2**53 - 1:
            raise Unreadable("no origin or size")
        self.message, self.size, self.root = (body + "\n").encode(), int(size), _base64(root)
        if len(self.root) != 32:
            raise Unreadable("a root has 32 bytes")
        self.signatures = [_signature(line) for line in signatures[:-1].split("\n")]
        if len(self.signatures) > 16:
            raise Unreadable("more than 16 signatures")

    def is_signed_by_one_of(self, keys):
        """Whether a key signed; every signature under one of these names must hold."""
        signed = False
        for name, number, signature in self.signatures:
            for key in keys:
                if (key.name, key.number) == (name, number):
                    if not key.verifies(self.message, signature):
                        return False
                    signed = True
        return signed


def _signature(line):
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "\u2014" or not name or "+" in name or " " in encoded:
        raise Unreadable("not a signature line")
    data = _base64(encoded)
    if len(data) < 5:
        raise Unreadable("a signature without a key id")
    return name, data[:4], data[4:]
