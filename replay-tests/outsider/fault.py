"""The one exception: a fault that docs/log-format.md section 7 names."""


class Fault(Exception):
    """A kind of section 7 and, where it is not the place being read, a position."""

    def __init__(self, kind, position=None, why=""):
        super().__init__(kind, position, why)
        self.kind = kind
        self.position = position
        self.why = why


def require(holds, kind, why, position=None):
    """Raises the fault where something does not hold."""
    if not holds:
        raise Fault(kind, position, why)
