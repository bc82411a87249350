//! A rate limit per token, or per address where there is none: a token bucket each.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use gpuaas_domain::Code;
use gpuaas_domain::id::TokenId;

use super::problem::Problem;

/// Buckets that are kept before full ones are thrown away.
const KEPT: usize = 10_000;

/// How many requests somebody may make.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// In the long run, per second.
    pub per_second: f64,
    /// At once.
    pub burst: f64,
}

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Caller {
    /// Whoever shows this token.
    Token(TokenId),
    /// Whoever comes from this address without one.
    Address(IpAddr),
}

/// The limits of all callers.
#[derive(Debug)]
pub struct Limiter {
    rate: Option<Rate>,
    buckets: Mutex<HashMap<Caller, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    level: f64,
    at: Instant,
}

impl Limiter {
    /// With this rate for each caller; `None`: no limit.
    #[must_use]
    pub fn new(rate: Option<Rate>) -> Self {
        Self { rate, buckets: Mutex::default() }
    }

    /// Takes one request of the caller's, or says when to come again.
    pub fn take(&self, caller: Caller, now: Instant) -> Result<(), Problem> {
        let Some(rate) = self.rate else { return Ok(()) };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= KEPT {
            buckets.retain(|_, bucket| bucket.filled(rate, now) < rate.burst);
        }
        let bucket = buckets.entry(caller).or_insert(Bucket { level: rate.burst, at: now });
        let level = bucket.filled(rate, now);
        *bucket = Bucket { level: if level >= 1.0 { level - 1.0 } else { level }, at: now };
        if level >= 1.0 {
            return Ok(());
        }
        let wait = Duration::from_secs_f64((1.0 - level) / rate.per_second);
        Err(Problem::of(Code::RateLimited).retry_after(wait))
    }
}

impl Bucket {
    fn filled(&self, rate: Rate, now: Instant) -> f64 {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * rate.per_second;
        (self.level + gained).min(rate.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_is_refused_beyond_the_burst_and_again_allowed_later() {
        let limiter = Limiter::new(Some(Rate { per_second: 2.0, burst: 3.0 }));
        let (start, caller) = (Instant::now(), Caller::Address([127, 0, 0, 1].into()));
        for _ in 0..3 {
            limiter.take(caller, start).unwrap();
        }
        let problem = limiter.take(caller, start).unwrap_err();
        assert_eq!((problem.code, problem.retry_after), (Code::RateLimited, Some(Duration::from_millis(500))));
        limiter.take(Caller::Address([127, 0, 0, 2].into()), start).unwrap();
        limiter.take(caller, start + Duration::from_millis(500)).unwrap();
        assert!(limiter.take(caller, start + Duration::from_millis(500)).is_err());
    }
}
