#!/usr/bin/env python3
"""Rebuilds an invoice from an export, from docs/log-format.md and docs/money.md alone.

    reconstruct.py FILE --org ORG --from TIME --to TIME [--key VKEY]

Verifies the export, checks the organization's books, writes the invoice's canonical bytes to standard
output, and says on standard error what was checked. Exits with 1 where anything does not agree, an
issued invoice of the same interval among it. A TIME is microseconds since the epoch, or RFC 3339.
"""

import argparse
import sys
from datetime import datetime, timedelta, timezone

import blake3

from attestations import Attestations
from books import Books, Mismatch, need
from fault import Fault
from invoice import Terms, document
from money import parsed
from note import Key
from prices import PriceBooks
from verify import verify

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def micros(text):
    if text.isdigit():
        return int(text)
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def terms_of(books, organization, start, end):
    """The terms of an interval: those on which it was invoiced, with what the ledger says of it, or its own."""
    need(books.opened is not None, "the organization has no ledger")
    currency = books.opened["currency"]
    first, reached, late_after = None, None, 0
    for position, fields in books.invoiced:
        period, through = fields["period"], fields["through"]
        need(through == books.rated_through(position), f"{position} bills usage that was not rated yet")
        need(reached in (None, period["from"]), f"{position} does not begin where the last invoice ended")
        first = period["from"] if first is None else first
        if period == {"from": start, "until": end}:
            return Terms(organization, currency, start, end, through, first, late_after), fields
        reached, late_after = period["until"], through
    return Terms(organization, currency, start, end, books.rated_through(), start, 0), None


def compare(books, terms, made, total, invoiced):
    """The issued invoice is what was made, and the ledger booked what it comes to."""
    issued = books.issued.get(invoiced["invoice"])
    need(issued is not None, "an invoice was booked that was not issued")
    need(blake3.blake3(made).digest() == issued["document"], "the issued invoice has other bytes")
    stated = issued["terms"]
    mine = (stated["through"], stated["late_from"], stated["late_after"])
    need(mine == (terms.through, terms.late_from, terms.late_after), "the issued invoice is on other terms")
    booked = [{"account": "receivable", "amount": total}, {"account": "accrued", "amount": -total}]
    need(issued["total"] == total and invoiced["entries"] == booked, "another amount was booked")


def rebuild(data, organization, start, end, keys=()):
    """The books, the invoice's bytes, and how the ledger booked it, if it was issued."""
    log = verify(data, keys)
    prices = PriceBooks() if log.head["kind"] == "whole" else None
    books = Books(log.entries, organization, Attestations(), prices)
    books.check()
    terms, invoiced = terms_of(books, organization, start, end)
    made, total = document(books, terms)
    if invoiced:
        compare(books, terms, made, total, invoiced)
    return books, made, invoiced


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--org", required=True)
    parser.add_argument("--from", dest="start", required=True, type=micros)
    parser.add_argument("--to", dest="end", required=True, type=micros)
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
    statements = sum(map(len, books.attestations.entries.values()))
    counted = f"{len(books.usage)} usage, {statements} attestations, {len(books.batches)} batches agree"
    print(f"{counted}; {compared}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
