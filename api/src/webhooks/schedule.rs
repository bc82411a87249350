//! When an event that failed is tried again.

use std::time::Duration;

/// Waits of a webhook that has just given an event up: it is not given days once more.
const SUSPECT: usize = 2;
/// The longest wait that a receiver may ask for.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How long to wait after so many failed attempts; `None`: there is none any more. `chance`
/// is from 0 to 1 and makes the wait up to a fifth longer, so that not all who failed
/// together come back together.
pub(super) fn wait(
    waits: &[Duration],
    suspect: bool,
    failed: u64,
    asked: Option<Duration>,
    chance: f64,
) -> Option<Duration> {
    let most = if suspect { SUSPECT } else { usize::MAX };
    let index = usize::try_from(failed.checked_sub(1)?).ok()?;
    let wait = waits.iter().take(most).nth(index)?.mul_f64(1.0 + chance.clamp(0.0, 1.0) / 5.0);
    Some(wait.max(asked.unwrap_or_default().min(LONGEST)))
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;

    #[test]
    fn an_event_is_tried_for_days_and_then_given_up() {
        let waits = Settings::default().waits;
        let all: Vec<Duration> = (1..).map_while(|failed| wait(&waits, false, failed, None, 0.0)).collect();
        assert_eq!(all, waits);
        let days = all.iter().sum::<Duration>().as_secs() / 86_400;
        assert_eq!((all.len(), days), (9, 3));
        assert!(all.is_sorted());
    }

    #[test]
    fn a_webhook_that_gave_an_event_up_is_not_given_days_for_the_next() {
        let waits = Settings::default().waits;
        assert!(wait(&waits, true, 2, None, 0.0).is_some());
        assert_eq!(wait(&waits, true, 3, None, 0.0), None);
    }

    #[test]
    fn a_wait_is_as_long_as_asked_for_and_a_little_longer_by_chance() {
        let waits = [Duration::from_secs(10)];
        let of = |asked: Option<u64>, chance| wait(&waits, false, 1, asked.map(Duration::from_secs), chance).unwrap();
        assert_eq!(of(None, 1.0), Duration::from_secs(12));
        assert_eq!(of(Some(60), 0.0), Duration::from_secs(60));
        assert_eq!(of(Some(1), 0.0), Duration::from_secs(10));
        assert_eq!(of(Some(u64::MAX), 0.0), LONGEST);
    }
}
