"""docs/money.md, section 2: the prices of a batch are those of the price book, which a whole log has."""

from books import need, priced_as, service_of
from money import item_of

#: In this order stand the items of a batch.
ORDER = {"sku": 0, "unit": 1}


class PriceBooks:
    """What happened to the price books, with positions."""

    def __init__(self):
        self.events = {}  # book -> (position, event, fields)

    def enter(self, entry):
        if entry.kind == "price_book":
            events = self.events.setdefault(entry.stream[1], [])
            events.append((entry.position, entry.event, entry.fields))

    def in_force(self, book, item, currency, before):
        """The prices of an item as the book had them before a position: [(from, until, price)]."""
        found = {}
        for position, event, fields in self.events.get(book, []):
            mine = position < before and fields.get("item") == item and fields["currency"] == currency
            if mine and event == "price_book.price_set":
                found[fields["effective_from"]] = fields["price"]
            elif mine and event == "price_book.price_withdrawn":
                del found[fields["effective_from"]]
        starts = sorted(found)
        ends = starts[1:] + [2**64 - 1]
        return [(start, end, found[start]) for start, end in zip(starts, ends)]

    def check(self, position, batch, usage, book, currency):
        """The prices of a batch are the book's, cut to the service of the usage that it rates."""
        hulls = {}
        for entry in usage:
            service = service_of(entry)
            kind, identity = item_of(priced_as(entry))
            until = max(service["until"], service["from"] + 1)
            start, end = hulls.get((ORDER[kind], identity), (service["from"], until))
            hulls[(ORDER[kind], identity)] = (min(start, service["from"]), max(end, until))
        expected = []
        for (order, identity), (start, end) in sorted(hulls.items()):
            item = {("sku", "unit")[order]: identity}
            for begins, ends, price in self.in_force(book, item, currency, position):
                during = {"from": max(begins, start), "until": min(ends, end)}
                if during["from"] < during["until"]:
                    expected.append({"item": item, "price": price, "during": during})
        need(batch["prices"] == expected, f"batch {position} has prices that are not the price book's")
