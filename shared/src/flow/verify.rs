//! Opening a magic link, or typing the code of the same mail: the link is used up, and the person let in.

use domain::account::invite::InviteCredential;
use domain::account::proof::Proof;
use domain::account::resolution::LinkPolicy;
use domain::browser::binding::{Bindings, Shown};
use domain::error::{Error, Rejection};
use domain::language::Language;
use domain::magic_link::mail_code::{MailCode, RequestId};
use domain::magic_link::{LinkKind, LinkOpened, LinkPurpose, MagicLink, MailedProof, VerifyRequest, Wish};
use domain::page::brand::Site;
use domain::redirect::{OwnAddresses, ReturnTo};
use domain::request::origin::{AllowedOrigins, RequestOrigin};
use domain::request::{Attempt, RequestContext};
use domain::secret::SingleUseToken;
use domain::session::assurance::Method;
use domain::sign_in::outcome::{BrowserOutcome, Delivery, Granted, Outcome};

use super::establish_session::{Authentication, EstablishSession};
use super::tokens::IssuingKeys;
use crate::adapter::audit;
use crate::adapter::store::Consumed;
use crate::adapter::store::magic_links::MagicLinks;
use crate::app::{App, StartError};

/// `POST /v1/auth/verify` for clients of the API, and the link's own page.
#[derive(Debug)]
pub struct Verify {
    establish: EstablishSession,
    magic_links: MagicLinks,
    origins: AllowedOrigins,
    own: OwnAddresses,
    site: Site,
}

/// A link that was used up: nobody else can.
struct ConsumedLink {
    link: MagicLink,
    keys: IssuingKeys,
    language: Language,
}

impl Verify {
    /// Opens what the endpoint needs.
    pub fn open(app: &App) -> Result<Self, StartError> {
        Ok(Self {
            // Who reads a mailbox has its account: there is no identity to link, so that the policy does not matter.
            establish: EstablishSession::open(app, LinkPolicy::Never)?,
            magic_links: app.magic_links()?,
            origins: app.env.origins()?,
            own: app.env.own_addresses()?,
            site: app.env.site()?,
        })
    }

    /// What pages show of this deployment.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// What a person is shown who opened a link; it stays as good as it was.
    ///
    /// # Errors
    ///
    /// `MagicLinkInvalid`, or a failure of the store.
    pub async fn show(
        &self,
        token: &SingleUseToken,
        bindings: &Bindings,
        caller: &RequestContext,
    ) -> Result<LinkOpened, Error> {
        let link = self.magic_links.find(&MagicLink::key(token, LinkKind::SignIn)).await?;
        Ok(link.ok_or(Rejection::MagicLinkInvalid)?.opened(bindings, caller.now))
    }

    /// Uses up the link and lets in the person whom it was mailed to.
    ///
    /// # Errors
    ///
    /// `MagicLinkInvalid`, `MagicLinkExpired`, `MagicLinkUsed`, `InvalidCode`, `CodeExpired`, `CodeUsed`, `SignUpClosed`, `AccountExists`, or a
    /// failure of the secrets or the store.
    pub async fn open_link(&self, request: VerifyRequest, caller: &RequestContext) -> Result<Outcome, Error> {
        caller.subject.attempts(Attempt::SignIn(Method::MailedLink.amr()));
        let ConsumedLink { link, keys, language } = self.consume_link(request, caller).await?;
        self.establish.admit(&authentication(link, language, Delivery::Tokens), &keys, caller).await
    }

    /// The same for a browser, when the button on the link's page was pressed or the code typed into ours.
    ///
    /// # Errors
    ///
    /// `Forbidden` for a form of another site: it would sign the person in as somebody else. Otherwise as
    /// [`open_link`](Self::open_link).
    pub async fn land(
        &self,
        request: VerifyRequest,
        source: &RequestOrigin,
        caller: &RequestContext,
    ) -> Result<BrowserOutcome, Error> {
        caller.subject.attempts(Attempt::SignIn(Method::MailedLink.amr()));
        self.origins.admit(source)?;
        let ConsumedLink { link, keys, language } = self.consume_link(request, caller).await?;
        let target = link.target.clone().unwrap_or_else(|| self.own.sign_in_page(None));
        let authentication =
            Authentication { target: Some(target.clone()), ..authentication(link, language, Delivery::Cookie) };
        let result = self.establish.admit(&authentication, &keys, caller).await;
        Ok(landing(target, result, caller))
    }

    /// What a mailbox is asked whose link somebody opened; it stays as good as it was.
    ///
    /// # Errors
    ///
    /// `MagicLinkInvalid`, `MagicLinkExpired`, `MagicLinkUsed`, or a failure of the store.
    pub async fn show_wish(
        &self,
        token: &SingleUseToken,
        bindings: &Bindings,
        caller: &RequestContext,
    ) -> Result<LinkOpened, Error> {
        let link = self.magic_links.find(&MagicLink::key(token, LinkKind::Wish)).await?;
        let opened = link.ok_or(Rejection::MagicLinkInvalid)?.opened(bindings, caller.now);
        match &opened.browser {
            Err(over) => Err(over.clone().into()),
            Ok(_) => Ok(opened),
        }
    }

