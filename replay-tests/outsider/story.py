#!/usr/bin/env python3
"""Checks what `gpuaas demo` told against the log that it exported, from the published formats alone.

    story.py DIRECTORY

DIRECTORY is the `demo` folder of the demo's data directory. Every position that was told has to be in
the export with the time that was told, and the invoice has to come out of the export byte for byte.
Exits with 1 where anything does not agree.
"""

import argparse
import json
import os
import sys

from books import Mismatch, need
from fault import Fault
from money import parsed
from reconstruct import rebuild
from verify import verify


def positions(told, entries):
    """How many of the steps that were told name an entry, each of which is there."""
    times = {entry.position: entry.recorded_at for entry in entries}
    proved = [step for step in told if "entry" in step]
    for step in proved:
        position, time = step["entry"]["position"], step["entry"]["time"]
        need(position in times, f"step {step['step']}: there is no entry {position}")
        need(times[position] == time, f"step {step['step']}: entry {position} has the time {times[position]}")
    need(proved, "no step names an entry")
    return len(proved)


def check(directory):
    with open(os.path.join(directory, "story.jsonl"), encoding="utf-8") as lines:
        told = [json.loads(line) for line in lines]
    with open(os.path.join(directory, "log.export"), "rb") as file:
        data = file.read()
    with open(os.path.join(directory, "invoice.json"), "rb") as file:
        invoice = file.read()
    proved = positions(told, verify(data).entries)
    document = json.loads(invoice)
    organization = parsed("org", document["organization"])
    _, made, issued = rebuild(data, organization, document["from"], document["until"])
    need(issued is not None, "the log has no invoice for this interval")
    need(made == invoice, "the invoice that the demo kept has other bytes")
    return f"{proved} of {len(told)} steps name an entry, and each is there; the invoice's {len(made)} bytes agree"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("directory")
    arguments = parser.parse_args()
    try:
        print(check(arguments.directory))
    except Fault as fault:
        print(f"the export is not good: {fault.kind} at {fault.position}", file=sys.stderr)
        return 1
    except Mismatch as why:
        print(f"the story does not agree: {why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
