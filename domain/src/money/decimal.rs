//! Prices and quantities: exact decimals of a stated precision, as texts in JSON and in the
//! log. `2.50` and `2.5` are the same and are written `2.5`.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a decimal is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not a decimal.
    #[error("expected a decimal as a text, such as \"2.5\"")]
    Malformed,
    /// Below zero.
    #[error("a {0} is not negative")]
    Negative(&'static str),
    /// More digits than are kept.
    #[error("a {what} has at most {digits} digits after the point and is at most {most}")]
    Precision {
        /// What it would be.
        what: &'static str,
        /// Most digits after the point.
        digits: u32,
        /// The largest.
        most: u64,
    },
}

macro_rules! decimals {
    ($($(#[$meta:meta])* $name:ident is $what:literal, $digits:literal after the point, at most $most:literal, $(#[$scaled_meta:meta])* $scaled:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Decimal);

        impl $name {
            /// Most digits after the point.
            pub const DIGITS: u32 = $digits;
            /// The largest.
            pub const MOST: u64 = $most;

            /// The decimal, if it is within the bounds.
            pub fn new(decimal: Decimal) -> Result<Self, DecimalError> {
                let decimal = decimal.normalize();
                if decimal < Decimal::ZERO {
                    return Err(DecimalError::Negative($what));
                }
                if decimal.scale() > Self::DIGITS || decimal > Decimal::from(Self::MOST) {
                    return Err(DecimalError::Precision { what: $what, digits: Self::DIGITS, most: Self::MOST });
                }
                Ok(Self(decimal))
            }

            /// The decimal.
            #[must_use]
            pub fn decimal(self) -> Decimal {
                self.0
            }

            $(#[$scaled_meta])*
            #[must_use]
            pub fn $scaled(self) -> i128 {
                self.0.mantissa() * 10_i128.pow(Self::DIGITS - self.0.scale())
            }
        }

        impl FromStr for $name {
            type Err = DecimalError;
            fn from_str(text: &str) -> Result<Self, DecimalError> {
                let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
                if !plain || text.len() > 40 {
                    return Err(DecimalError::Malformed);
                }
                Decimal::from_str_exact(text).map_err(|_| DecimalError::Malformed).and_then(Self::new)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }

        #[cfg(feature = "schemas")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?$"})
            }
            fn inline_schema() -> bool {
                true
            }
        }
    )+};
}

decimals! {
    /// What an hour or a unit costs, in the currency's own unit.
    Price is "price", 9 after the point, at most 1_000_000_000,
    /// In billionths of the currency's unit.
    billionths;
    /// How much of a unit was used.
    Quantity is "quantity", 6 after the point, at most 1_000_000_000_000,
    /// In millionths of the unit.
    millionths;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_exact_to_a_billionth() {
        assert_eq!("2.5".parse::<Price>().unwrap().billionths(), 2_500_000_000);
        assert_eq!("0.000000001".parse::<Price>().unwrap().billionths(), 1);
        assert_eq!("1000000000".parse::<Price>().unwrap().billionths(), 10_i128.pow(18));
        assert!(matches!("0.0000000001".parse::<Price>(), Err(DecimalError::Precision { .. })));
        assert!(matches!("1000000000.1".parse::<Price>(), Err(DecimalError::Precision { .. })));
    }

    #[test]
    fn a_negative_price_is_refused() {
        assert_eq!("-0.01".parse::<Price>(), Err(DecimalError::Negative("price")));
        assert_eq!("-0".parse::<Price>().unwrap().to_string(), "0");
    }

    #[test]
    fn a_decimal_has_one_written_form() {
        for (text, written) in [("2.50", "2.5"), ("2", "2"), ("100", "100"), ("0.0", "0"), ("007.10", "7.1")] {
            assert_eq!(text.parse::<Quantity>().unwrap().to_string(), written);
        }
    }

    #[test]
    fn what_is_no_plain_decimal_is_refused() {
        for bad in ["", ".", "1e3", "1,5", "+1", "1_000", "NaN", "--1", "1.2.3"] {
            assert_eq!(bad.parse::<Price>(), Err(DecimalError::Malformed), "{bad}");
        }
        assert!(serde_json::from_str::<Price>("2.5").is_err(), "a floating-point number");
        assert_eq!(serde_json::from_str::<Price>("\"2.5\"").unwrap().to_string(), "2.5");
    }
}