    /// Does what the mailbox was asked, when the button on that page was pressed.
    ///
    /// # Errors
    ///
    /// `Forbidden` for a form of another site, `MagicLinkInvalid`, `MagicLinkExpired`, `MagicLinkUsed`, `AccountExists`, or a
    /// failure of the secrets or the store.
    pub async fn grant(
        &self,
        token: Option<SingleUseToken>,
        shown: Shown,
        source: &RequestOrigin,
        caller: &RequestContext,
    ) -> Result<Granted, Error> {
        caller.subject.attempts(Attempt::SignIn(Method::MailedLink.amr()));
        self.origins.admit(source)?;
        let token = token.ok_or(Rejection::MagicLinkInvalid)?;
        let keys = self.establish.tokens.keys(caller.now).await?;
        let key = MagicLink::key(&token, LinkKind::Wish);
        let mut link = match self.magic_links.consume(&key, &shown, caller.now).await? {
            Consumed::Once(link) => link,
            Consumed::Refused(kept) => return Err(MagicLink::refusal(kept.as_ref(), &shown, caller.now).into()),
        };
        let Wish { user_id, proof, purpose } = *link.wish.take().ok_or(Rejection::MagicLinkInvalid)?;
        caller.subject.is_user(&user_id);
        Ok(match purpose {
            LinkPurpose::Prove => {
                self.establish.prove_address(&user_id, &link.email, caller).await?;
                Granted::Proven
            }
            LinkPurpose::Join => {
                let target = link.target.unwrap_or_else(|| self.own.sign_in_page(None));
                let authentication = Authentication {
                    target: Some(target.clone()),
                    ..Authentication::new(proof, link.actor_type, Delivery::Cookie)
                };
                let result = self.establish.join(&user_id, &authentication, &keys, caller).await;
                Granted::Joined(Box::new(landing(target, result, caller)))
            }
        })
    }

    async fn consume_link(&self, request: VerifyRequest, caller: &RequestContext) -> Result<ConsumedLink, Error> {
        let (now, shown) = (caller.now, &request.shown);
        let (keys, link_key) = match &request.evidence {
            MailedProof::Token(token) => {
                let token = token.as_ref().ok_or(Rejection::MagicLinkInvalid)?;
                (self.establish.tokens.keys(now).await?, token.key())
            }
            MailedProof::Code(typed) => {
                let (request_id, code) = typed.as_ref().ok_or(Rejection::InvalidCode)?;
                let keys = self.establish.tokens.keys(now).await?;
                let link_key = self.link_of(code, request_id, shown, &keys, caller).await?;
                (keys, link_key)
            }
        };
        let consumed = self.magic_links.consume(&link_key, shown, now).await?;
        if let Consumed::Once(link) | Consumed::Refused(Some(link)) = &consumed {
            caller.subject.is_mailbox(link.email.hash().as_str());
        }
        match consumed {
            Consumed::Once(link) => Ok(ConsumedLink { link, keys, language: request.language }),
            Consumed::Refused(kept) => {
                let refusal = MagicLink::refusal(kept.as_ref(), shown, now);
                Err(match (&request.evidence, refusal) {
                    (MailedProof::Token(_), refusal) => refusal,
                    (MailedProof::Code(_), Rejection::MagicLinkUsed) => Rejection::CodeUsed,
                    (MailedProof::Code(_), Rejection::MagicLinkExpired) => Rejection::CodeExpired,
                    (MailedProof::Code(_), _) => Rejection::InvalidCode,
                }
                .into())
            }
        }
    }

    /// The link that came in the same mail as `code`. The try is counted first and compared then.
    async fn link_of(
        &self,
        code: &MailCode,
        request_id: &RequestId,
        shown: &Shown,
        keys: &IssuingKeys,
        caller: &RequestContext,
    ) -> Result<String, Error> {
        let tried = self.magic_links.try_code(request_id, shown, caller.now).await?;
        if let Consumed::Once(kept) | Consumed::Refused(Some(kept)) = &tried {
            caller.subject.is_mailbox(kept.email.hash().as_str());
        }
        match tried {
            Consumed::Once(kept) if kept.code_mac.is(code, request_id, &keys.token) => Ok(kept.link_key),
            Consumed::Refused(Some(kept)) if !shown.fits(kept.code_challenge.as_ref()) => {
                Err(Rejection::MagicLinkInvalid.into())
            }
            Consumed::Refused(Some(kept)) if kept.valid_until <= caller.now => Err(Rejection::CodeExpired.into()),
            Consumed::Once(_) | Consumed::Refused(_) => Err(Rejection::InvalidCode.into()),
        }
    }
}

/// What a link proves that was used up. Whoever was invited accepts by opening it.
fn authentication(link: MagicLink, language: Language, delivery: Delivery) -> Authentication {
    Authentication {
        invite: Some(InviteCredential::Address),
        language,
        ..Authentication::new(Proof::Mailbox(link.email), link.actor_type, delivery)
    }
}

/// Where a browser goes whose link was used up, whatever came of it.
fn landing(target: ReturnTo, result: Result<Outcome, Error>, caller: &RequestContext) -> BrowserOutcome {
    if let Err(failure) = &result {
        audit::record_failure(caller, failure);
    }
    BrowserOutcome { target, result }
}
