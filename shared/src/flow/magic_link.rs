//! Mailing a magic link. An address with an account and one without get the same answer, at the same pace.

use std::time::Duration;

use domain::account::Pointer;
use domain::account::email::EmailAddress;
use domain::account::resolution::SignUpPolicy;
use domain::browser::binding::{Binding, CodeChallenge};
use domain::clock::Timestamp;
use domain::error::{Dependency, Error, Fault, MailedLately, Rejection};
use domain::keys::KeySet;
use domain::keys::token_key::TokenKey;
use domain::magic_link::mail_code::{RequestId, StoredMailCode};
use domain::magic_link::{LinkInitiator, LinkRequest, LinkSent, MagicLink, NewMagicLink, OtherBrowser};
use domain::page::brand::Site;
use domain::provider::registry::Providers;
use domain::redirect::{AllowedTargets, OwnAddresses, RefusedTarget, ReturnTo};
use domain::request::device::RequestDetails;
use domain::request::limit::{Counter, Limit, MailBudget};
use domain::request::origin::AllowedOrigins;
use domain::request::{Attempt, RequestContext};
use domain::secret::Secret;
use domain::session::assurance::Method;

use super::backend;
use super::counting::{CountOutcome, Counting, Over, by_source};
use crate::adapter::audit::{Event, record, refused_target};
use crate::adapter::mail::magic_link::SignInMail;
use crate::adapter::mail::{MailContext, Mailer};
use crate::adapter::secrets::Cached;
use crate::adapter::store::invites::Invites;
use crate::adapter::store::magic_links::MagicLinks;
use crate::adapter::store::users::Users;
use crate::app::{App, StartError};
use crate::config::ActorTypes;

/// `POST /v1/auth/magic-link`.
#[derive(Debug)]
pub struct SendLink {
    actor_types: ActorTypes,
    allowed_targets: AllowedTargets,
    code_lifetime: Duration,
    counting: Counting,
    invites: Invites,
    lifetime: Duration,
    magic_links: MagicLinks,
    mailer: Mailer,
    origins: AllowedOrigins,
    other_browser: OtherBrowser,
    own: OwnAddresses,
    pause: Option<Limit>,
    per_address: Limit,
    per_address_of_known_browser: Limit,
    per_backend: Limit,
    per_source: Limit,
    providers: Cached<Providers>,
    site: Site,
    token_keys: Cached<KeySet<TokenKey>>,
    users: Users,
}

/// Where a mail goes.
struct Recipient {
    email: EmailAddress,
    /// The account that is there already.
    user_id: Option<String>,
}

impl SendLink {
    /// Opens what the endpoint needs.
    pub fn open(app: &App) -> Result<Self, StartError> {
        let env = &app.env;
        Ok(Self {
            actor_types: env.actor_types()?,
            allowed_targets: env.allowed_redirects()?,
            code_lifetime: env.positive_seconds("MAIL_CODE_SECONDS")?,
            counting: Counting::open(app)?,
            invites: app.invites()?,
            lifetime: env.positive_seconds("MAGIC_LINK_SECONDS")?,
            magic_links: app.magic_links()?,
            mailer: app.mailer(),
            origins: env.origins()?,
            other_browser: env.link_in_other_browser()?,
            own: env.own_addresses()?,
            pause: Limit::pause_between_mails(env.seconds("LIMIT_MAIL_INTERVAL_SECONDS")?),
            per_address: Limit::mails_per_address(env.positive_number("LIMIT_MAILS_PER_ADDRESS_PER_HOUR")?),
            per_address_of_known_browser: Limit::mails_per_address(
                env.positive_number("LIMIT_MAILS_PER_KNOWN_BROWSER_PER_HOUR")?,
            ),
            per_backend: Limit::mails_per_backend(env.positive_number("LIMIT_MAILS_PER_BACKEND_PER_HOUR")?),
            per_source: Limit::mails_per_source(env.positive_number("LIMIT_MAILS_PER_SOURCE_PER_HOUR")?),
            providers: app.providers()?,
            site: env.site()?,
            token_keys: app.token_keys()?,
            users: app.users()?,
        })
    }

    /// What pages show of this deployment.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Mails a link, unless the address has no account, may not sign up and was not invited.
    ///
    /// # Errors
    ///
    /// `InvalidRedirect`, `InvalidActorType`, `RateLimited`, `MailedLately`, `Forbidden` for a form of another site,
    /// `Unauthorized` and `NotPermitted` for a server that may not state whom it serves, or a failure of the secrets, the
    /// store or SES. Limits fail closed: no mail goes out that was not counted.
    pub async fn send(&self, request: LinkRequest, caller: &RequestContext) -> Result<LinkSent, Error> {
        caller.subject.is_mailbox(request.email.hash().as_str());
        caller.subject.attempts(Attempt::SignIn(Method::MailedLink.amr()));
        let caller = backend::served(&self.providers, caller).await?;
        self.send_for(request, &caller).await
    }

