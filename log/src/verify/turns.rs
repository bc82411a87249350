//! Something that threads use one after another, in an order that they know beforehand.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};

/// How often a thread looks whether its turn has come before it sleeps until then, about
/// a tenth of a millisecond. Turns are short: to fall asleep and be woken takes as long.
const LOOKS: u32 = 5_000;

/// A value, and whose turn it is to have it. Turns are numbered from 0; each is taken once.
#[derive(Debug)]
pub(super) struct Turns<T> {
    now: Mutex<Now<T>>,
    changed: Condvar,
    /// About whose turn it is, to look at without the lock.
    about: AtomicU64,
}

#[derive(Debug)]
struct Now<T> {
    value: T,
    turn: u64,
    sleepers: u32,
    is_abandoned: bool,
}

impl<T> Turns<T> {
    /// Begins with turn 0.
    pub(super) fn new(value: T) -> Self {
        let now = Now { value, turn: 0, sleepers: 0, is_abandoned: false };
        Self { now: Mutex::new(now), changed: Condvar::new(), about: AtomicU64::new(0) }
    }

    /// Waits for a turn, and has the value until `work` is done.
    ///
    /// # Panics
    ///
    /// If the turn will not come: see [`Self::abandon`].
    pub(super) fn take<R>(&self, turn: u64, work: impl FnOnce(&mut T) -> R) -> R {
        for _ in 0..LOOKS {
            if self.about.load(Ordering::Relaxed) >= turn {
                break;
            }
            std::hint::spin_loop();
        }
        let mut now = self.now.lock().expect(ANOTHER_PANICKED);
        now.sleepers += 1;
        let mut now =
            self.changed.wait_while(now, |now| now.turn != turn && !now.is_abandoned).expect(ANOTHER_PANICKED);
        now.sleepers -= 1;
        assert!(!now.is_abandoned, "{ANOTHER_PANICKED}");
        let done = work(&mut now.value);
        now.turn += 1;
        let has_sleepers = now.sleepers > 0;
        drop(now);
        self.about.store(turn + 1, Ordering::Relaxed);
        if has_sleepers {
            self.changed.notify_all();
        }
        done
    }

    /// Lets those who wait know that a turn before theirs will not be taken, since whoever
    /// had it panics.
    pub(super) fn abandon(&self) {
        // If it is poisoned, who waits learns of it from that.
        if let Ok(mut now) = self.now.lock() {
            now.is_abandoned = true;
        }
        self.changed.notify_all();
    }

    /// The value, after the last turn.
    pub(super) fn into_value(self) -> T {
        self.now.into_inner().expect(ANOTHER_PANICKED).value
    }
}

const ANOTHER_PANICKED: &str = "another thread panicked";

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread;

    use super::*;

    #[test]
    fn the_value_goes_round_in_the_order_of_turns() {
        let turns = Turns::new(Vec::new());
        thread::scope(|scope| {
            for turn in (0..50).rev() {
                let turns = &turns;
                scope.spawn(move || turns.take(turn, |taken| taken.push(turn)));
            }
        });
        assert_eq!(turns.into_value(), (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn nobody_waits_for_a_turn_that_was_abandoned() {
        let turns = Turns::new(());
        thread::scope(|scope| {
            let waiting = scope.spawn(|| catch_unwind(AssertUnwindSafe(|| turns.take(1, |()| ()))).is_err());
            turns.abandon();
            assert!(waiting.join().unwrap());
        });
    }
}
