//! Points in time for people: to the second, UTC.

use jiff::Timestamp;

/// A time of the API without its fractions of a second, or as it stands if it is no time.
pub(crate) fn moment(text: &str) -> String {
    text.parse::<Timestamp>().map_or_else(|_| text.to_owned(), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn fractions_of_a_second_are_not_for_people() {
        assert_eq!(moment("2026-11-20T16:28:01.000001Z"), "2026-11-20T16:28:01Z");
        assert_eq!(moment("soon"), "soon");
    }
}
