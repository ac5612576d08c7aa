//! An account at a provider: whom somebody chose to be, and what is odd about it.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};

use crate::random;

/// Something about an account or a sign-in that is not as one would wish.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Scenario {
    /// The provider does not call the address verified.
    Unverified,
    /// No address is told.
    NoEmail,
    /// No name is told.
    NoName,
    /// No picture is told (Discord).
    NoAvatar,
    /// The address is a relay's (Apple).
    Relay,
    /// The issuer is named without its scheme (Google).
    ShortIssuer,
    /// The account is of another tenant (Microsoft).
    OtherTenant,
    /// The code will not be accepted.
    BadCode,
    /// The token endpoint will break.
    Broken,
}

impl Scenario {
    /// What its field in the form is called, and what the person reads beside it.
    pub const fn field(self) -> (&'static str, &'static str) {
        match self {
            Self::Unverified => ("unverified", "My address is not verified"),
            Self::NoEmail => ("no-email", "Withhold my address"),
            Self::NoName => ("no-name", "Withhold my name"),
            Self::NoAvatar => ("no-avatar", "I have no picture"),
            Self::Relay => ("relay", "Hide my address behind a relay"),
            Self::ShortIssuer => ("short-issuer", "Name the issuer without https://"),
            Self::OtherTenant => ("other-tenant", "I belong to another organisation"),
            Self::BadCode => ("bad-code", "Give a code that will not be accepted"),
            Self::Broken => ("broken", "Fail when the code is redeemed"),
        }
    }
}

/// Somebody who signs in.
#[derive(Clone, Debug)]
pub struct Account {
    address: String,
    name: String,
    /// What is odd.
    pub scenarios: BTreeSet<Scenario>,
}

impl Account {
    /// The account of that address: the same address is always the same person.
    pub fn new(address: String, name: String, scenarios: BTreeSet<Scenario>) -> Self {
        Self { address, name, scenarios }
    }

    /// Whether this is so.
    pub fn is(&self, scenario: Scenario) -> bool {
        self.scenarios.contains(&scenario)
    }

    /// The address, as far as it is told.
    pub fn email(&self) -> Option<String> {
        match self.is(Scenario::NoEmail) {
            true => None,
            false if self.is(Scenario::Relay) => Some(format!("{}@privaterelay.appleid.com", self.hex(10))),
            false => Some(self.address.clone()),
        }
    }

    /// Whether the address is verified.
    pub fn is_verified(&self) -> bool {
        !self.is(Scenario::Unverified)
    }

    /// The name, as far as it is told.
    pub fn name(&self) -> Option<&str> {
        (!self.is(Scenario::NoName) && !self.name.is_empty()).then_some(&self.name)
    }

    /// What stands before the at sign.
    pub fn handle(&self) -> &str {
        self.address.split('@').next().unwrap_or_default()
    }

    /// What stands behind it.
    pub fn domain(&self) -> &str {
        self.address.rsplit('@').next().unwrap_or_default()
    }

    /// So many hexadecimal digits that are this person's alone.
    pub fn hex(&self, count: usize) -> String {
        let digits = random::hex(digest(&SHA256, self.address.to_ascii_lowercase().as_bytes()).as_ref());
        digits.chars().take(count).collect()
    }

    /// So many decimal digits that are this person's alone. The first is no zero.
    pub fn digits(&self, count: usize) -> String {
        let digit = |character: char| char::from_digit(character.to_digit(16).unwrap_or_default() % 10, 10);
        std::iter::once('1').chain(self.hex(64).chars().filter_map(digit)).take(count).collect()
    }

    /// An id in the shape of a UUID that is this person's alone.
    pub fn uuid(&self) -> String {
        let hex = self.hex(32);
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}
