//! How often something may happen, and to whom.

use std::net::IpAddr;
use std::time::Duration;

use crate::account::email::EmailAddress;
use crate::clock::Timestamp;
use crate::secret::Hash;

/// At most `most` events per `window` for one subject.
#[derive(Clone, Debug)]
pub struct Limit {
    name: &'static str,
    most: u32,
    window: Window,
}

/// The periods that a limit counts in.
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
    /// The limit's name, for the audit log.
    pub limit: &'static str,
    /// The counter's key. Subjects are hashed, so that the table holds no addresses.
    pub key: String,
    /// The count must not pass this.
    pub most: u32,
    /// The end of the counter's period.
    pub ends_at: Timestamp,
    /// Who begins a pause: the public id of what the pause follows.
    pub begun_by: Option<String>,
}

/// At whose wish a mail goes to a mailbox. Each has a budget of its own, so that strangers, who can ask for mails to
/// anybody, spend nothing but what strangers have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MailBudget {
    /// A server that signs people in for its users.
    Backend,
    /// A client of the API, whoever that is.
    Client,
    /// Somebody whose identity elsewhere came with the address.
    Identity,
    /// A browser that has signed in to the mailbox's account before.
    KnownBrowser,
    /// Our sign-in page, in whatever browser.
    Page,
}

impl MailBudget {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Backend => "backend",
            Self::Client => "client",
            Self::Identity => "identity",
            Self::KnownBrowser => "known-browser",
            Self::Page => "page",
        }
    }
}

impl Limit {
    /// Invites to one mailbox in one hour.
    pub const fn invites_per_address(most: u32) -> Self {
        Self::hourly("invites_per_address", most)
    }

    /// Sign-in starts from one source: `most` in five minutes.
    pub const fn logins_per_source(most: u32) -> Self {
        Self { name: "logins_per_source", most, window: Window::Aligned(FIVE_MINUTES) }
    }

    /// Sign-in starts, and questions for passkeys, by one server that signs people in for its users: `most` in five
    /// minutes.
    pub const fn logins_per_backend(most: u32) -> Self {
        Self { name: "logins_per_backend", most, window: Window::Aligned(FIVE_MINUTES) }
    }

    /// Questions for passkeys from one source: `most` in five minutes.
    pub const fn passkeys_per_source(most: u32) -> Self {
        Self { name: "passkeys_per_source", most, window: Window::Aligned(FIVE_MINUTES) }
    }

    /// Mails to one mailbox in one hour, for each [budget](MailBudget).
    pub const fn mails_per_address(most: u32) -> Self {
        Self::hourly("mails_per_address", most)
    }

    /// Mails asked for by one server that signs people in for its users, in one hour.
    pub const fn mails_per_backend(most: u32) -> Self {
        Self::hourly("mails_per_backend", most)
    }

    /// Mails asked for by one source in one hour.
    pub const fn mails_per_source(most: u32) -> Self {
        Self::hourly("mails_per_source", most)
    }

    /// The pause between two mails to one mailbox, for each [budget](MailBudget); `None` when it is zero, which switches it
    /// off.
    pub fn pause_between_mails(pause: Duration) -> Option<Self> {
        (!pause.is_zero()).then_some(Self { name: "mail_pause", most: 1, window: Window::Pause(pause) })
    }

    /// How long a window is, or a pause.
    pub const fn length(&self) -> Duration {
        match self.window {
            Window::Aligned(length) | Window::Pause(length) => length,
        }
    }

    const fn hourly(name: &'static str, most: u32) -> Self {
        Self { name, most, window: Window::Aligned(HOUR) }
    }

    /// The counter for a network address, which must come from the gateway, or from whoever has proven that it may say:
    /// never from a header that anybody can send. What a server does for its users is counted apart.
    pub fn for_source(&self, source: &str, backend: Option<&str>, now: Timestamp) -> Counter {
        let network = network(source);
        self.counter(&backend.map_or(network.clone(), |label| format!("{network} {label}")), now)
    }

    /// The counter for a mailbox in somebody's budget.
    pub fn for_mailbox(&self, address: &EmailAddress, budget: MailBudget, now: Timestamp) -> Counter {
        self.counter(&format!("{} {}", address.untagged().canonical(), budget.as_str()), now)
    }