    async fn send_for(&self, request: LinkRequest, caller: &RequestContext) -> Result<LinkSent, Error> {
        let refused = |refused: RefusedTarget| refused_target(caller, &refused);
        let (page, target) = match &request.way {
            LinkInitiator::Client { redirect_uri, .. } => {
                (self.allowed_targets.find(redirect_uri).map_err(refused)?, None)
            }
            LinkInitiator::Browser { target, source, language, .. } => {
                self.origins.admit(source)?;
                let page = self.allowed_targets.find_page(target.as_deref(), *language, &self.own).map_err(refused)?;
                (self.own.link_page(), Some(page))
            }
        };
        let (actor_type, sign_up) =
            self.actor_types.find(request.actor_type.as_deref()).ok_or(Rejection::InvalidActorType)?;
        self.mailer.sender()?;
        let sending = self.send_to(&request, &page, target, actor_type, sign_up, caller);
        if sign_up == SignUpPolicy::Open {
            sending.await
        } else {
            // Here only some addresses get a mail, which takes time: nobody shall read off the clock whether one did.
            let (sent, ()) = tokio::join!(sending, tokio::time::sleep(PACE));
            sent
        }
    }

    async fn send_to(
        &self,
        request: &LinkRequest,
        page: &ReturnTo,
        target: Option<ReturnTo>,
        actor_type: &str,
        sign_up: SignUpPolicy,
        caller: &RequestContext,
    ) -> Result<LinkSent, Error> {
        let keys = self.token_keys.value(caller.now).await?;
        let recipient = self.recipient(&request.email, actor_type, sign_up, caller.now).await?;
        let may_sign_in = recipient.is_some();
        let recipient = recipient.unwrap_or_else(|| Recipient { email: request.email.clone(), user_id: None });
        let budget = budget(request, &recipient, &keys, caller);
        let email = recipient.email;
        let mut started = MagicLink::start(email, page, actor_type.to_owned(), caller.now, self.lifetime);
        started.link.target = target;
        let binding = self.bind(&mut started.link, &request.way);
        let counters = self.counters(&started.link, budget, caller);
        self.keep(&started, request, binding.as_ref().map(Binding::challenge), &keys, &counters, caller).await?;
        let (request_id, expires_at) = (started.link.request_id.clone(), started.link.valid_until);
        if may_sign_in {
            let mail = SignInMail {
                letter: MailContext { brand: &self.site.brand, language: request.language },
                url: &started.url,
                code: &started.code.spelled(),
                lifetime: self.lifetime.min(self.code_lifetime),
                asked: RequestDetails::of(caller),
            };
            if let Err(unsent) = self.mailer.send(&started.link.email, mail.compose()).await {
                return Err(self.counting.give_back(&counters, unsent, caller).await.into());
            }
            record(caller, &Event::MailSent { request: request_id.as_str() });
        } else {
            record(caller, &Event::MailWithheld { request: request_id.as_str() });
        }
        Ok(LinkSent { request_id, expires_at, binding })
    }

    /// Where the mail goes, if there is somebody who may sign in: always the stored address, because another spelling of it
    /// may be another person's mailbox.
    async fn recipient(
        &self,
        email: &EmailAddress,
        actor_type: &str,
        sign_up: SignUpPolicy,
        now: Timestamp,
    ) -> Result<Option<Recipient>, Fault> {
        if let Some(user) = self.users.find(&Pointer::email(actor_type, email)).await? {
            let email = user.email.as_ref().unwrap_or(email).clone();
            return Ok(Some(Recipient { email, user_id: Some(user.id.clone()) }));
        }
        let invited = match sign_up {
            SignUpPolicy::Closed => None,
            SignUpPolicy::Open => Some(email.clone()),
            SignUpPolicy::Invite => {
                let newest = self.invites.newest(actor_type, email).await?;
                newest.filter(|invite| invite.is_pending(now)).map(|invite| invite.email)
            }
        };
        Ok(invited.map(|email| Recipient { email, user_id: None }))
    }

    /// Binds the link to its client or, as the setting says, its browser.
    fn bind(&self, link: &mut MagicLink, way: &LinkInitiator) -> Option<Binding> {
        match way {
            LinkInitiator::Client { code_challenge, .. } => {
                link.code_challenge.clone_from(code_challenge);
                None
            }
            LinkInitiator::Browser { .. } => {
                let lifetime = self.lifetime.max(self.code_lifetime) + AFTERWARDS;
                let binding = Binding::random(link.request_id.transaction(), lifetime);
                match self.other_browser {
                    OtherBrowser::Allow => link.asked_in = Some(binding.challenge()),
                    OtherBrowser::Refuse => link.code_challenge = Some(binding.challenge()),
                }
                Some(binding)
            }
        }
    }

