//! Time, read in one place.
//!
//! Everything else is given the moment at which its request arrived, so that one request has one "now" and every
//! decision about time can be tested without waiting.

use std::ops::{Add, Sub};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// How long it is until the moment `millis` milliseconds after the Unix epoch; zero when it has passed.
#[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
pub fn until_millis(millis: u64) -> Duration {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::from_millis(millis).saturating_sub(since_epoch)
}

/// A moment in whole seconds since the Unix epoch, as JWTs (RFC 7519 section 2) and DynamoDB's TTL count them.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The present moment by the system's clock.
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    pub fn now() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(since_epoch.as_secs().cast_signed())
    }

    /// The moment `seconds` after the Unix epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the Unix epoch.
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this moment is; zero when it is not.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(self.0.saturating_sub(earlier.0).max(0).cast_unsigned())
    }

    /// RFC 3339 in UTC, for example `2026-11-21T10:00:00Z`.
    pub fn rfc3339(self) -> String {
        OffsetDateTime::from_unix_timestamp(self.0)
            .ok()
            .and_then(|moment| moment.format(&Rfc3339).ok())
            .unwrap_or_else(|| self.0.to_string())
    }

    /// Year, month (1 to 12), day and time of day (`10:00`), in UTC.
    pub fn utc(self) -> (i32, u8, u8, String) {
        let moment = OffsetDateTime::from_unix_timestamp(self.0).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let time = format!("{:02}:{:02}", moment.hour(), moment.minute());
        (moment.year(), moment.month().into(), moment.day(), time)
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_secs()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_secs()).unwrap_or(i64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_as_rfc_3339_in_utc() {
        assert_eq!(Timestamp::from_seconds(1_795_255_200).rfc3339(), "2026-11-21T10:00:00Z");
    }

    #[test]
    fn a_moment_has_a_date_and_a_time_of_day() {
        assert_eq!(Timestamp::from_seconds(1_795_255_200).utc(), (2026, 11, 21, "10:00".to_owned()));
    }

    #[test]
    fn time_since_a_later_moment_is_zero() {
        let now = Timestamp::from_seconds(100);
        assert_eq!(now.since(now + Duration::from_secs(5)), Duration::ZERO);
        assert_eq!((now + Duration::from_secs(5)).since(now), Duration::from_secs(5));
    }
}
