"""docs/money.md, section 4: the invoice of an interval and its bytes."""

import json
from collections import namedtuple
from decimal import Decimal

from books import priced_as
from money import Charge, amount, charges, exact, item_of, printed

#: Times and positions; `organization` are bytes.
Terms = namedtuple("Terms", "organization currency start end through late_from late_after")


class Line:
    """What is summed up for a line."""

    def __init__(self):
        self.start, self.end = None, None
        self.measure = 0
        self.usage, self.postings = set(), set()

    def add(self, charge, usage, posting):
        start, end = charge.service
        self.start = start if self.start is None else min(self.start, start)
        self.end = end if self.end is None else max(self.end, end)
        self.measure += charge.measure
        self.usage.add(usage)
        self.postings.add(posting)

    def shown(self, key):
        project, item, resource, basis, price = key
        kind = item.partition("_")[0]
        price = price if basis in ("attested", "reported") else None
        line = {
            "amount": str(amount(kind, exact(Charge(basis, price, None, self.measure)))),
            "basis": basis,
            "from": self.start,
            "item": item,
            "measure": str(self.measure),
            "postings": sorted(self.postings),
            "project": project,
            "resource": resource,
            "until": self.end,
            "usage": sorted(self.usage),
        }
        if price is not None:
            line["price"] = f"{price:f}"
        return line


def lines(books, terms, after, window):
    found = {}
    for position, entry in sorted(books.usage.items()):
        if not after < position <= terms.through:
            continue
        posting, prices = books.rated(position)
        kind, identity = item_of(priced_as(entry))
        if entry.kind == "usage":
            subject = entry.fields["subject"]
            project, resource = subject["project"], printed("alloc", subject["allocation"])
        else:
            project, resource = entry.fields["project"], entry.fields["product"]
        for charge in charges(entry.event, entry.fields, prices, window):
            # A price is not negative, so -1 keeps lines without one apart and first.
            price = Decimal(-1) if charge.price is None else charge.price
            key = (printed("proj", project), printed(kind, identity), resource, charge.basis, price)
            found.setdefault(key, Line()).add(charge, position, posting)
    return [line.shown(key) for key, line in sorted(found.items(), key=lambda pair: pair[0]) if line.measure]


def document(books, terms):
    """The canonical bytes of the invoice, and what it comes to."""
    now = lines(books, terms, 0, (terms.start, terms.end))
    late = lines(books, terms, terms.late_after, (terms.late_from, terms.start))
    total = sum(int(line["amount"]) for line in now + late)
    fields = {
        "currency": terms.currency,
        "format": "gpuaas.invoice.v1",
        "from": terms.start,
        "late_after": terms.late_after,
        "late_from": terms.late_from,
        "late_lines": late,
        "lines": now,
        "organization": printed("org", terms.organization),
        "total": str(total),
        "until": terms.end,
    }
    # Texts and integers below 2⁵³ with ASCII keys: sorted and compact is what RFC 8785 asks for.
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(), total
