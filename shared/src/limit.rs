//! How often something may happen, and to whom.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::email::EmailAddress;
use crate::secret::Hash;

/// At most `most` events per `window` for one subject.
#[derive(Clone, Debug)]
pub struct Limit {
    kind: &'static str,
    most: u32,
    window: Window,
}

/// How a limit's time is cut.
#[derive(Clone, Debug)]
enum Window {
    /// Windows of this length, aligned to the clock; each has a counter of its own.
    Aligned(Duration),
    /// A pause that starts with an event and ends this much later.
    Pause(Duration),
}

/// One limit applied to one subject at one moment: the counter to raise.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Counter {
    /// The counter's key. Subjects are hashed, so that the table holds no addresses.
    pub key: String,
    /// The count must not pass this.
    pub most: u32,
    /// When the counter ends.
    pub ends_at: Timestamp,
}

impl Limit {
    /// Sign-in starts from one source: `most` in five minutes.
    pub fn logins_per_source(most: u32) -> Self {
        Self { kind: "login-source", most, window: Window::Aligned(Duration::from_secs(300)) }
    }

    /// Mails to one address in one hour.
    pub fn mails_per_address(most: u32) -> Self {
        Self { kind: "mail-address", most, window: Window::Aligned(HOUR) }
    }

    /// Mails asked for by one source in one hour.
    pub fn mails_per_source(most: u32) -> Self {
        Self { kind: "mail-source", most, window: Window::Aligned(HOUR) }
    }

    /// The pause between two mails to one address; `None` when it is zero, which switches it off.
    pub fn pause_between_mails(pause: Duration) -> Option<Self> {
        (!pause.is_zero()).then_some(Self { kind: "mail-pause", most: 1, window: Window::Pause(pause) })
    }

    /// The counter for a network address, which must come from the gateway and never from a forwarded header.
    pub fn for_source(&self, source_ip: &str, now: Timestamp) -> Counter {
        self.counter(source_ip, now)
    }

    /// The counter for a mailbox, by its canonical form.
    pub fn for_address(&self, address: &EmailAddress, now: Timestamp) -> Counter {
        self.counter(&address.canonical(), now)
    }

    fn counter(&self, subject: &str, now: Timestamp) -> Counter {
        let (slot, ends_at) = match self.window {
            Window::Aligned(window) => {
                let length = i64::try_from(window.as_secs()).unwrap_or(i64::MAX);
                let slot = now.seconds().div_euclid(length);
                (slot.to_string(), Timestamp::from_seconds(slot * length) + window)
            }
            Window::Pause(pause) => ("pause".to_owned(), now + pause),
        };
        Counter { key: format!("{}#{}#{slot}", self.kind, Hash::of(subject).as_str()), most: self.most, ends_at }
    }
}

const HOUR: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(7_210);

    #[test]
    fn an_hour_has_one_counter_and_the_next_hour_another() {
        let limit = Limit::mails_per_source(20);
        let at = |seconds| limit.for_source("192.0.2.1", Timestamp::from_seconds(seconds));
        assert_eq!(at(7_200), at(10_799));
        assert_eq!(at(7_200).ends_at, Timestamp::from_seconds(10_800));
        assert_ne!(at(10_799).key, at(10_800).key);
    }

    #[test]
    fn sources_and_kinds_do_not_share_a_counter() {
        let key = |limit: Limit, source| limit.for_source(source, NOW).key;
        assert_ne!(key(Limit::mails_per_source(20), "192.0.2.1"), key(Limit::mails_per_source(20), "192.0.2.2"));
        assert_ne!(key(Limit::mails_per_source(20), "192.0.2.1"), key(Limit::logins_per_source(20), "192.0.2.1"));
    }

    #[test]
    fn spellings_of_one_mailbox_share_a_counter() {
        let limit = Limit::mails_per_address(5);
        let counter = |text| limit.for_address(&EmailAddress::parse(text).unwrap(), NOW);
        assert_eq!(counter("Ada@Example.com"), counter("ada@example.com"));
        assert!(!counter("ada@example.com").key.contains("ada"), "the table holds no addresses");
    }

    #[test]
    fn a_pause_of_zero_is_no_limit() {
        assert!(Limit::pause_between_mails(Duration::ZERO).is_none());
        let pause = Limit::pause_between_mails(Duration::from_secs(60)).unwrap();
        assert_eq!(pause.for_source("x", NOW).ends_at, NOW + Duration::from_secs(60));
    }
}
