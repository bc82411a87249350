"""docs/money.md, section 2: an organization's usage and postings, and what must hold between them."""

from bisect import bisect_left, bisect_right

import tree
from money import amount, charges, exact, item_of

USAGE = ("usage.metered", "usage.corrected", "usage_event.recorded")
ALWAYS = (0, 2**53 - 1)


class Mismatch(Exception):
    """The books are not what docs/money.md says they are."""


def need(holds, why):
    if not holds:
        raise Mismatch(why)


class Books:
    """What an export says of an organization's money."""

    def __init__(self, entries, organization, attestations, prices=None):
        """With the organization's attestations and, of a whole log, with the price books."""
        self.attestations = attestations
        self.prices = prices
        self.usage = {}  # position -> entry
        self.batches = []  # (position, fields of ledger.posted)
        self.invoiced = []  # (position, fields of ledger.invoiced)
        self.issued = {}  # invoice -> fields of invoice.issued
        self.opened = None
        self._streams = {}  # stream of usage -> entries by version
        for entry in entries:
            if entry.owner == organization:
                self._enter(entry)
            elif entry.owner is None and prices:
                attestations.enter(entry)
                prices.enter(entry)

    def _enter(self, entry):
        self.attestations.enter(entry)
        if entry.event in USAGE:
            need(entry.fields is not None, f"the body of entry {entry.position} is not in the export")
            self._streams.setdefault(entry.stream, []).append(entry)
            self.usage[entry.position] = entry
        elif entry.event == "ledger.posted":
            self.batches.append((entry.position, entry.fields))
        elif entry.event == "ledger.invoiced":
            self.invoiced.append((entry.position, entry.fields))
        elif entry.event == "ledger.opened":
            need(self.opened is None, f"{entry.position} opens the ledger again")
            self.opened = entry.fields
        elif entry.event == "invoice.issued":
            self.issued[entry.stream[1]] = entry.fields

    def rated(self, position):
        """The posting that rated an entry of usage, and its prices."""
        index = bisect_left(self.batches, position, key=lambda batch: batch[1]["usage"]["last"])
        need(index < len(self.batches), f"the usage at {position} is not rated")
        posting, fields = self.batches[index]
        need(fields["usage"]["first"] <= position, f"the usage at {position} is not rated")
        return posting, fields["prices"]

    def rated_through(self, before=ALWAYS[1]):
        """Position of the last usage that was rated before a position."""
        return max((batch["usage"]["last"] for position, batch in self.batches if position < before), default=0)

    def check(self):
        """Everything of section 6 but the export and the invoices."""
        self.attestations.check(whole=self.prices is not None)
        for entry in self.usage.values():
            if entry.kind == "usage":
                self._check_attested(entry)
        positions = sorted(self.usage)
        rated = 0
        for position, batch in self.batches:
            named = batch["usage"]
            usage = positions[rated : bisect_right(positions, named["last"])]
            whole = bool(usage) and named["first"] == usage[0] and named["last"] == usage[-1]
            need(whole and named["count"] == len(usage), f"batch {position} leaves usage out")
            leaves = [tree.leaf(self.usage[at].hash) for at in usage]
            need(named["root"] == tree.root(leaves), f"batch {position} has another root")
            need([posting["usage"] for posting in batch["postings"]] == usage, f"batch {position} posts other usage")
            self._check_prices(position, batch, usage)
            for posting in batch["postings"]:
                self._check_posting(posting, batch["prices"])
            rated += len(usage)

    def _check_prices(self, position, batch, usage):
        prices = batch["prices"]
        for index, one in enumerate(prices):
            same = [other for other in prices[:index] if other["item"] == one["item"]]
            twice = any(overlap(one["during"], other["during"]) for other in same)
            need(not twice, f"batch {position} has prices that overlap")
        if self.prices:
            entries = [self.usage[at] for at in usage]
            self.prices.check(position, batch, entries, self.opened["price_book"], self.opened["currency"])

    def _check_attested(self, entry):
        """Charged time was attested and the allocation's; unknown time is taken back once, from its period."""
        allocation, fields = entry.stream[1], entry.fields
        need(fields["subject"]["allocation"] == allocation, f"{entry.position} is of another allocation")
        attested = self.attestations.intervals(allocation, fields["attestations"])
        held = self.attestations.held(allocation)
        for interval in fields["attested"]:
            need(is_covered(interval, attested), f"{entry.position} charges what nobody attested")
            need(is_covered(interval, held), f"{entry.position} charges time in which nothing was allocated")
        if entry.event == "usage.corrected":
            self._check_correction(entry)
        for other in self._streams[entry.stream][: entry.version - 1]:
            for mine in fields["attested"]:
                twice = any(overlap(mine, its) for its in other.fields["attested"])
                need(not twice, f"{entry.position} charges time that {other.position} charges")
            if entry.event == other.event == "usage.metered":
                need(not overlap(fields["period"], other.fields["period"]), f"{entry.position} closes time twice")

    def _check_correction(self, entry):
        corrected = self._corrected(entry)
        need(corrected.event == "usage.metered", f"{entry.position} corrects something else")
        need(entry.fields["period"] == corrected.fields["period"], f"{entry.position} moves its period")
        for interval in entry.fields["attested"]:
            covered = is_covered(interval, corrected.fields["unknown"])
            need(covered, f"{entry.position} corrects what was not unknown")

    def _corrected(self, entry):
        """The entry that a correction names, which is before it in its stream."""
        version = entry.fields["corrects"]
        need(1 <= version < entry.version, f"{entry.position} corrects something else")
        return self._streams[entry.stream][version - 1]

    def _check_posting(self, posting, prices):
        entry = self.usage[posting["usage"]]
        found = list(charges(entry.event, entry.fields, prices, ALWAYS))
        owed = amount(kind_of(entry), sum(map(exact, found)))
        expected = [{"account": "accrued", "amount": owed}, {"account": "revenue", "amount": -owed}]
        need(posting["entries"] == expected, f"the posting of {entry.position} is another amount")
        need(posting["service"] == service_of(entry), f"the posting of {entry.position} moves its service")
        corrects = self._corrected(entry).position if entry.event == "usage.corrected" else None
        need(posting["corrects"] == corrects, f"the posting of {entry.position} corrects another one")


def kind_of(entry):
    """What its price is for: `sku` or `unit`."""
    return item_of(priced_as(entry))[0]


def priced_as(entry):
    if entry.kind == "usage":
        return {"sku": entry.fields["subject"]["sku"]}
    return {"unit": entry.fields["unit"]}


def service_of(entry):
    return entry.fields["period"] if entry.kind == "usage" else entry.fields["service"]


def overlap(one, other):
    return max(one["from"], other["from"]) < min(one["until"], other["until"])


def is_covered(interval, others):
    """Whether every moment of an interval is in one of the others."""
    reached = interval["from"]
    for other in sorted(others, key=lambda each: each["from"]):
        if other["from"] > reached:
            break
        reached = max(reached, other["until"])
    return reached >= interval["until"]
