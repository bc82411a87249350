//! Points in time as the outside sees them: RFC 3339, UTC.

use gpuaas_domain::Timestamp;
use serde::Serializer;

/// Prints microseconds since the epoch.
#[must_use]
pub fn print(at: Timestamp) -> String {
    let instant = i64::try_from(at.0).ok().and_then(|micros| jiff::Timestamp::from_microsecond(micros).ok());
    // Beyond the year 9999 there is nothing to show but the last moment before.
    instant.unwrap_or(jiff::Timestamp::MAX).to_string()
}

/// Reads one; parts of a microsecond are dropped. `None` if it is none, or before 1970.
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    let instant: jiff::Timestamp = text.parse().ok()?;
    u64::try_from(instant.as_microsecond()).ok().map(Timestamp)
}

pub(crate) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&print(*at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_printed_is_read_again() {
        assert_eq!(parse("2023-11-14T22:13:20.000001Z"), Some(Timestamp(1_700_000_000_000_001)));
        assert_eq!(parse("2023-11-14T23:13:20+01:00"), Some(Timestamp(1_700_000_000_000_000)));
        for none in ["", "2023-11-14", "1969-12-31T23:59:59Z", "1700000000"] {
            assert_eq!(parse(none), None, "{none}");
        }
    }

    #[test]
    fn a_moment_is_printed_as_rfc_3339() {
        assert_eq!(print(Timestamp(1_700_000_000_000_001)), "2023-11-14T22:13:20.000001Z");
        assert!(print(Timestamp::MAX).ends_with('Z'));
    }
}
