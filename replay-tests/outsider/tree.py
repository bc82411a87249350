"""Section 4: the RFC 6962 tree with SHA-256."""

from hashlib import sha256


def leaf(data):
    return sha256(b"\x00" + data).digest()


def node(left, right):
    return sha256(b"\x01" + left + right).digest()


def root(leaves):
    """The root over leaf hashes (RFC 6962, section 2.1)."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    left = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node(root(leaves[:left]), root(leaves[left:]))


def root_of_proof(leaf_hash, index, size, proof):
    """The root that an inclusion proof leads to, or None if it has another length (RFC 9162, 2.1.3.2)."""
    if index >= size:
        return None
    first, last, found = index, size - 1, leaf_hash
    for step in proof:
        if last == 0:
            return None
        if first & 1 or first == last:
            found = node(step, found)
            while not first & 1 and first != 0:
                first, last = first >> 1, last >> 1
        else:
            found = node(found, step)
        first, last = first >> 1, last >> 1
    return found if last == 0 else None
