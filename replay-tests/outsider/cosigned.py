#!/usr/bin/env python3
"""Says who signed and who cosigned a checkpoint, from the C2SP specifications alone.

    cosigned.py FILE --key VKEY … --witness VKEY … [--at-least N]

Prints one line of JSON. Exits with 1 if a line of a known key does not verify, if no key of
the log signed, or if fewer than N of the witnesses cosigned: by default, all of them.
"""

import argparse
import json
import sys

from cosignature import Witness
from note import Checkpoint, Key, Unreadable


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--key", action="append", default=[], help="a key of the log")
    parser.add_argument("--witness", action="append", default=[], help="a key of a witness")
    parser.add_argument("--at-least", type=int, metavar="N", help="how many of the witnesses; by default all")
    arguments = parser.parse_args()
    try:
        with open(arguments.file, "rb") as file:
            checkpoint = Checkpoint(file.read())
        signed = [text for text in arguments.key if checkpoint.is_signed_by_one_of([Key(text)])]
        times = {key.name: key.time_of(checkpoint) for key in map(Witness, arguments.witness)}
    except OSError as why:
        parser.error(str(why))
    except Unreadable as why:
        print(json.dumps({"fault": str(why)}))
        return 1
    cosigned = {name: time for name, time in times.items() if time is not None}
    answer = {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}
    print(json.dumps({**answer, "signed": signed, "cosigned": cosigned}))
    wanted = len(arguments.witness) if arguments.at_least is None else arguments.at_least
    return 0 if signed and len(cosigned) >= wanted else 1


if __name__ == "__main__":
    sys.exit(main())
