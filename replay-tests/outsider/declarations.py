"""Section 3: what the log says of itself."""

from encoding import is_hash, is_id, is_kind, is_name, is_text, is_uint
from note import Key, Unreadable

OWNERS = ("platform", "organization", "either")


def keys_of(texts, origin):
    """The keys that a list of vkeys holds, or None if one cannot be one of this log."""
    try:
        keys = [Key(text) if is_text(text) else None for text in texts]
    except Unreadable:
        return None
    return keys if keys and all(key and key.name == origin for key in keys) else None


def _is_list_of(value, test):
    return type(value) is list and all(map(test, value))


#: The fields of the log's own events. Keys are looked at where the origin is known.
SHAPES = {
    "log.created": {"keys": lambda v: _is_list_of(v, is_text), "log_id": is_id, "origin": is_text},
    "log.kind_declared": {"kind": is_kind, "owner": lambda v: v in OWNERS},
    "log.schema_declared": {
        "blobs": lambda v: _is_list_of(v, is_text),
        "descriptor": is_hash,
        "event": is_name,
        "schema": lambda v: is_uint(v, 1),
    },
    "log.heads_committed": {"owners": is_uint, "root": is_hash, "size": is_uint},
    "log.keys_changed": {"keys": lambda v: _is_list_of(v, is_text)},
    "log.payload_erased": {"positions": lambda v: _is_list_of(v, is_uint), "reason": is_text},
}


def is_well_formed(entry):
    """Whether an entry of the kind `log` is one of its events, inline and with the right fields."""
    shape = SHAPES.get(entry.event)
    if shape is None or entry.schema != 1 or entry.fields is None:
        return False
    return entry.fields.keys() == shape.keys() and all(test(entry.fields[name]) for name, test in shape.items())


class Declarations:
    """What is declared so far."""

    def __init__(self):
        self.kinds = {}
        self.schemas = {}

    def take(self, entry):
        """Takes a well-formed declaration; says whether it is the first of its kind."""
        fields = entry.fields
        if entry.event == "log.kind_declared":
            fresh = fields["kind"] not in self.kinds and fields["kind"] != "log"
            self.kinds.setdefault(fields["kind"], fields["owner"])
            return fresh
        if entry.event == "log.schema_declared":
            key = (fields["event"], fields["schema"])
            fresh = key not in self.schemas and not fields["event"].startswith("log.")
            self.schemas.setdefault(key, fields["blobs"])
            return fresh
        return True

    def allows(self, entry):
        """Whether the owner may have streams of the kind; an undeclared kind is judged elsewhere."""
        owner = self.kinds.get(entry.kind, "either")
        return owner == "either" or (owner == "platform") == (entry.owner is None)
