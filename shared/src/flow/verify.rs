//! Opening a magic link, or typing the code of the same mail: the link is used up, and the person let in.

use domain::account::invite::Presented;
use domain::account::{LinkPolicy, Proof};
use domain::browser::binding::{Bindings, Shown};
use domain::error::{Denied, Failure};
use domain::language::Language;
use domain::magic_link::mail_code::{MailCode, RequestId};
use domain::magic_link::{Evidence, LinkKind, LinkOpened, MagicLink, Purpose, VerifyRequest, Wish};
use domain::page::brand::Site;
use domain::redirect::{OwnAddresses, ReturnTo};
use domain::request::origin::{Origins, Source};
use domain::request::{Attempt, Caller};
use domain::secret::SingleUseToken;
use domain::session::assurance::Method;
use domain::sign_in::outcome::{ForBrowser, Granted, Landing, Outcome, Tokens};

use super::admission::{Admission, Arrival};
use super::tokens::Keys;
use crate::adapter::audit;
use crate::adapter::store::Consumed;
use crate::adapter::store::magic_links::MagicLinks;
use crate::app::{App, StartError};

/// `POST /v1/auth/verify` for clients of the API, and the link's own page.
#[derive(Debug)]
pub struct Verify {
    admission: Admission,
    magic_links: MagicLinks,
    origins: Origins,
    own: OwnAddresses,
    site: Site,
}

