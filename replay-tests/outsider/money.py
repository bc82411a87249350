"""docs/money.md, sections 1 and 3: ids, decimals, rounding and charges."""

from collections import namedtuple
from decimal import Decimal

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
#: Microseconds of an hour and millionths of a unit.
PER = {"sku": 3_600_000_000, "unit": 1_000_000}

#: `price` is a Decimal or None; `service` is (from, until).
Charge = namedtuple("Charge", "basis price service measure")


def printed(prefix, identity):
    """An id as it is printed."""
    number = int.from_bytes(identity, "big")
    digits = [ALPHABET[number >> shift & 31] for shift in range(125, -1, -5)]
    return f"{prefix}_{''.join(digits)}"


def parsed(prefix, text):
    """The 16 bytes of a printed id."""
    start, _, digits = text.rpartition("_")
    if start != prefix or len(digits) != 26 or any(digit not in ALPHABET for digit in digits):
        raise ValueError(f"{text} is no id of {prefix}")
    number = 0
    for digit in digits:
        number = number << 5 | ALPHABET.index(digit)
    return number.to_bytes(16, "big")


def item_of(item):
    """The kind and the id of what has a price."""
    [(kind, identity)] = item.items()
    return kind, identity


def scaled(text, digits):
    """A decimal as an integer of 10**-digits."""
    number = Decimal(text).scaleb(digits)
    if number != int(number) or number < 0:
        raise ValueError(f"{text} has more than {digits} digits after the point, or is negative")
    return int(number)


def half_even(numerator, denominator):
    floor, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and floor % 2):
        return floor + 1
    return floor


def exact(charge):
    """Price times 10⁹ times measure."""
    return scaled(charge.price, 9) * charge.measure if charge.price is not None else 0


def amount(kind, product):
    """Millionths of the currency, of a sum of such products."""
    return half_even(product, PER[kind] * 1000)


def cut(interval, window):
    """The part of an interval in a window, or None."""
    start, end = max(interval["from"], window[0]), min(interval["until"], window[1])
    return (start, end) if start < end else None


def split(interval, item, prices):
    """The pieces of an interval, each with its price or None."""
    start, end = interval
    during = sorted(
        (max(price["during"]["from"], start), min(price["during"]["until"], end), price["price"])
        for price in prices
        if price["item"] == item
    )
    for piece_start, piece_end, price in during:
        if piece_start >= piece_end:
            continue
        if start < piece_start:
            yield (start, piece_start), None
        yield (piece_start, piece_end), Decimal(price)
        start = piece_end
    if start < end:
        yield (start, end), None


def charges(event, fields, prices, window):
    """The charges of an entry of usage within a window."""
    if event == "usage_event.recorded":
        yield from _reported(fields, prices, window)
        return
    item, units = {"sku": fields["subject"]["sku"]}, fields["subject"]["units"]
    corrected = event == "usage.corrected"
    for interval in fields["attested"]:
        inside = cut(interval, window)
        if not inside:
            continue
        for piece, price in split(inside, item, prices):
            basis = "unpriced" if price is None else "attested"
            yield Charge(basis, price, piece, (piece[1] - piece[0]) * units)
        if corrected:
            yield Charge("unknown", None, inside, (inside[0] - inside[1]) * units)
    for interval in [] if corrected else fields["unknown"]:
        inside = cut(interval, window)
        if inside:
            yield Charge("unknown", None, inside, (inside[1] - inside[0]) * units)


def _reported(fields, prices, window):
    service = (fields["service"]["from"], fields["service"]["until"])
    if window[0] <= service[0] < window[1]:
        item = {"unit": fields["unit"]}
        moment = {"from": service[0], "until": service[0] + 1}
        found = [price for _, price in split(cut(moment, (0, 2**63)), item, prices)]
        basis = "unpriced" if found[0] is None else "reported"
        yield Charge(basis, found[0], service, scaled(fields["quantity"], 6))
