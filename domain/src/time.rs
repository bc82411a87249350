//! Points in time, as the log has them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Microseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema), schemars(extend("format" = "unix-micros")))]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// The end of all intervals that have none yet.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// So many seconds later, at most [`Self::MAX`].
    #[must_use]
    pub fn plus_seconds(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)).min(Self::MAX.0))
    }
}

/// For people, as RFC 3339 has it: `2026-11-20T16:28:01.5Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, micros) = (self.0 / 1_000_000, self.0 % 1_000_000);
        let (year, month, day) = date(seconds / 86_400);
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if micros > 0 {
            write!(f, ".{}", format!("{micros:06}").trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

/// Year, month and day of a day since 1970, in the Gregorian calendar. Years are counted
/// from March, so that the leap day is the last of one; 400 years have 146 097 days.
fn date(day: u64) -> (u64, u64, u64) {
    let day = day + 719_468;
    let (era, day_of_era) = (day / 146_097, day % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    fn check(micros: u64, expected: &str) {
        assert_eq!(Timestamp(micros).to_string(), expected);
    }

    #[test]
    fn a_time_is_printed_as_rfc_3339_has_it() {
        check(0, "1970-01-01T00:00:00Z");
        check(951_782_399_000_001, "2000-02-28T23:59:59.000001Z");
        check(951_782_400_000_000, "2000-02-29T00:00:00Z");
        check(951_868_800_500_000, "2000-03-01T00:00:00.5Z");
        check(1_795_203_678_000_000, "2026-11-20T19:41:18Z");
        check(4_107_542_400_000_000, "2100-03-01T00:00:00Z");
        check(32_472_144_000_000_000, "2999-01-01T00:00:00Z");
    }
}