    /// What a mail for `link` is counted against. Nobody but a browser that its account has signed in with spends
    /// [`MailBudget::KnownBrowser`], so that where such a browser is does not matter.
    fn counters(&self, link: &MagicLink, budget: MailBudget, caller: &RequestContext) -> Vec<Counter> {
        let (email, now) = (&link.email, caller.now);
        let pause = self.pause.as_ref().map(|limit| limit.for_mailbox(email, budget, now));
        let pause = pause.map(|counter| counter.begun_by(link.request_id.as_str()));
        let (per_address, by_source) = match budget {
            MailBudget::KnownBrowser => (&self.per_address_of_known_browser, Vec::new()),
            MailBudget::Backend | MailBudget::Client | MailBudget::Identity | MailBudget::Page => {
                (&self.per_address, by_source(&self.per_source, &self.per_backend, caller))
            }
        };
        pause.into_iter().chain([per_address.for_mailbox(email, budget, now)]).chain(by_source).collect()
    }

    /// Counts the mail against every limit and keeps the link and its code, all in one transaction: a request that one
    /// limit refuses does not use up another.
    async fn keep(
        &self,
        started: &NewMagicLink,
        request: &LinkRequest,
        browser: Option<CodeChallenge>,
        keys: &KeySet<TokenKey>,
        counters: &[Counter],
        caller: &RequestContext,
    ) -> Result<(), Error> {
        let (link, now) = (&started.link, caller.now);
        let code_mac = started
            .code
            .keep(&link.request_id, keys)
            .ok_or_else(|| Fault::new(Dependency::Secrets, "the token keys have no current key"))?;
        let code = StoredMailCode {
            email: request.email.clone(),
            target: link.target.clone(),
            asked_at: now,
            link_key: started.token.key(),
            code_mac,
            code_challenge: browser.or_else(|| link.code_challenge.clone()),
            tries: 0,
            valid_until: now + self.code_lifetime,
        };
        let writes = vec![
            self.magic_links.keeping(&started.token, link)?,
            self.magic_links.keeping_code(&link.request_id, &code)?,
        ];
        match self.counting.commit(counters, writes, caller).await? {
            CountOutcome::Done => Ok(()),
            CountOutcome::Over(Over { ends_at, begun_by: Some(mailed) }) => {
                Err(Rejection::MailedLately(self.mailed_lately(request, &mailed, ends_at.since(now))).into())
            }
            CountOutcome::Over(Over { ends_at, begun_by: None }) => {
                Err(Rejection::RateLimited(ends_at.since(now)).into())
            }
            CountOutcome::Obstructed => Err(Fault::new(Dependency::Service, "a fresh link's key is taken").into()),
        }
    }

    /// What is said of the mail that went out for the request `mailed`, when the pause after it lasts for another `wait`.
    /// Only the browser that asked for it is told which request it was.
    fn mailed_lately(&self, request: &LinkRequest, mailed: &str, wait: Duration) -> MailedLately {
        let same_browser = |id: &RequestId| match &request.way {
            LinkInitiator::Browser { bindings, .. } => bindings.find(&id.transaction()).is_some(),
            LinkInitiator::Client { .. } => false,
        };
        let pause = self.pause.as_ref().map_or(wait, Limit::length);
        MailedLately {
            to: Secret::new(request.email.untagged().to_string()),
            ago: pause.saturating_sub(wait),
            wait,
            request: RequestId::parse(mailed).filter(same_browser).map(|id| id.as_str().to_owned()),
            certain: self.actor_types.are_open(),
        }
    }
}

/// Who asks.
fn budget(
    request: &LinkRequest,
    recipient: &Recipient,
    keys: &KeySet<TokenKey>,
    caller: &RequestContext,
) -> MailBudget {
    let known = request.mark.as_ref().zip(recipient.user_id.as_deref());
    match &request.way {
        _ if caller.backend.is_some() => MailBudget::Backend,
        _ if known.is_some_and(|(mark, user_id)| mark.is_of(user_id, keys)) => MailBudget::KnownBrowser,
        LinkInitiator::Client { .. } => MailBudget::Client,
        LinkInitiator::Browser { .. } => MailBudget::Page,
    }
}

/// For how long a browser that asked is still told what became of its mail, when that is over.
const AFTERWARDS: Duration = Duration::from_secs(3600);
/// Longer than SES takes.
const PACE: Duration = Duration::from_secs(1);
