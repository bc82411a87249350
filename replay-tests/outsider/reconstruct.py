#!/usr/bin/env python3
"""Rebuilds an invoice from an export, from docs/log-format.md and docs/money.md alone.

    reconstruct.py FILE --org ORG --from TIME --until TIME [--key VKEY]

Verifies the export, checks the organization's books, writes the invoice's canonical bytes to standard
output, and says on standard error what was checked. Exits with 1 where anything does not agree, an
issued invoice of the same interval among it. A TIME is microseconds since the epoch, or RFC 3339.
"""

import argparse
import sys
from datetime import datetime, timedelta, timezone

import blake3

from books import Books, Mismatch, need
from fault import Fault
from invoice import Terms, document
from money import parsed
from note import Key
from verify import verify

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def micros(text):
    if text.isdigit():
        return int(text)
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def terms_of(books, organization, start, end):
    """The terms of an interval, and the digest of its invoice if one was issued."""
    for issued in books.issued:
        terms = issued["terms"]
        if terms["period"] == {"from": start, "until": end}:
            late = (terms["late_from"], terms["late_after"])
            return Terms(organization, terms["currency"], start, end, terms["through"], *late), issued
    need(books.currency is not None, "the organization has no ledger")
    return Terms(organization, books.currency, start, end, books.rated_through(), start, 0), None


def rebuild(data, organization, start, end, keys=()):
    """The invoice's bytes, and what was issued for the same interval, if anything."""
    books = Books(verify(data, keys).entries, organization)
    books.check()
    terms, issued = terms_of(books, organization, start, end)
    made = document(books, terms)
    if issued:
        digest = blake3.blake3(made).digest()
        need(digest == issued["document"], "the issued invoice has other bytes")
    return books, made, issued


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--org", required=True)
    parser.add_argument("--from", dest="start", required=True, type=micros)
    parser.add_argument("--until", dest="end", required=True, type=micros)
    parser.add_argument("--key", action="append", default=[])
    arguments = parser.parse_args()
    with open(arguments.file, "rb") as file:
        data = file.read()
    try:
        organization = parsed("org", arguments.org)
        keys = [Key(text) for text in arguments.key]
        books, made, issued = rebuild(data, organization, arguments.start, arguments.end, keys)
    except Fault as fault:
        print(f"the export is not good: {fault.kind} at {fault.position}", file=sys.stderr)
        return 1
    except Mismatch as why:
        print(f"the books do not agree: {why}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(made)
    sys.stdout.buffer.flush()
    compared = "it is the one that was issued" if issued else "none was issued for this interval"
    print(f"{len(books.usage)} usage, {len(books.batches)} batches agree; {compared}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
