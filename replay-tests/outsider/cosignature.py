"""What witnesses say of checkpoints: C2SP tlog-cosignature, version 1 with Ed25519.

Written from the specification alone.
"""

import hashlib

from note import Unreadable, _base64, verifies

COSIGNATURE = 4
LAST_TIME = 2**63 - 1


class Witness:
    """A vkey of a witness: name, '+', key id in hex, '+', base64 of 04 and the public key."""

    def __init__(self, text):
        name, plus, rest = text.partition("+")
        number, plus_too, key = rest.partition("+")
        if not (plus and plus_too and name):
            raise Unreadable("not a vkey")
        data = _base64(key)
        if len(data) != 33 or data[0] != COSIGNATURE:
            raise Unreadable("not a key of a witness")
        self.name, self.public = name, data[1:]
        self.number = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
        if number != self.number.hex():
            raise Unreadable("the key id is of another key")

    def time_of(self, checkpoint):
        """When it cosigned, in seconds; None if it did not. A line of its that does not hold is an error."""
        times = []
        for name, number, signature in checkpoint.signatures:
            if (name, number) == (self.name, self.number):
                times.append(self._time(checkpoint.message, signature))
        return min(times, default=None)

    def _time(self, message, signature):
        if len(signature) != 8 + 64:
            raise Unreadable("a cosignature has 72 bytes")
        time = int.from_bytes(signature[:8], "big")
        signed = f"cosignature/v1\ntime {time}\n".encode() + message
        if time > LAST_TIME or not verifies(self.public, signed, signature[8:]):
            raise Unreadable("a cosignature that does not verify")
        return time
