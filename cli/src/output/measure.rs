//! Amounts for people: memory, processors, money.

/// Bytes in binary units, to one decimal: `1.5 GiB`.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    let largest = UNITS.iter().zip(1_u32..).take_while(|(_, power)| count >> (10 * power) > 0).last();
    let Some((unit, power)) = largest else { return format!("{count} B") };
    // Tenths of the unit, rounded down: what is there is not less than it says.
    let tenths = (u128::from(count) * 10) >> (10 * power);
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole} {unit}"),
        (whole, tenth) => format!("{whole}.{tenth} {unit}"),
    }
}

/// Thousandths of a processor as processors: `1.5`.
pub(crate) fn processors(millis: u64) -> String {
    decimal(&millis.to_string(), 3)
}

/// Millionths of a currency's unit as the API writes them, as money: `12.57275 EUR`.
pub(crate) fn money(millionths: &str, currency: &str) -> String {
    format!("{} {currency}", self::millionths(millionths))
}

/// Millionths as the API writes them, as a decimal.
pub(crate) fn millionths(integer: &str) -> String {
    decimal(integer, 6)
}

/// An integer with the point so many digits from its end, without zeros at its end.
fn decimal(integer: &str, digits: usize) -> String {
    let (sign, number) = integer.strip_prefix('-').map_or(("", integer), |number| ("-", number));
    let number = format!("{number:0>width$}", width = digits + 1);
    let (whole, fraction) = number.split_at(number.len() - digits);
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_in_the_largest_unit_that_fits() {
        for (count, expected) in
            [(0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1536 << 20, "1.5 GiB"), (u64::MAX, "16383.9 PiB")]
        {
            assert_eq!(bytes(count), expected);
        }
    }

    #[test]
    fn money_is_exact() {
        for (millionths, expected) in [
            ("12572750", "12.57275 EUR"),
            ("-1", "-0.000001 EUR"),
            ("0", "0 EUR"),
            ("3000000", "3 EUR"),
            ("-9223372036854775808", "-9223372036854.775808 EUR"),
        ] {
            assert_eq!(money(millionths, "EUR"), expected);
        }
        assert_eq!((processors(1500).as_str(), processors(16_000).as_str()), ("1.5", "16"));
    }
}
