//! What a person finds at the sign-in page, at the page that waits for a mail's code, and where they protect their sign-in.

pub mod brand;

use std::time::Duration;

use crate::account::User;
use crate::account::email::EmailAddress;
use crate::account::invite::Invite;
use crate::browser::binding::Bindings;
use crate::clock::Timestamp;
use crate::magic_link::MagicLink;
use crate::magic_link::mail_code::{MAX_TRIES, RequestId, StoredMailCode};
use crate::passkey::StoredPasskeys;
use crate::provider::Listed;
use crate::redirect::ReturnTo;
use crate::secret::SingleUseToken;

/// What the sign-in page shows.
#[derive(Debug)]
pub enum PageVisitor {
    /// The person is signed in.
    SignedIn(SignedInVisitor),
    /// The person can sign in.
    SignedOut(SignedOutVisitor),
}

/// Somebody who is signed in.
#[derive(Debug)]
pub struct SignedInVisitor {
    /// Who it is: the address, or else the name.
    pub who: String,
    /// Where the person wanted to go.
    pub return_to: ReturnTo,
    /// Whether that is somewhere else than the sign-in page.
    pub onward: bool,
}

/// The ways in.
#[derive(Debug)]
pub struct SignedOutVisitor {
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
    /// Whether the code can be used.
    pub standing: MailState,
    /// How long link and code are still good.
    pub time_left: Duration,
    /// How often the code may still be tried.
    pub tries_left: u32,
    /// After which time another mail can be asked for.
    pub resend_in: Duration,
}

/// Whether the code of a mail can be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MailState {
    /// It can.
    Waiting,
    /// The link was opened, or the code typed.
    Used,
    /// Its time is over.
    Expired,
    /// It was tried too often.
    Spent,
}

/// What a browser finds that waits for the code of a mail.
#[derive(Debug)]
pub enum Waiting {
    /// How the mail stands that it asked for.
    Mail(MailSent),
    /// That it is signed in by now.
    SignedIn(SignedInVisitor),
}

/// How a person's sign-in is protected.
#[derive(Debug)]
pub struct SecurityOverview {
    /// Whether the person may change it, because they showed lately that it is them.
    pub open: bool,
    /// Whether an authenticator app is set up.
    pub app: bool,
    /// The passkeys.
    pub passkeys: StoredPasskeys,
    /// How many recovery codes are left; `None` without a second factor.
    pub codes_left: Option<u64>,
}

impl SecurityOverview {
    /// Whether there is something that the person can show once more, to change the rest.
    pub const fn has_factor(&self) -> bool {
        self.codes_left.is_some()
    }

    /// Whether there is a passkey among it.
    pub fn has_passkey(&self) -> bool {
        !self.passkeys.is_empty()
    }
}

impl SignedInVisitor {
    /// The page of `user`, who wanted to go to `return_to`. Whoever wanted to go nowhere is led to `app`, where there is one.
    pub fn new(user: &User, return_to: ReturnTo, sign_in_page: &ReturnTo, app: Option<ReturnTo>) -> Self {
        let email = user.email.as_ref().map(ToString::to_string);
        let who = email.or_else(|| user.name.clone()).unwrap_or_else(|| user.id.clone());
        let return_to = if return_to == *sign_in_page { app.unwrap_or(return_to) } else { return_to };
        Self { who, onward: return_to != *sign_in_page, return_to }
    }
}

impl MailSent {
    /// Whether the browser that has `bindings` asked for the mail: nobody else is told of it.
    pub fn is_asked_by(bindings: &Bindings, request: &RequestId, kept: &StoredMailCode) -> bool {
        kept.code_challenge.is_some() && bindings.find(&request.transaction()) == kept.code_challenge
    }

