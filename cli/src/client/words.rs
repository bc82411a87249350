//! A closed set of the API's words as what an argument may be.

use clap::builder::{PossibleValuesParser, TypedValueParser};

/// Takes one of the words, and says in the help which there are.
pub(super) fn words<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(move |word| name(*word)))
        .map(move |text| *all.iter().find(|word| name(**word) == text).expect("no other value is possible"))
}
