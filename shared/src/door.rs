//! What a person finds at the sign-in page, at the page that waits for a mail's code, and where they protect their sign-in.

use std::time::Duration;

use crate::binding::Bindings;
use crate::clock::Timestamp;
use crate::email::EmailAddress;
use crate::identity::User;
use crate::invite::Invite;
use crate::mail_code::{KeptCode, MOST_TRIES, RequestId};
use crate::passkey::KeptPasskeys;
use crate::provider::Listed;
use crate::return_to::ReturnTo;
use crate::secret::SingleUseToken;

/// What the sign-in page shows.
#[derive(Debug)]
pub enum Door {
    /// The person is signed in.
    Inside(Inside),
    /// The person can sign in.
    Outside(Outside),
}

/// Somebody who is signed in.
#[derive(Debug)]
pub struct Inside {
    /// Who it is: the address, or else the name.
    pub who: String,
    /// Where the person wanted to go.
    pub return_to: ReturnTo,
    /// Whether that is somewhere else than the sign-in page.
    pub onward: bool,
}

/// The ways in.
#[derive(Debug)]
pub struct Outside {
    /// Where the person wants to go.
    pub return_to: ReturnTo,
    /// The providers, in the order in which they are offered.
    pub providers: Vec<Listed>,
    /// Whether a mail can be asked for.
    pub mail: bool,
}

/// Somebody who was invited, and the ways in.
#[derive(Debug)]
pub struct Invited {
    /// The secret that they hold.
    pub token: SingleUseToken,
    /// The invite.
    pub invite: Invite,
    /// Where the person ends up; the sign-in page when there is nothing else.
    pub return_to: Option<ReturnTo>,
    /// The providers, in the order in which they are offered.
    pub providers: Vec<Listed>,
}

/// A mail that this very browser asked for, and how its code stands.
#[derive(Debug)]
pub struct MailSent {
    /// The request.
    pub request: RequestId,
    /// Whom it was asked for.
    pub email: EmailAddress,
    /// Whether it went out for certain; where not everybody may sign up, that is not told.
    pub certain: bool,
    /// Where the person goes afterwards.
    pub return_to: ReturnTo,
    /// How long link and code are still good; zero when the code was tried too often.
    pub time_left: Duration,
    /// How often the code may still be tried.
    pub tries_left: u32,
    /// After which time another mail can be asked for.
    pub resend_in: Duration,
}

/// How a person's sign-in is protected.
#[derive(Debug)]
pub struct Protection {
    /// Whether the person may change it, because they showed lately that it is them.
    pub open: bool,
    /// Whether an authenticator app is set up.
    pub app: bool,
    /// The passkeys.
    pub passkeys: KeptPasskeys,
    /// How many recovery codes are left; `None` without a second factor.
    pub codes_left: Option<u64>,
}

impl Protection {
    /// Whether there is something that the person can show once more, to change the rest.
    pub const fn has_factor(&self) -> bool {
        self.codes_left.is_some()
    }

    /// Whether there is a passkey among it.
    pub fn has_passkey(&self) -> bool {
        !self.passkeys.is_empty()
    }
}

impl Inside {
    /// The page of `user`, who wanted to go to `return_to`.
    pub fn new(user: User, return_to: ReturnTo, sign_in_page: &ReturnTo) -> Self {
        let who = user.email.map(|email| email.to_string()).or(user.name).unwrap_or(user.id);
        Self { who, onward: return_to != *sign_in_page, return_to }
    }
}

impl MailSent {
    /// How `kept` stands for the browser that has `bindings`, when mails to one address are `pause` apart; `None` when
    /// another browser asked for it.
    pub fn of(
        request: RequestId,
        kept: KeptCode,
        bindings: &Bindings,
        sign_in_page: ReturnTo,
        pause: Duration,
        now: Timestamp,
    ) -> Option<Self> {
        let bound = kept.code_challenge.as_ref()?;
        if bindings.find(&request.transaction()).as_ref() != Some(bound) {
            return None;
        }
        let tries_left = MOST_TRIES.saturating_sub(kept.tries);
        Some(Self {
            request,
            email: kept.email,
            certain: true,
            return_to: kept.target.unwrap_or(sign_in_page),
            time_left: if tries_left == 0 { Duration::ZERO } else { kept.valid_until.since(now) },
            tries_left,
            resend_in: (kept.asked_at + pause).since(now),
        })
    }

    /// Whether the code can no longer be used.
    pub fn is_over(&self) -> bool {
        self.time_left.is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binding::Binding;
    use crate::key_set::KeySet;
    use crate::mail_code::MailCode;
    use crate::return_to::OwnAddresses;
    use crate::token_key::TokenKey;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
    const MINUTE: Duration = Duration::from_secs(60);

    fn own() -> OwnAddresses {
        OwnAddresses { public_url: "https://auth.example".to_owned() }
    }

    fn kept(binding: Option<&Binding>, request: &RequestId, tries: u32) -> KeptCode {
        KeptCode {
            email: EmailAddress::parse("Ada@example.com").unwrap(),
            target: None,
            asked_at: NOW,
            link_key: "link".to_owned(),
            code_mac: MailCode::random().keep(request, &KeySet::sample(TokenKey::generate)).unwrap(),
            code_challenge: binding.map(Binding::challenge),
            tries,
            valid_until: NOW + 10 * MINUTE,
        }
    }

    fn sent(tries: u32, now: Timestamp) -> MailSent {
        let request = RequestId::random();
        let binding = Binding::random(request.transaction(), 10 * MINUTE);
        let bindings = Bindings::new([(binding.transaction.as_str(), binding.verifier.reveal())]);
        let kept = kept(Some(&binding), &request, tries);
        MailSent::of(request, kept, &bindings, own().sign_in_page(None), MINUTE, now).unwrap()
    }

    #[test]
    fn the_browser_that_asked_is_told_how_its_mail_stands() {
        let sent = sent(2, NOW + MINUTE / 2);
        assert_eq!((sent.email.to_string().as_str(), sent.tries_left), ("Ada@example.com", 3));
        assert_eq!((sent.time_left, sent.resend_in), (9 * MINUTE + MINUTE / 2, MINUTE / 2));
        assert!(!sent.is_over());
        assert_eq!(sent.return_to.as_str(), "https://auth.example/login");
    }

    #[test]
    fn a_code_is_over_when_its_time_is_or_its_tries_are() {
        assert!(sent(MOST_TRIES, NOW).is_over());
        assert!(sent(0, NOW + 10 * MINUTE).is_over());
        assert_eq!(sent(0, NOW + 10 * MINUTE).resend_in, Duration::ZERO);
    }

    #[test]
    fn nobody_else_is_told() {
        let request = RequestId::random();
        let of = |kept, bindings: &Bindings| {
            MailSent::of(request.clone(), kept, bindings, own().sign_in_page(None), MINUTE, NOW)
        };
        let binding = Binding::random(request.transaction(), MINUTE);
        let other = Binding::random(request.transaction(), MINUTE);
        let others = Bindings::new([(other.transaction.as_str(), other.verifier.reveal())]);
        assert!(of(kept(Some(&binding), &request, 0), &others).is_none());
        assert!(of(kept(Some(&binding), &request, 0), &Bindings::default()).is_none());
        assert!(of(kept(None, &request, 0), &others).is_none());
    }
}
