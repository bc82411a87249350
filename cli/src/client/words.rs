//! What an argument may be: one of a closed set of the API's words, or a name and a text.

use clap::builder::{PossibleValuesParser, TypedValueParser};

/// Takes one of the words, and says in the help which there are.
pub(super) fn words<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(move |word| name(*word)))
        .map(move |text| *all.iter().find(|word| name(**word) == text).expect("no other value is possible"))
}

/// Takes NAME=TEXT.
pub(super) fn labelled(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=TEXT")?;
    Ok((name.to_owned(), value.to_owned()))
}
