//! The interval that is billed, as it is given on the command line.

use anyhow::{Context as _, Result, ensure};
use gpuaas_domain::Timestamp;
use gpuaas_domain::interval::Interval;

/// An interval from two times.
pub(super) fn read(from: &str, to: &str) -> Result<Interval> {
    let period = Interval::new(moment(from)?, moment(to)?);
    ensure!(!period.is_empty(), "the interval ends before it begins");
    Ok(period)
}

/// A time: RFC 3339, or microseconds since the epoch, as the log and the bills have it.
fn moment(text: &str) -> Result<Timestamp> {
    if let Ok(micros) = text.parse() {
        return Ok(Timestamp(micros));
    }
    let expected = || format!("`{text}` is no time; write 2026-11-01T00:00:00Z, or microseconds since the epoch");
    let time: jiff::Timestamp = text.parse().with_context(expected)?;
    ensure!(time.subsec_nanosecond() % 1_000 == 0, "`{text}` is finer than a microsecond");
    Ok(Timestamp(u64::try_from(time.as_microsecond()).with_context(expected)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_exact_to_the_microsecond() {
        for text in ["1970-01-01T00:00:01.000002Z", "1970-01-01T01:00:01.000002+01:00", "1000002"] {
            assert_eq!(moment(text).unwrap(), Timestamp(1_000_002), "{text}");
        }
        for text in ["", "soon", "1970-01-01", "1970-01-01T00:00:00.0000001Z", "1969-12-31T23:59:59Z", "-5"] {
            assert!(moment(text).is_err(), "{text}");
        }
        assert!(read("5", "5").is_err());
    }
}
