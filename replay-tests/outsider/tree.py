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


def is_consistent(old, old_root, new, new_root, proof):
    """Whether a proof leads from an older root to a newer one (RFC 9162, 2.1.4.2)."""
    if old == new:
        return not proof and old_root == new_root
    # The old root is not sent where it is a node of the new tree.
    steps = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not 0 < old < new or not proof:
        return False
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old_found = new_found = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            old_found, new_found = node(step, old_found), node(step, new_found)
            while not first & 1 and first != 0:
                first, last = first >> 1, last >> 1
        else:
            new_found = node(new_found, step)
        first, last = first >> 1, last >> 1
    return last == 0 and old_found == old_root and new_found == new_root
