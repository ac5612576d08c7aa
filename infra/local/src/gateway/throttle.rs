//! The stage's throttling: a token bucket over all routes and callers, as API Gateway has one per account and stage.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A bucket that fills with `rate` tokens a second up to `burst`.
#[derive(Debug)]
pub struct Throttle {
    rate: f64,
    burst: f64,
    level: Mutex<Level>,
}

#[derive(Debug)]
struct Level {
    tokens: f64,
    at: Duration,
}

impl Throttle {
    /// A full bucket.
    pub fn new(rate: f64, burst: f64) -> Self {
        Self { rate, burst, level: Mutex::new(Level { tokens: burst, at: Duration::ZERO }) }
    }

    /// Takes a token, if there is one at this moment.
    pub fn admits(&self, now: Duration) -> bool {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_sub(level.at);
        level.tokens = (level.tokens + passed.as_secs_f64() * self.rate).min(self.burst);
        level.at = level.at.max(now);
        let admits = level.tokens >= 1.0;
        if admits {
            level.tokens -= 1.0;
        }
        admits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_admitted_and_the_next_request_only_after_a_while() {
        let throttle = Throttle::new(2.0, 3.0);
        let start = Duration::from_secs(1000);
        assert_eq!((0..5).filter(|_| throttle.admits(start)).count(), 3);
        assert!(!throttle.admits(start + Duration::from_millis(400)));
        assert!(throttle.admits(start + Duration::from_millis(500)));
        assert!(!throttle.admits(start + Duration::from_millis(500)));
    }

    #[test]
    fn a_long_rest_fills_no_more_than_the_burst() {
        let throttle = Throttle::new(100.0, 2.0);
        assert_eq!((0..5).filter(|_| throttle.admits(Duration::from_secs(3600))).count(), 2);
    }
}
