//! Magic links: a secret that reaches a mailbox and opens one session.

pub mod mail_code;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::account::email::EmailAddress;
use crate::account::proof::Proof;
use crate::browser::binding::{Binding, Bindings, CodeChallenge, Shown};
use crate::browser::known_browser::Mark;
use crate::clock::Timestamp;
use crate::error::Rejection;
use crate::language::Language;
use crate::magic_link::mail_code::{MailCode, RequestId};
use crate::redirect::ReturnTo;
use crate::request::origin::RequestOrigin;
use crate::secret::{Secret, SingleUseToken};

/// A wish for a link.
#[derive(Clone, Debug)]
pub struct LinkRequest {
    /// Whom to mail.
    pub email: EmailAddress,
    /// Who asks, and what the link opens.
    pub way: LinkInitiator,
    /// What to sign in as.
    pub actor_type: Option<String>,
    /// The language to write in.
    pub language: Language,
    /// What shows that the browser has signed in here before, if it brings something along.
    pub mark: Option<Mark>,
}

/// Who asks for a link.
#[derive(Clone, Debug)]
pub enum LinkInitiator {
    /// A client of the API: the link opens its page, which verifies the token.
    Client {
        /// That page.
        redirect_uri: String,
        /// The client's own binding.
        code_challenge: Option<CodeChallenge>,
    },
    /// Our sign-in page: the link opens a page of ours, whose button posts the token.
    Browser {
        /// Where the browser ends up; our sign-in page when there is no wish.
        target: Option<String>,
        /// Which page posted the form.
        source: RequestOrigin,
        /// The language that the person chose, for our page.
        language: Option<Language>,
        /// The bindings that the browser brings along: which mails it has asked for before.
        bindings: Bindings,
    },
}

/// The answer to a wish for a link, the same whether or not a mail went out.
#[derive(Debug)]
pub struct LinkSent {
    /// The request's public id.
    pub request_id: RequestId,
    /// When the link's time is over.
    pub expires_at: Timestamp,
    /// What ties the request to the browser that made it.
    pub binding: Option<Binding>,
}

/// What came back of a mail.
#[derive(Clone, Debug)]
pub struct VerifyRequest {
    /// What shows that the mail was read.
    pub evidence: MailedProof,
    /// What the caller shows of the binding.
    pub shown: Shown,
    /// What the person reads.
    pub language: Language,
}

/// A link that a person has opened in a browser, before the button is pressed.
#[derive(Debug)]
pub struct LinkOpened {
    /// Whom it was mailed to.
    pub email: EmailAddress,
    /// The request's public id.
    pub request_id: RequestId,
    /// Where the browser goes afterwards.
    pub target: Option<ReturnTo>,
    /// In which browser; or why it can no longer be used.
    pub browser: Result<OpenedIn, Rejection>,
    /// What the mailbox is asked, where it is.
    pub wish: Option<Box<Wish>>,
}

/// In which browser a link was opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OpenedIn {
    /// In the one that asked for it, or nobody kept which that was.
    TheSame,
    /// In another one, which may go on.
    Another,
    /// In another one, which may not.
    AnotherRefused,
}

/// Whether a link opens in another browser than the one that asked for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OtherBrowser {
    /// The person is told, and may go on.
    Allow,
    /// The person is sent back to the browser that asked.
    Refuse,
}

/// What shows that a mail was read. `None` stands for what can never have been in one.
#[derive(Clone, Debug)]
pub enum MailedProof {
    /// The link's token.
    Token(Option<SingleUseToken>),
    /// The code, on the client that was told the request's id.
    Code(Option<(RequestId, MailCode)>),
}

/// What is kept of a link. The token itself is in the mail only.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct MagicLink {
    /// The request's public id, `mlr_…`.
    pub request_id: RequestId,
    /// Whom it was mailed to.
    pub email: EmailAddress,
    /// What the person signs in as.
    pub actor_type: String,
    /// The binding: without its verifier the link opens nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<CodeChallenge>,
    /// The browser that asked, where any browser may open the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_in: Option<CodeChallenge>,
    /// Where the browser goes afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<ReturnTo>,
    /// What else the mailbox is asked; such a link signs nobody in by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<Box<Wish>>,
    /// When its time is over.
    pub valid_until: Timestamp,
    /// When it was used, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
}

/// What a mailbox is asked about an identity that came with its address.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Wish {
    /// The account.
    pub user_id: String,
    /// What was proven.
    pub proof: Proof,
    /// What becomes of it.
    pub purpose: LinkPurpose,
}

/// What a mailed link is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LinkKind {
    /// To sign in.
    SignIn,
    /// To say yes to a [`Wish`].
    Wish,
}

/// What becomes of an identity whose mailbox opens the link.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkPurpose {
    /// The account that the mailbox has gets the identity.
    Join,
    /// The account that the identity made gets the mailbox.
    Prove,
}

/// A link as it is started: what to mail and what to keep.
#[derive(Clone, Debug)]
pub struct NewMagicLink {
    /// The code for the mail.
    pub code: MailCode,
    /// The token for the mail.
    pub token: SingleUseToken,
    /// The address for the mail's link.
    pub url: Secret,
    /// What to keep under the token's hash.
    pub link: MagicLink,
}

impl MagicLink {
    /// A link to `page` for `email`, bound to nothing yet.
    pub fn start(
        email: EmailAddress,
        page: &ReturnTo,
        actor_type: String,
        now: Timestamp,
        lifetime: Duration,
    ) -> NewMagicLink {
        let token = SingleUseToken::random();
        let url = Secret::new(page.with_query([("token", token.reveal())]));
        let link = Self {
            request_id: RequestId::random(),
            email,
            actor_type,
            code_challenge: None,
            asked_in: None,
            target: None,
            wish: None,
            valid_until: now + lifetime,
            used_at: None,
        };
        NewMagicLink { code: MailCode::random(), token, url, link }
    }

