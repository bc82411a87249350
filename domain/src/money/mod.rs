//! Money: integers in millionths of a currency, prices and quantities as exact decimals,
//! and the one way to round. There is no floating-point number here, and every sum is
//! checked.
//!
//! What a thing costs is the business of [`crate::rating`].

mod amount;
mod currency;
mod decimal;

pub use amount::{Amount, TooLarge, divide_half_even};
pub use currency::{Currency, CurrencyError};
pub use decimal::{DecimalError, Price, Quantity};