    /// The counter for a mailbox, whoever asks.
    pub fn for_any(&self, address: &EmailAddress, now: Timestamp) -> Counter {
        self.counter(&address.untagged().canonical(), now)
    }

    /// The counter for a server, by the label of its API key.
    pub fn for_backend(&self, label: &str, now: Timestamp) -> Counter {
        self.counter(label, now)
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
        let key = format!("{}#{}#{slot}", self.name, Hash::of(subject).as_str());
        Counter { limit: self.name, key, most: self.most, ends_at, begun_by: None }
    }
}

impl Counter {
    /// The counter of a pause that follows what has this public id.
    pub fn begun_by(self, id: &str) -> Self {
        Self { begun_by: Some(id.to_owned()), ..self }
    }
}

/// Whom an address stands for: itself, but of IPv6 the /64, because a subscriber has no fewer addresses than that
/// (RFC 6177).
fn network(source: &str) -> String {
    match source.parse().map(|address: IpAddr| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(address) => address.to_string(),
        Err(_) => source.to_owned(),
    }
}

const FIVE_MINUTES: Duration = Duration::from_secs(300);
const HOUR: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(7_210);

    fn email(text: &str) -> EmailAddress {
        EmailAddress::parse(text).unwrap()
    }

    #[test]
    fn an_hour_has_one_counter_and_the_next_hour_another() {
        let limit = Limit::mails_per_source(20);
        let at = |seconds| limit.for_source("192.0.2.1", None, Timestamp::from_seconds(seconds));
        assert_eq!(at(7_200), at(10_799));
        assert_eq!(at(7_200).ends_at, Timestamp::from_seconds(10_800));
        assert_ne!(at(10_799).key, at(10_800).key);
    }

    #[test]
    fn sources_limits_and_servers_do_not_share_a_counter() {
        let key = |limit: Limit, source, backend| limit.for_source(source, backend, NOW).key;
        let of_one = key(Limit::mails_per_source(20), "192.0.2.1", None);
        assert_ne!(of_one, key(Limit::mails_per_source(20), "192.0.2.2", None));
        assert_ne!(of_one, key(Limit::logins_per_source(20), "192.0.2.1", None));
        assert_ne!(of_one, key(Limit::mails_per_source(20), "192.0.2.1", Some("shop")));
        assert_ne!(
            key(Limit::passkeys_per_source(60), "192.0.2.1", None),
            key(Limit::logins_per_source(60), "192.0.2.1", None)
        );
    }

    #[test]
    fn ipv6_counts_by_its_64_and_ipv4_by_itself_however_it_is_written() {
        let key = |source| Limit::logins_per_source(60).for_source(source, None, NOW).key;
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("2001:DB8:1:2:0:0:0:1"), key("2001:db8:1:2::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }

    #[test]
    fn spellings_and_tags_of_one_mailbox_share_a_counter() {
        let limit = Limit::mails_per_address(5);
        let counter = |text| limit.for_mailbox(&email(text), MailBudget::Page, NOW);
        for spelling in ["Ada@Example.com", "ada+news@example.com", "ada+a+b@example.com", "ADA+1@example.com"] {
            assert_eq!(counter(spelling), counter("ada@example.com"), "{spelling}");
        }
        assert_ne!(counter("+@example.com"), counter("+ada@example.com"), "what is all tag has none");
        assert!(!counter("ada@example.com").key.contains("ada"), "the table holds no addresses");
    }

    #[test]
    fn budgets_and_invites_do_not_share_a_counter() {
        let ada = email("ada@example.com");
        let of = |budget| Limit::mails_per_address(5).for_mailbox(&ada, budget, NOW).key;
        let mut keys: Vec<_> =
            [MailBudget::Backend, MailBudget::Client, MailBudget::KnownBrowser, MailBudget::Page].map(of).into();
        keys.push(Limit::invites_per_address(5).for_any(&ada, NOW).key);
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }

    #[test]
    fn a_pause_of_zero_is_no_limit() {
        assert!(Limit::pause_between_mails(Duration::ZERO).is_none());
        let pause = Limit::pause_between_mails(Duration::from_secs(60)).unwrap();
        assert_eq!(pause.for_any(&email("ada@example.com"), NOW).ends_at, NOW + Duration::from_secs(60));
    }
}
