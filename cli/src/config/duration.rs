//! Lengths of time as people write them: `90s`, `15m`, `12h`, `30d`.

use std::str::FromStr;
use std::time::Duration;

/// A length of time in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seconds(pub(crate) u64);

/// A text is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a whole number with s, m, h or d behind it, for example 30d")]
pub(crate) struct NotADuration;

impl FromStr for Seconds {
    type Err = NotADuration;

    fn from_str(text: &str) -> Result<Self, NotADuration> {
        let unit = text.chars().next_back().ok_or(NotADuration)?;
        let factor = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(NotADuration),
        };
        let number: u64 = text[..text.len() - 1].parse().map_err(|_| NotADuration)?;
        number.checked_mul(factor).map(Self).ok_or(NotADuration)
    }
}

impl From<Seconds> for Duration {
    fn from(seconds: Seconds) -> Self {
        Self::from_secs(seconds.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_number_and_a_unit() {
        for (text, seconds) in [("90s", 90), ("15m", 900), ("12h", 43_200), ("30d", 2_592_000), ("0s", 0)] {
            assert_eq!(text.parse(), Ok(Seconds(seconds)), "{text}");
        }
        for text in ["", "30", "d", "-1s", "1.5h", "1w", "99999999999999999999d", "1ä", "18446744073709551615d"] {
            assert_eq!(text.parse::<Seconds>(), Err(NotADuration), "{text}");
        }
    }
}