    /// How `kept` and the `link` of the same mail stand, when mails to one address are `pause` apart.
    pub fn of(
        request: RequestId,
        kept: StoredMailCode,
        link: Option<&MagicLink>,
        sign_in_page: ReturnTo,
        pause: Duration,
        now: Timestamp,
    ) -> Self {
        let (time_left, tries_left) = (kept.valid_until.since(now), MAX_TRIES.saturating_sub(kept.tries));
        let standing = match link {
            Some(link) if link.used_at.is_some() => MailState::Used,
            _ if time_left.is_zero() => MailState::Expired,
            _ if tries_left == 0 => MailState::Spent,
            _ => MailState::Waiting,
        };
        Self {
            request,
            email: kept.email,
            certain: true,
            return_to: kept.target.unwrap_or(sign_in_page),
            standing,
            time_left,
            tries_left,
            resend_in: (kept.asked_at + pause).since(now),
        }
    }

    /// Whether the code can no longer be used.
    pub fn is_over(&self) -> bool {
        self.standing != MailState::Waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::binding::Binding;
    use crate::keys::KeySet;
    use crate::keys::token_key::TokenKey;
    use crate::magic_link::mail_code::MailCode;
    use crate::redirect::OwnAddresses;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
    const MINUTE: Duration = Duration::from_secs(60);

    fn own() -> OwnAddresses {
        OwnAddresses { public_url: "https://auth.example".to_owned() }
    }

    fn kept(binding: Option<&Binding>, request: &RequestId, tries: u32) -> StoredMailCode {
        StoredMailCode {
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

    fn link(used_at: Option<Timestamp>) -> MagicLink {
        let (own, email) = (own().link_page(), EmailAddress::parse("ada@example.com").unwrap());
        MagicLink { used_at, ..MagicLink::start(email, &own, "user".to_owned(), NOW, 10 * MINUTE).link }
    }

    fn sent(tries: u32, used_at: Option<Timestamp>, now: Timestamp) -> MailSent {
        let request = RequestId::random();
        let kept = kept(None, &request, tries);
        MailSent::of(request, kept, Some(&link(used_at)), own().sign_in_page(None), MINUTE, now)
    }

    #[test]
    fn the_browser_that_asked_is_told_how_its_mail_stands() {
        let sent = sent(2, None, NOW + MINUTE / 2);
        assert_eq!((sent.email.to_string().as_str(), sent.tries_left), ("Ada@example.com", 3));
        assert_eq!((sent.time_left, sent.resend_in), (9 * MINUTE + MINUTE / 2, MINUTE / 2));
        assert!(!sent.is_over());
        assert_eq!(sent.return_to.as_str(), "https://auth.example/login");
    }

    #[test]
    fn a_code_is_over_when_its_mail_was_used_or_its_time_is_over_or_its_tries_are() {
        assert_eq!(sent(MAX_TRIES, None, NOW).standing, MailState::Spent);
        assert_eq!(sent(0, None, NOW + 10 * MINUTE).standing, MailState::Expired);
        assert_eq!(sent(0, None, NOW + 10 * MINUTE).resend_in, Duration::ZERO);
        for (tries, now) in [(0, NOW), (MAX_TRIES, NOW), (0, NOW + 10 * MINUTE)] {
            assert_eq!(sent(tries, Some(NOW), now).standing, MailState::Used);
        }
    }

    #[test]
    fn nobody_else_is_told() {
        let request = RequestId::random();
        let binding = Binding::random(request.transaction(), MINUTE);
        let bindings_of =
            |binding: &Binding| Bindings::new([(binding.transaction.as_str(), binding.verifier.reveal())]);
        let (ours, others) = (bindings_of(&binding), bindings_of(&Binding::random(request.transaction(), MINUTE)));
        let bound = kept(Some(&binding), &request, 0);
        assert!(MailSent::is_asked_by(&ours, &request, &bound));
        assert!(!MailSent::is_asked_by(&others, &request, &bound));
        assert!(!MailSent::is_asked_by(&Bindings::default(), &request, &bound));
        assert!(!MailSent::is_asked_by(&Bindings::default(), &request, &kept(None, &request, 0)));
        assert!(!MailSent::is_asked_by(&ours, &RequestId::random(), &bound));
    }
}