/// A link that was used up: nobody else can.
struct Taken {
    link: MagicLink,
    keys: Keys,
    language: Language,
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
        caller: &Caller,
    ) -> Result<LinkOpened, Failure> {
        let link = self.magic_links.find(&MagicLink::key(token, LinkKind::SignIn)).await?;
        Ok(link.ok_or(Denied::MagicLinkInvalid)?.opened(bindings, caller.now))
    }

    /// Uses up the link and lets in the person whom it was mailed to.
    ///
    /// # Errors
    ///
    /// `MagicLinkInvalid`, `MagicLinkExpired`, `MagicLinkUsed`, `InvalidCode`, `CodeExpired`, `CodeUsed`, `SignUpClosed`, `AccountExists`, or a
    /// failure of the secrets or the store.
    pub async fn open_link(&self, request: VerifyRequest, caller: &Caller) -> Result<Outcome<Tokens>, Failure> {
        caller.subject.attempts(Attempt::SignIn(Method::MailedLink.amr()));
        let Taken { link, keys, language } = self.take_up(request, caller).await?;
        self.admission.admit_client(arrival(link, language), &keys, caller).await
    }

    /// The same for a browser, when the button on the link's page was pressed or the code typed into ours.
    ///
    /// # Errors
    ///
    /// `Forbidden` for a form of another site: it would sign the person in as somebody else. Otherwise as
    /// [`open_link`](Self::open_link).
    pub async fn land(&self, request: VerifyRequest, source: &Source, caller: &Caller) -> Result<Landing, Failure> {
        caller.subject.attempts(Attempt::SignIn(Method::MailedLink.amr()));
        self.origins.admit(source)?;
        let Taken { link, keys, language } = self.take_up(request, caller).await?;
        let target = link.target.clone().unwrap_or_else(|| self.own.sign_in_page(None));
        let arrival = Arrival { target: Some(target.clone()), ..arrival(link, language) };
        let result = self.admission.admit_browser(arrival, &keys, caller).await;
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
        caller: &Caller,
    ) -> Result<LinkOpened, Failure> {
        let link = self.magic_links.find(&MagicLink::key(token, LinkKind::Wish)).await?;
        let opened = link.ok_or(Denied::MagicLinkInvalid)?.opened(bindings, caller.now);
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
        source: &Source,
        caller: &Caller,
    ) -> Result<Granted, Failure> {
        caller.subject.attempts(Attempt::SignIn(Method::MailedLink.amr()));
        self.origins.admit(source)?;
        let token = token.ok_or(Denied::MagicLinkInvalid)?;
        let keys = self.admission.tokens.keys(caller.now).await?;
        let key = MagicLink::key(&token, LinkKind::Wish);
        let mut link = match self.magic_links.consume(&key, &shown, caller.now).await? {
            Consumed::Once(link) => link,
            Consumed::Refused(kept) => return Err(MagicLink::refusal(kept.as_ref(), &shown, caller.now).into()),
        };
        let Wish { user_id, proof, purpose } = *link.wish.take().ok_or(Denied::MagicLinkInvalid)?;
        caller.subject.is_user(&user_id);
        Ok(match purpose {
            Purpose::Prove => {
                self.admission.prove_address(&user_id, &link.email, caller).await?;
                Granted::Proven
            }
            Purpose::Join => {
                let target = link.target.unwrap_or_else(|| self.own.sign_in_page(None));
                let arrival = Arrival { target: Some(target.clone()), ..Arrival::new(proof, link.actor_type) };
                let result = self.admission.join(&user_id, &arrival, &keys, caller).await;
                Granted::Joined(Box::new(landing(target, result, caller)))
            }
        })
    }

    async fn take_up(&self, request: VerifyRequest, caller: &Caller) -> Result<Taken, Failure> {
        let (now, shown) = (caller.now, &request.shown);
        let (keys, link_key) = match &request.evidence {
            Evidence::Token(token) => {
                let token = token.as_ref().ok_or(Denied::MagicLinkInvalid)?;
                (self.admission.tokens.keys(now).await?, token.key())
            }
            Evidence::Code(typed) => {
                let (request_id, code) = typed.as_ref().ok_or(Denied::InvalidCode)?;
                let keys = self.admission.tokens.keys(now).await?;
                let link_key = self.link_of(code, request_id, shown, &keys, caller).await?;
                (keys, link_key)
            }
        };
        let consumed = self.magic_links.consume(&link_key, shown, now).await?;
        if let Consumed::Once(link) | Consumed::Refused(Some(link)) = &consumed {
            caller.subject.is_mailbox(link.email.hash().as_str());
        }
        match consumed {
            Consumed::Once(link) => Ok(Taken { link, keys, language: request.language }),
            Consumed::Refused(kept) => {
                let refusal = MagicLink::refusal(kept.as_ref(), shown, now);
                Err(match (&request.evidence, refusal) {
                    (Evidence::Token(_), refusal) => refusal,
                    (Evidence::Code(_), Denied::MagicLinkUsed) => Denied::CodeUsed,
                    (Evidence::Code(_), Denied::MagicLinkExpired) => Denied::CodeExpired,
                    (Evidence::Code(_), _) => Denied::InvalidCode,
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
        keys: &Keys,
        caller: &Caller,
    ) -> Result<String, Failure> {
        let tried = self.magic_links.try_code(request_id, shown, caller.now).await?;
        if let Consumed::Once(kept) | Consumed::Refused(Some(kept)) = &tried {
            caller.subject.is_mailbox(kept.email.hash().as_str());
        }
        match tried {
            Consumed::Once(kept) if kept.code_mac.is(code, request_id, &keys.token) => Ok(kept.link_key),
            Consumed::Refused(Some(kept)) if !shown.fits(kept.code_challenge.as_ref()) => {
                Err(Denied::MagicLinkInvalid.into())
            }
            Consumed::Refused(Some(kept)) if kept.valid_until <= caller.now => Err(Denied::CodeExpired.into()),
            Consumed::Once(_) | Consumed::Refused(_) => Err(Denied::InvalidCode.into()),
        }
    }
}

/// Who is at the door with a link that was used up. Whoever was invited accepts by opening it.
fn arrival(link: MagicLink, language: Language) -> Arrival {
    Arrival { invite: Some(Presented::Address), language, ..Arrival::new(Proof::Mailbox(link.email), link.actor_type) }
}

/// Where a browser goes whose link was used up, whatever came of it.
fn landing(target: ReturnTo, result: Result<Outcome<ForBrowser>, Failure>, caller: &Caller) -> Landing {
    if let Err(failure) = &result {
        audit::record_failure(caller, failure);
    }
    Landing { target, result }
}
