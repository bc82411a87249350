#!/usr/bin/env python3
"""Checks what a server publishes of its log against pymerkle, from C2SP's specifications alone.

    published.py URL --key VKEY SIZE …

Fetches checkpoint, tiles and entries, builds the tree of the entries with pymerkle, and compares: the root,
the hashes of all tiles, the receipt of every entry, and the proof of consistency between every two of the
checkpoints of the given sizes. The token is read from standard input. Exits with 1 at the first difference.
"""

import argparse
import base64
import json
import sys
from urllib.request import Request, urlopen

from pymerkle import InmemoryTree, verify_consistency, verify_inclusion
from pymerkle.proof import InclusionProof, InvalidProof

from note import Checkpoint, Key
from tree import is_consistent

WIDTH = 256


class Server:
    """What is fetched, and from where."""

    def __init__(self, url, token):
        self.url, self.token = url, token

    def get(self, path):
        request = Request(self.url + path, headers={"Authorization": f"Bearer {self.token}"})
        with urlopen(request, timeout=30) as answer:
            return answer.read()

    def bundle(self, index, width):
        data, entries = self.get(f"/log/tile/entries/{tile_index(index, width)}"), []
        while data:
            length = int.from_bytes(data[:2], "big")
            entries.append(data[2 : 2 + length])
            data = data[2 + length :]
        return entries

    def tile(self, level, index, width):
        data = self.get(f"/log/tile/{level}/{tile_index(index, width)}")
        return [data[at : at + 32] for at in range(0, len(data), 32)]


def tile_index(index, width):
    """<N>[.p/<W>]: parts of three digits, all but the last behind an x."""
    digits = f"{index:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join(["x" + part for part in parts[:-1]] + parts[-1:])
    return path if width == WIDTH else f"{path}.p/{width}"


def tiles(size):
    """Level, index and width of every tile of a tree."""
    level, hashes = 0, size
    while hashes:
        for index in range(-(-hashes // WIDTH)):
            yield level, index, min(WIDTH, hashes - index * WIDTH)
        level, hashes = level + 1, hashes // WIDTH


def require(good, what):
    if not good:
        print(f"not so: {what}", file=sys.stderr)
        sys.exit(1)


def hashes_and_checkpoint(text, first):
    """The hashes of a proof, and the checkpoint behind them."""
    head, _, note = text.decode().partition("\n\n")
    lines = head.split("\n")
    require(lines[: len(first)] == first, f"the proof begins with {first}")
    return [base64.b64decode(line, validate=True) for line in lines[len(first) :]], Checkpoint(note.encode())


def refuses(verify):
    try:
        verify()
    except InvalidProof:
        return True
    return False


def check_receipt(server, tree, keys, position):
    """One receipt, by the layout that pymerkle gives a proof of the same leaf."""
    text = server.get(f"/api/v1/log/entries/{position}/receipt")
    hashes, checkpoint = hashes_and_checkpoint(text, ["c2sp.org/tlog-proof@v1", f"index {position - 1}"])
    require(checkpoint.is_signed_by_one_of(keys), f"the receipt of {position} is signed")
    size, root, leaf = checkpoint.size, checkpoint.root, tree.get_leaf(position)
    layout = tree.prove_inclusion(position, size)
    proof = InclusionProof("sha256", True, size, position, layout.rule, [leaf] + hashes)
    verify_inclusion(leaf, root, proof, index=position, size=size, algorithm="sha256")
    other = tree.get_leaf(position % size + 1)
    require(refuses(lambda: verify_inclusion(other, root, proof)), f"{position} is proved for its own entry alone")


def check_consistency(server, tree, keys, old, new):
    """One proof of consistency, by RFC 9162, between roots that pymerkle finds consistent by proofs of its own:
    those have another layout than the RFC's."""
    text = server.get(f"/api/v1/log/consistency?from={old}&to={new}")
    hashes, checkpoint = hashes_and_checkpoint(text, [f"old {old}"])
    require(checkpoint.is_signed_by_one_of(keys), f"the checkpoint of size {new} is signed")
    old_root, new_root, proof = tree.get_root(old), checkpoint.root, tree.prove_consistency(old, new)
    verify_consistency(old_root, new_root, proof, prior_size=old, later_size=new, algorithm="sha256")
    require(is_consistent(old, old_root, new, new_root, hashes), f"the proof leads from {old} to {new}")
    fork = bytes([old_root[0] ^ 1]) + old_root[1:]
    require(refuses(lambda: verify_consistency(fork, new_root, proof)), f"{old} and {new} are of one log alone")
    require(not is_consistent(old, fork, new, new_root, hashes), f"{old} and {new} are proved for one log alone")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("url")
    parser.add_argument("sizes", nargs="+", type=int, metavar="SIZE")
    parser.add_argument("--key", required=True, help="the log's key")
    arguments = parser.parse_args()
    server, keys = Server(arguments.url, sys.stdin.read().strip()), [Key(arguments.key)]

    checkpoint = Checkpoint(server.get("/log/checkpoint"))
    require(checkpoint.is_signed_by_one_of(keys), "the checkpoint is signed by the key")
    tree, count = InmemoryTree(algorithm="sha256"), 0
    for level, index, width in tiles(checkpoint.size):
        if level == 0:
            for entry in server.bundle(index, width):
                tree.append_entry(entry)
    require(tree.get_size() == checkpoint.size, "there are as many entries as the checkpoint says")
    require(tree.get_root() == checkpoint.root, "the entries have the root that is signed")

    for level, index, width in tiles(checkpoint.size):
        below = WIDTH**level
        for number, digest in enumerate(server.tile(level, index, width), index * WIDTH):
            leaves = InmemoryTree(algorithm="sha256")
            if level == 0:
                require(digest == tree.get_leaf(number + 1), f"hash {number} is that of its entry")
                continue
            for entry in all_entries(server, number * below, (number + 1) * below):
                leaves.append_entry(entry)
            require(digest == leaves.get_root(), f"hash {number} of level {level} is that of its {below} entries")
        count += 1

    for position in range(1, checkpoint.size + 1):
        check_receipt(server, tree, keys, position)
    pairs = [(old, new) for old in arguments.sizes for new in arguments.sizes if old <= new]
    for old, new in pairs:
        check_consistency(server, tree, keys, old, new)
    print(json.dumps({
        "size": checkpoint.size,
        "entries": tree.get_size(),
        "tiles": count,
        "receipts": checkpoint.size,
        "consistent": len(pairs),
    }))
    return 0


def all_entries(server, first, end):
    """The entries of complete bundles."""
    for index in range(first // WIDTH, end // WIDTH):
        yield from server.bundle(index, WIDTH)


if __name__ == "__main__":
    sys.exit(main())
