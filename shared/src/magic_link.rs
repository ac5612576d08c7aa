//! Magic links: a secret that reaches a mailbox and opens one session.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::email::EmailAddress;
use crate::failure::Denied;
use crate::mail_code::{MailCode, RequestId};
use crate::return_to::ReturnTo;
use crate::secret::{Secret, SingleUseToken};
use crate::sign_in::CodeChallenge;

/// A wish for a link.
#[derive(Clone, Debug)]
pub struct LinkRequest {
    /// Whom to mail.
    pub email: EmailAddress,
    /// The page that the link opens.
    pub redirect_uri: String,
    /// The caller's own binding.
    pub code_challenge: Option<CodeChallenge>,
    /// What to sign in as.
    pub actor_type: Option<String>,
}

/// The answer to a wish for a link, the same whether or not a mail went out.
#[derive(Clone, Debug)]
pub struct LinkSent {
    /// The request's public id.
    pub request_id: RequestId,
    /// When the link's time is over.
    pub expires_at: Timestamp,
}

/// What came back of a mail.
#[derive(Clone, Debug)]
pub struct VerifyRequest {
    /// What shows that the mail was read.
    pub evidence: Evidence,
    /// The challenge that the caller's verifier answers; `None` when it gave none.
    pub code_challenge: Option<CodeChallenge>,
}

/// What shows that a mail was read. `None` stands for what can never have been in one.
#[derive(Clone, Debug)]
pub enum Evidence {
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
    /// The caller's binding: without its verifier the link opens nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<CodeChallenge>,
    /// When its time is over.
    pub valid_until: Timestamp,
    /// When it was used, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
}

/// A link as it is started: what to mail and what to keep.
#[derive(Clone, Debug)]
pub struct Started {
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
    /// A link to `return_to` for `email`.
    pub fn start(
        email: EmailAddress,
        return_to: &ReturnTo,
        actor_type: String,
        code_challenge: Option<CodeChallenge>,
        now: Timestamp,
        lifetime: Duration,
    ) -> Started {
        let token = SingleUseToken::random();
        let url = Secret::new(return_to.with_query("token", token.reveal()));
        let valid_until = now + lifetime;
        let request_id = RequestId::random();
        let link = Self { request_id, email, actor_type, code_challenge, valid_until, used_at: None };
        Started { code: MailCode::random(), token, url, link }
    }

    /// Why a link that could not be used was not. A wrong verifier learns nothing about the link's age.
    pub fn refusal(link: Option<&Self>, presented: Option<&CodeChallenge>, now: Timestamp) -> Denied {
        match link {
            Some(link) if link.code_challenge.as_ref() != presented => Denied::MagicLinkInvalid,
            Some(link) if link.used_at.is_some() => Denied::MagicLinkUsed,
            Some(link) if link.valid_until <= now => Denied::MagicLinkExpired,
            _ => Denied::MagicLinkInvalid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::return_to::AllowedTargets;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn started(challenge: Option<CodeChallenge>) -> Started {
        let target = AllowedTargets::new(vec!["https://app.example/in".into()]).unwrap();
        let email = EmailAddress::parse("ada@example.com").unwrap();
        let return_to = target.find("https://app.example/in").unwrap();
        MagicLink::start(email, &return_to, "user".into(), challenge, NOW, Duration::from_secs(600))
    }

    #[test]
    fn the_mailed_address_carries_the_token_and_the_kept_link_does_not() {
        let started = started(None);
        let token = started.url.reveal().strip_prefix("https://app.example/in?token=").unwrap();
        assert_eq!(SingleUseToken::parse(token).unwrap().key(), started.token.key());
        assert!(!serde_json::to_string(&started.link).unwrap().contains(token));
    }

    #[test]
    fn the_reason_for_a_refusal_is_told_to_the_one_who_asked_for_the_link() {
        let link = started(None).link;
        let used = MagicLink { used_at: Some(NOW), ..link.clone() };
        let later = NOW + Duration::from_secs(600);
        assert_eq!(MagicLink::refusal(None, None, NOW), Denied::MagicLinkInvalid);
        assert_eq!(MagicLink::refusal(Some(&used), None, NOW), Denied::MagicLinkUsed);
        assert_eq!(MagicLink::refusal(Some(&used), None, later), Denied::MagicLinkUsed);
        assert_eq!(MagicLink::refusal(Some(&link), None, later), Denied::MagicLinkExpired);
    }

    #[test]
    fn without_the_verifier_a_link_is_merely_invalid() {
        let bound = MagicLink {
            used_at: Some(NOW),
            ..started(Some(CodeChallenge::of_verifier(&"v".repeat(43)).unwrap())).link
        };
        let other = CodeChallenge::of_verifier(&"w".repeat(43)).unwrap();
        assert_eq!(MagicLink::refusal(Some(&bound), None, NOW), Denied::MagicLinkInvalid);
        assert_eq!(MagicLink::refusal(Some(&bound), Some(&other), NOW), Denied::MagicLinkInvalid);
    }
}
