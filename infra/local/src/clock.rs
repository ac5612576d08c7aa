//! What time it is, in the spellings that AWS uses. The one place here that reads the wall clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Time since the Unix epoch.
#[allow(
    clippy::disallowed_methods,
    reason = "the stand-in for AWS has no clock to borrow: it is where the time comes from"
)]
pub fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Milliseconds since the epoch.
pub fn epoch_millis() -> u64 {
    u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX)
}

/// Seconds since the epoch with their fraction, as AWS's JSON protocols write timestamps.
pub fn epoch_seconds() -> f64 {
    since_epoch().as_secs_f64()
}

/// RFC 3339 in UTC with microseconds: `2026-01-31T08:00:00.000000Z`.
pub fn rfc3339(at: Duration) -> String {
    let micros = i128::from(u64::try_from(at.as_micros()).unwrap_or(u64::MAX)) * 1000;
    OffsetDateTime::from_unix_timestamp_nanos(micros).ok().and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_default()
}

/// The common log format of `requestContext.time`: `12/Mar/2020:19:03:58 +0000`.
pub fn common_log(at: Duration) -> String {
    let seconds = i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let month = &at.month().to_string()[..3];
    format!("{:02}/{month}/{}:{:02}:{:02}:{:02} +0000", at.day(), at.year(), at.hour(), at.minute(), at.second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_time_is_written_as_api_gateway_writes_it() {
        assert_eq!(common_log(Duration::from_secs(1_583_348_638)), "04/Mar/2020:19:03:58 +0000");
    }

    #[test]
    fn a_trace_time_is_rfc_3339() {
        assert_eq!(rfc3339(Duration::from_micros(1_583_348_638_000_042)), "2020-03-04T19:03:58.000042Z");
    }
}
