//! Opening a magic link, or typing the code of the same mail: the link is used up, and the person let in.

use super::admission::Admission;
use super::tokens::Keys;
use crate::app::{App, StartError};
use crate::audit::record_refusal;
use crate::caller::Caller;
use crate::clock::Timestamp;
use crate::failure::{Denied, Failure};
use crate::identity::{LinkPolicy, Proof};
use crate::magic_link::{Evidence, MagicLink, VerifyRequest};
use crate::mail_code::{MailCode, RequestId};
use crate::outcome::Outcome;
use crate::session::Method;
use crate::sign_in::CodeChallenge;
use crate::store::Consumed;
use crate::store::magic_links::MagicLinks;

/// `POST /v1/auth/verify`.
#[derive(Debug)]
pub struct Verify {
    admission: Admission,
    magic_links: MagicLinks,
}

impl Verify {
    /// Opens what the endpoint needs.
    ///
    /// # Errors
    ///
    /// When a setting is missing or wrong.
    pub fn open(app: &App) -> Result<Self, StartError> {
        Ok(Self {
            // Who reads a mailbox has its account: there is no identity to link, so that the policy does not matter.
            admission: Admission::open(app, LinkPolicy::Never)?,
            magic_links: MagicLinks::new(app.aws.dynamodb(), app.env.text("MAGIC_LINKS_TABLE")?),
        })
    }

    /// Uses up the link and lets in the person whom it was mailed to.
    ///
    /// # Errors
    ///
    /// `MagicLinkInvalid`, `MagicLinkExpired`, `MagicLinkUsed`, `InvalidCode`, `SignUpClosed`, `AccountExists`, or a
    /// failure of the secrets or the store.
    pub async fn open_link(&self, request: VerifyRequest, caller: &Caller) -> Result<Outcome, Failure> {
        let outcome = self.judge(request, caller).await;
        record_refusal(&caller.request_id, Method::MailedLink, &outcome);
        outcome
    }

    async fn judge(&self, request: VerifyRequest, caller: &Caller) -> Result<Outcome, Failure> {
        let (now, challenge) = (caller.now, request.code_challenge.as_ref());
        let (keys, link_key) = match &request.evidence {
            Evidence::Token(token) => {
                let token = token.as_ref().ok_or(Denied::MagicLinkInvalid)?;
                (self.admission.tokens.keys(now).await?, token.key())
            }
            Evidence::Code(typed) => {
                let (request_id, code) = typed.as_ref().ok_or(Denied::InvalidCode)?;
                let keys = self.admission.tokens.keys(now).await?;
                let link_key = self.link_of(code, request_id, challenge, &keys, now).await?;
                (keys, link_key)
            }
        };
        match self.magic_links.consume(&link_key, challenge, now).await? {
            Consumed::Once(link) => {
                self.admission.admit(Proof::Mailbox(link.email), &link.actor_type, &keys, caller).await
            }
            Consumed::Refused(kept) => Err(match request.evidence {
                Evidence::Token(_) => MagicLink::refusal(kept.as_ref(), challenge, now).into(),
                Evidence::Code(_) => Denied::InvalidCode.into(),
            }),
        }
    }

    /// The link that came in the same mail as `code`. The try is counted first and compared then.
    async fn link_of(
        &self,
        code: &MailCode,
        request_id: &RequestId,
        challenge: Option<&CodeChallenge>,
        keys: &Keys,
        now: Timestamp,
    ) -> Result<String, Failure> {
        match self.magic_links.try_code(request_id, challenge, now).await? {
            Consumed::Once(kept) if kept.is(code, request_id, &keys.token) => Ok(kept.link_key),
            Consumed::Refused(Some(kept)) if kept.code_challenge.as_ref() != challenge => {
                Err(Denied::MagicLinkInvalid.into())
            }
            Consumed::Once(_) | Consumed::Refused(_) => Err(Denied::InvalidCode.into()),
        }
    }
}
