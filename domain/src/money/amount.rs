//! Amounts of money, and the one way to round.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An amount does not fit 64 bits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the amount is larger than 9.2 trillion of the currency; split what is charged")]
pub struct TooLarge;

/// Millionths of a currency's unit. An integer in the log, a text of digits in JSON, whose
/// readers may not hold 64 bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(pub i64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Both together.
    pub fn plus(self, other: Self) -> Result<Self, TooLarge> {
        self.0.checked_add(other.0).map(Self).ok_or(TooLarge)
    }

    /// The same on the other side.
    pub fn negated(self) -> Result<Self, TooLarge> {
        self.0.checked_neg().map(Self).ok_or(TooLarge)
    }

    /// All together.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, TooLarge> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }

    /// What a fraction of millionths comes to, rounded half to even.
    pub(crate) fn rounded(numerator: i128, denominator: i128) -> Result<Self, TooLarge> {
        i64::try_from(divide_half_even(numerator, denominator)).map(Self).map_err(|_| TooLarge)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_i64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
            text.parse().map(Self).map_err(de::Error::custom)
        } else {
            i64::deserialize(deserializer).map(Self)
        }
    }
}

#[cfg(feature = "schemas")]
impl schemars::JsonSchema for Amount {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        if !crate::id::is_shown(generator) {
            return schemars::json_schema!({"type": "integer", "description": "millionths of the currency's unit"});
        }
        schemars::json_schema!({
            "type": "string", "pattern": "^-?[0-9]+$", "description": "millionths of the currency's unit"
        })
    }
    fn inline_schema() -> bool {
        true
    }
}

/// The quotient as the nearest integer, a half to the even one.
///
/// # Panics
/// If the denominator is not positive.
#[must_use]
pub fn divide_half_even(numerator: i128, denominator: i128) -> i128 {
    assert!(denominator > 0, "a denominator is positive");
    let (floor, rest) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
    // `rest` is below the denominator, so neither side overflows.
    match rest.cmp(&(denominator - rest)) {
        std::cmp::Ordering::Less => floor,
        std::cmp::Ordering::Equal => floor + (floor & 1),
        std::cmp::Ordering::Greater => floor + 1,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_half_goes_to_the_even_neighbour() {
        let cases = [(1, 0), (3, 2), (5, 2), (7, 4), (-1, 0), (-3, -2), (-5, -2), (-7, -4)];
        for (halves, expected) in cases {
            assert_eq!(divide_half_even(halves, 2), expected, "{halves}/2");
        }
        assert_eq!(divide_half_even(2, 3), 1);
        assert_eq!(divide_half_even(1, 3), 0);
        assert_eq!(divide_half_even(-2, 3), -1);
    }

    #[test]
    fn an_overflow_is_an_error() {
        assert_eq!(Amount(i64::MAX).plus(Amount(1)), Err(TooLarge));
        assert_eq!(Amount(i64::MIN).negated(), Err(TooLarge));
        assert_eq!(Amount::rounded(i128::from(i64::MAX) + 1, 1), Err(TooLarge));
    }

    #[test]
    fn an_amount_is_digits_in_json_and_an_integer_in_the_log() {
        assert_eq!(serde_json::to_string(&Amount(-5)).unwrap(), "\"-5\"");
        assert_eq!(rmp_serde::to_vec(&Amount(-5)).unwrap(), [0xfb]);
        assert_eq!(rmp_serde::from_slice::<Amount>(&[0xfb]).unwrap(), Amount(-5));
        assert!(serde_json::from_str::<Amount>("-5").is_err());
    }

    proptest! {
        #[test]
        fn rounding_is_off_by_half_at_most_and_odd(numerator in -1_000_000i128..1_000_000, denominator in 1i128..1_000) {
            let rounded = divide_half_even(numerator, denominator);
            prop_assert!(2 * (rounded * denominator - numerator).abs() <= denominator);
            prop_assert_eq!(divide_half_even(-numerator, denominator), -rounded);
        }
    }
}
