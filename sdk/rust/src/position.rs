//! Where in the log a client stands, shared by its clones.
//!
//! To everybody else a position is opaque. Ours can be compared, because clones of one
//! client change things at once, and an answer that comes late must not take the others
//! back behind what they have seen.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use data_encoding::BASE64URL_NOPAD;
use reqwest::header::HeaderValue;

/// Bytes that name the log: positions of different logs say nothing about each other.
const LOG: usize = 4;

/// Where a client stands; nowhere before its first change.
#[derive(Debug, Clone, Default)]
pub(crate) struct Position(Arc<Mutex<Option<HeaderValue>>>);

impl Position {
    fn held(&self) -> MutexGuard<'_, Option<HeaderValue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What to send with a request.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        self.held().clone()
    }

    /// Stands here, whatever was before.
    pub(crate) fn set(&self, text: &str) {
        *self.held() = HeaderValue::from_str(text).ok();
    }

    /// Goes on to what an answer told, unless it is further already.
    pub(crate) fn advance(&self, told: &HeaderValue) {
        let mut held = self.held();
        if !held.as_ref().is_some_and(|held| is_before(told, held)) {
            *held = Some(told.clone());
        }
    }

    /// Stands nowhere; whether it stood somewhere.
    pub(crate) fn forget(&self) -> bool {
        self.held().take().is_some()
    }
}

/// Whether a position is before another one of the same log.
fn is_before(told: &HeaderValue, held: &HeaderValue) -> bool {
    let read = |position: &HeaderValue| BASE64URL_NOPAD.decode(position.as_bytes()).ok();
    let Some((told, held)) = read(told).zip(read(held)) else { return false };
    let (Some((told_log, told)), Some((held_log, held))) = (told.split_at_checked(LOG), held.split_at_checked(LOG))
    else {
        return false;
    };
    // Numbers of equal length, big-endian.
    told_log == held_log && told.len() == held.len() && told < held
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(log: u8, number: u64) -> HeaderValue {
        let text = BASE64URL_NOPAD.encode(&[&[log; LOG][..], &number.to_be_bytes()].concat());
        HeaderValue::from_str(&text).unwrap()
    }

    #[test]
    fn a_client_never_goes_back_in_the_same_log() {
        let stands = Position::default();
        for (told, expected) in [(7, 7), (0, 7), (300, 300), (299, 300), (300, 300)] {
            stands.advance(&position(1, told));
            assert_eq!(stands.header(), Some(position(1, expected)), "told {told}");
        }
    }

    #[test]
    fn another_log_or_another_server_begins_anew() {
        let stands = Position::default();
        let foreign = HeaderValue::from_static("not one of ours");
        for told in [position(1, 9), position(2, 3), foreign, position(2, 1)] {
            stands.advance(&told);
            assert_eq!(stands.header(), Some(told));
        }
    }
}
