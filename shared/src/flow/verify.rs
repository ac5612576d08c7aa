//! Opening a magic link: it is used up, and the person let in.

use super::admission::Admission;
use crate::app::{App, StartError};
use crate::audit::record_refusal;
use crate::caller::Caller;
use crate::failure::{Denied, Failure};
use crate::identity::{LinkPolicy, Proof};
use crate::magic_link::{MagicLink, VerifyRequest};
use crate::outcome::Outcome;
use crate::session::Method;
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
    /// `MagicLinkInvalid`, `MagicLinkExpired`, `MagicLinkUsed`, `SignUpClosed`, or a failure of the secrets or the store.
    pub async fn open_link(&self, request: VerifyRequest, caller: &Caller) -> Result<Outcome, Failure> {
        let outcome = self.judge(request, caller).await;
        record_refusal(&caller.request_id, Method::MailedLink, &outcome);
        outcome
    }

    async fn judge(&self, request: VerifyRequest, caller: &Caller) -> Result<Outcome, Failure> {
        let token = request.token.ok_or(Denied::MagicLinkInvalid)?;
        let keys = self.admission.tokens.keys(caller.now).await?;
        let challenge = request.code_challenge.as_ref();
        match self.magic_links.consume(&token, challenge, caller.now).await? {
            Consumed::Once(link) => {
                self.admission
                    .admit(Proof::Mailbox(link.email), &link.actor_type, &keys, caller)
                    .await
            }
            Consumed::Refused(kept) => Err(MagicLink::refusal(kept.as_ref(), challenge, caller.now).into()),
        }
    }
}