    /// The key under which the link with `token` is kept. One that asks something is none that signs in: neither is found
    /// in the other's place.
    pub fn key(token: &SingleUseToken, kind: LinkKind) -> String {
        match kind {
            LinkKind::SignIn => token.key(),
            LinkKind::Wish => format!("wish#{}", token.key()),
        }
    }

    /// Why a link that could not be used was not. A wrong verifier learns nothing about the link's age.
    pub fn refusal(link: Option<&Self>, shown: &Shown, now: Timestamp) -> Rejection {
        match link {
            Some(link) if !shown.fits(link.code_challenge.as_ref()) => Rejection::MagicLinkInvalid,
            Some(link) if link.used_at.is_some() => Rejection::MagicLinkUsed,
            Some(link) if link.valid_until <= now => Rejection::MagicLinkExpired,
            _ => Rejection::MagicLinkInvalid,
        }
    }

    /// What a person is shown who opens the link in a browser that has `bindings`.
    pub fn opened(self, bindings: &Bindings, now: Timestamp) -> LinkOpened {
        let browser = self.opened_in(bindings, now);
        LinkOpened { email: self.email, request_id: self.request_id, target: self.target, browser, wish: self.wish }
    }

    fn opened_in(&self, bindings: &Bindings, now: Timestamp) -> Result<OpenedIn, Rejection> {
        if self.used_at.is_some() {
            return Err(Rejection::MagicLinkUsed);
        }
        if self.valid_until <= now {
            return Err(Rejection::MagicLinkExpired);
        }
        let here = bindings.find(&self.request_id.transaction());
        Ok(match (&self.code_challenge, &self.asked_in) {
            (Some(bound), _) if here.as_ref() != Some(bound) => OpenedIn::AnotherRefused,
            (None, Some(asked_in)) if here.as_ref() != Some(asked_in) => OpenedIn::Another,
            _ => OpenedIn::TheSame,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redirect::AllowedTargets;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn started() -> NewMagicLink {
        let target = AllowedTargets::new(vec!["https://app.example/in".into()]).unwrap();
        let email = EmailAddress::parse("ada@example.com").unwrap();
        let page = target.find("https://app.example/in").unwrap();
        MagicLink::start(email, &page, "user".into(), NOW, Duration::from_secs(600))
    }

    #[test]
    fn the_mailed_address_carries_the_token_and_the_kept_link_does_not() {
        let started = started();
        let token = started.url.reveal().strip_prefix("https://app.example/in?token=").unwrap();
        assert_eq!(SingleUseToken::parse(token).unwrap().key(), started.token.key());
        assert!(!serde_json::to_string(&started.link).unwrap().contains(token));
    }

    #[test]
    fn the_reason_for_a_refusal_is_told_to_the_one_who_asked_for_the_link() {
        let link = started().link;
        let used = MagicLink { used_at: Some(NOW), ..link.clone() };
        let later = NOW + Duration::from_secs(600);
        let refusal = |link, now| MagicLink::refusal(link, &Shown::Client(None), now);
        assert_eq!(refusal(None, NOW), Rejection::MagicLinkInvalid);
        assert_eq!(refusal(Some(&used), NOW), Rejection::MagicLinkUsed);
        assert_eq!(refusal(Some(&used), later), Rejection::MagicLinkUsed);
        assert_eq!(refusal(Some(&link), later), Rejection::MagicLinkExpired);
    }

    #[test]
    fn without_the_verifier_a_link_is_merely_invalid() {
        let code_challenge = CodeChallenge::of_verifier(&"v".repeat(43));
        let bound = MagicLink { used_at: Some(NOW), code_challenge, ..started().link };
        for shown in [None, CodeChallenge::of_verifier(&"w".repeat(43))] {
            assert_eq!(MagicLink::refusal(Some(&bound), &Shown::Client(shown), NOW), Rejection::MagicLinkInvalid);
        }
    }

    #[test]
    fn a_link_tells_the_browser_that_asked_from_another() {
        let link = started().link;
        let binding = Binding::random(link.request_id.transaction(), Duration::from_secs(600));
        let same = Bindings::new([(binding.transaction.as_str(), binding.verifier.reveal())]);
        let other = Bindings::default();
        let opened = |link: &MagicLink, bindings| link.clone().opened(bindings, NOW).browser.unwrap();
        let open = MagicLink { asked_in: Some(binding.challenge()), ..link.clone() };
        assert_eq!((opened(&open, &same), opened(&open, &other)), (OpenedIn::TheSame, OpenedIn::Another));
        let bound = MagicLink { code_challenge: Some(binding.challenge()), ..link.clone() };
        assert_eq!((opened(&bound, &same), opened(&bound, &other)), (OpenedIn::TheSame, OpenedIn::AnotherRefused));
        assert_eq!(opened(&link, &other), OpenedIn::TheSame, "nobody kept who asked");
    }

    #[test]
    fn a_link_that_is_over_says_so_before_the_button_is_pressed() {
        let link = started().link;
        let used = MagicLink { used_at: Some(NOW), ..link.clone() };
        assert_eq!(used.opened(&Bindings::default(), NOW).browser.unwrap_err(), Rejection::MagicLinkUsed);
        let late = NOW + Duration::from_secs(600);
        assert_eq!(link.opened(&Bindings::default(), late).browser.unwrap_err(), Rejection::MagicLinkExpired);
    }
}
