#!/usr/bin/env python3
"""Verifies an export of a log, from docs/log-format.md alone.

    verify.py FILE … [--key VKEY] [--checkpoint FILE]

Says of each file, in a line of JSON, the first fault as section 7 names it, or what the log is. Exits with
1 if any has a fault. It shares no code with the platform that writes such logs.
"""

import argparse
import json
import sys

import tree
from export import Export
from fault import Fault, require
from note import Checkpoint, Key, Unreadable
from owner import Owner
from whole import Whole


def verify(data, keys=(), held=None):
    """A verified export; raises the first fault, with its position."""
    export = Export(data)
    if export.head["kind"] == "whole":
        log = Whole(export)
    else:
        log = Owner(export, keys)
    try:
        log.verify()
        if export.head["kind"] == "whole":
            _check_outside(log, keys, held)
    except Fault as fault:
        if fault.position is None:
            fault.position = len(log.entries) + 1
        raise
    return log


def _check_outside(log, keys, held):
    """What is known of the log from elsewhere: its current key, a checkpoint kept before."""
    count = len(log.entries)
    current = {key.text for key in log.key_lists[-1][1]}
    require(all(key.text in current for key in keys), "signature", "the given key is not in force", count)
    if held:
        require(held.origin == log.head["origin"], "checkpoint", "the held checkpoint is of another log", count)
        require(held.size <= count, "truncated", "shorter than the held checkpoint", count + 1)
        same = held.root == tree.root(log.leaves[: held.size])
        require(same, "root", "another history than the held checkpoint's", count)


def report(log, keys, held):
    """What a good log is, for a program."""
    last = log.checkpoints[-1]
    outside = bool(keys or held)
    answer = {
        "kind": log.head["kind"],
        "log_id": log.head["log_id"],
        "origin": log.head["origin"],
        "entries": len(log.entries),
        "size": last.size,
        "root": last.root.hex(),
        "shown": "consistent" if outside else "consistent in itself; not shown to be what others saw",
    }
    if log.head["kind"] == "whole":
        answer["keys"] = [key.text for key in log.key_lists[-1][1]]
    else:
        answer["owner"] = log.head["owner"]
        answer["absent"] = log.absent
        answer["signatures"] = "checked" if keys else "unchecked: give the log's key"
    return answer


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--key", action="append", default=[], help="the log's current key, known from elsewhere")
    parser.add_argument("--checkpoint", help="a checkpoint held from elsewhere")
    arguments = parser.parse_args()
    try:
        keys = [Key(text) for text in arguments.key]
        held = Checkpoint(read(arguments.checkpoint)) if arguments.checkpoint else None
    except (OSError, Unreadable) as why:
        parser.error(str(why))
    good = True
    for file in arguments.files:
        try:
            answer = report(verify(read(file), keys, held), keys, held)
        except OSError as why:
            parser.error(str(why))
        except Fault as fault:
            good = False
            answer = {"fault": fault.kind, "position": fault.position, "why": fault.why}
        print(json.dumps({"file": file, **answer}))
    return 0 if good else 1


def read(path):
    with open(path, "rb") as file:
        return file.read()


if __name__ == "__main__":
    sys.exit(main())
