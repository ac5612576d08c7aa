//! Runs the local stack and speaks to it as a client would, so that a test reads as a sentence.

mod answer;
mod authenticator;
mod browser;
mod call;
mod certified;
pub mod openapi;
mod passkey;
mod person;
mod services;
mod stack;
mod tab;
mod tools;
mod visitor;

pub use answer::{Answer, assert_shape};
pub use authenticator::{Authenticator, SECOND_FACTOR, codes_of, completing, second_factor_due};
pub use browser::{Browser, VisitEnd};
pub use call::Call;
pub use certified::Certified;
pub use passkey::{PASSKEYS, Said, VirtualPasskey};
pub use person::Person;
pub use services::ServiceStack;
pub use stack::{APP, APP_WITH_QUERY, LEASH, NO_PAUSE, Stack, binaries, workspace};
pub use tab::{SESSION_COOKIE, Tab, form, navigation, query};
pub use tools::tool;
pub use visitor::{SessionTokens, StartedSignIn, Visitor};

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Seconds since the epoch.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

/// The epoch seconds that an RFC 3339 time of an answer names.
pub fn seconds(rfc3339: &str) -> i64 {
    OffsetDateTime::parse(rfc3339, &Rfc3339)
        .unwrap_or_else(|_| panic!("{rfc3339} is no RFC 3339 time"))
        .unix_timestamp()
}

/// Returns once the clock shows a later second than the given one.
pub async fn until_after(second: i64) {
    let then = UNIX_EPOCH + Duration::from_secs(second as u64 + 1);
    if let Ok(left) = then.duration_since(SystemTime::now()) {
        tokio::time::sleep(left).await;
    }
}

/// Returns when the present window of an aligned limit (so many seconds long) has room for a burst of calls.
pub async fn window_with_room(length: i64) {
    let left = length - now() % length;
    if left < 15 {
        until_after(now() + left).await;
    }
}
