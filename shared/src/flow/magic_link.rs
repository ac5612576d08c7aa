//! Mailing a magic link. An address with an account and one without get the same answer, at the same pace.

use std::time::Duration;

use crate::app::{App, StartError};
use crate::audit::{Event, record, record_refusal, refused_target};
use crate::binding::{Binding, CodeChallenge};
use crate::brand::Site;
use crate::budget;
use crate::caller::Caller;
use crate::clock::Timestamp;
use crate::config::ActorTypes;
use crate::device::Occasion;
use crate::email::EmailAddress;
use crate::failure::{Broken, Denied, Dependency, Failure};
use crate::identity::{Pointer, SignUpPolicy};
use crate::key_set::KeySet;
use crate::limit::Limit;
use crate::magic_link::{LinkRequest, LinkSent, LinkWay, MagicLink, OtherBrowser, Started};
use crate::mail::magic_link::SignInMail;
use crate::mail::{Letter, Mailer};
use crate::mail_code::KeptCode;
use crate::origin::Origins;
use crate::return_to::{AllowedTargets, OwnAddresses, Refused, ReturnTo};
use crate::secrets::Cached;
use crate::session::Method;
use crate::store::invites::Invites;
use crate::store::limits::Limits;
use crate::store::magic_links::MagicLinks;
use crate::store::users::Users;
use crate::store::{Committed, Obstacle, Transactions};
use crate::token_key::TokenKey;

/// `POST /v1/auth/magic-link`.
#[derive(Debug)]
pub struct SendLink {
    actor_types: ActorTypes,
    allowed_targets: AllowedTargets,
    code_lifetime: Duration,
    invites: Invites,
    lifetime: Duration,
    limits: Limits,
    magic_links: MagicLinks,
    mailer: Mailer,
    origins: Origins,
    other_browser: OtherBrowser,
    own: OwnAddresses,
    pause: Option<Limit>,
    per_address: Limit,
    per_source: Limit,
    site: Site,
    token_keys: Cached<KeySet<TokenKey>>,
    transactions: Transactions,
    users: Users,
}

impl SendLink {
    /// Opens what the endpoint needs.
    ///
    /// # Errors
    ///
    /// When a setting is missing or wrong.
    pub fn open(app: &App) -> Result<Self, StartError> {
        let (env, dynamodb) = (&app.env, app.aws.dynamodb());
        Ok(Self {
            actor_types: env.actor_types()?,
            allowed_targets: env.allowed_redirects()?,
            code_lifetime: env.some_seconds("MAIL_CODE_SECONDS")?,
            invites: Invites::new(dynamodb.clone(), env.text("INVITES_TABLE")?),
            lifetime: env.some_seconds("MAGIC_LINK_SECONDS")?,
            limits: Limits::new(dynamodb.clone(), env.text("LIMITS_TABLE")?),
            magic_links: MagicLinks::new(dynamodb.clone(), env.text("MAGIC_LINKS_TABLE")?),
            mailer: Mailer::new(app.aws.sesv2(), env.text("MAIL_FROM")?),
            origins: env.origins()?,
            other_browser: env.link_in_other_browser()?,
            own: env.own_addresses()?,
            pause: Limit::pause_between_mails(env.seconds("LIMIT_MAIL_INTERVAL_SECONDS")?),
            per_address: Limit::mails_per_address(env.some_number("LIMIT_MAILS_PER_ADDRESS_PER_HOUR")?),
            per_source: Limit::mails_per_source(env.some_number("LIMIT_MAILS_PER_SOURCE_PER_HOUR")?),
            site: env.site()?,
            token_keys: Cached::new(app.aws.secretsmanager(), env.text("TOKEN_KEYS_SECRET")?, KeySet::parse),
            transactions: Transactions::new(dynamodb.clone()),
            users: Users::new(dynamodb, env.text("USERS_TABLE")?),
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
    /// `InvalidRedirect`, `InvalidActorType`, `RateLimited`, `Forbidden` for a form of another site, or a
    /// failure of the store or SES. Limits fail closed: no mail goes out that was not counted.
    pub async fn send(&self, request: LinkRequest, caller: &Caller) -> Result<LinkSent, Failure> {
        caller.subject.is_mailbox(request.email.hash().as_str());
        let sent = self.judge(request, caller).await;
        record_refusal(caller, Method::MailedLink, &sent);
        sent
    }

    async fn judge(&self, request: LinkRequest, caller: &Caller) -> Result<LinkSent, Failure> {
        let refused = |refused: Refused| refused_target(caller, &refused);
        let (page, target) = match &request.way {
            LinkWay::Client { redirect_uri, .. } => (self.allowed_targets.find(redirect_uri).map_err(refused)?, None),
            LinkWay::Browser { target, source, language } => {
                self.origins.admit(source)?;
                let page = self.allowed_targets.find_page(target.as_deref(), *language, &self.own).map_err(refused)?;
                (self.own.link_page(), Some(page))
            }
        };
        let (actor_type, sign_up) =
            self.actor_types.find(request.actor_type.as_deref()).ok_or(Denied::InvalidActorType)?;
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
        caller: &Caller,
    ) -> Result<LinkSent, Failure> {
        let keys = self.token_keys.value(caller.now).await?;
        let recipient = self.recipient(&request.email, actor_type, sign_up, caller.now).await?;
        let may_sign_in = recipient.is_some();
        let email = recipient.unwrap_or_else(|| request.email.clone());
        let mut started = MagicLink::start(email, page, actor_type.to_owned(), caller.now, self.lifetime);
        started.link.target = target;
        let binding = self.bind(&mut started.link, &request.way);
        self.keep(&started, request, binding.as_ref().map(Binding::challenge), &keys, caller).await?;
        let (request_id, expires_at) = (started.link.request_id.clone(), started.link.valid_until);
        if may_sign_in {
            let mail = SignInMail {
                letter: Letter { brand: &self.site.brand, language: request.language },
                url: &started.url,
                code: &started.code.spelled(),
                lifetime: self.lifetime.min(self.code_lifetime),
                asked: Occasion::of(caller),
            };
            self.mailer.send(&started.link.email, mail.compose()).await?;
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
    ) -> Result<Option<EmailAddress>, Broken> {
        if let Some(user) = self.users.find(&Pointer::email(actor_type, email)).await? {
            return Ok(Some(user.email.unwrap_or_else(|| email.clone())));
        }
        Ok(match sign_up {
            SignUpPolicy::Closed => None,
            SignUpPolicy::Open => Some(email.clone()),
            SignUpPolicy::Invite => {
                let newest = self.invites.newest(actor_type, email).await?;
                newest.filter(|invite| invite.is_pending(now)).map(|invite| invite.email)
            }
        })
    }

    /// Binds the link to its client or, as the setting says, its browser.
    fn bind(&self, link: &mut MagicLink, way: &LinkWay) -> Option<Binding> {
        match way {
            LinkWay::Client { code_challenge, .. } => {
                link.code_challenge.clone_from(code_challenge);
                None
            }
            LinkWay::Browser { .. } => {
                let binding = Binding::random(link.request_id.transaction(), self.lifetime.max(self.code_lifetime));
                match self.other_browser {
                    OtherBrowser::Allow => link.asked_in = Some(binding.challenge()),
                    OtherBrowser::Refuse => link.code_challenge = Some(binding.challenge()),
                }
                Some(binding)
            }
        }
    }

    /// Counts the mail against every limit and keeps the link and its code, all in one transaction: a request that one
    /// limit refuses does not use up another.
    async fn keep(
        &self,
        started: &Started,
        request: &LinkRequest,
        browser: Option<CodeChallenge>,
        keys: &KeySet<TokenKey>,
        caller: &Caller,
    ) -> Result<(), Failure> {
        let (link, now) = (&started.link, caller.now);
        let code_mac = started
            .code
            .keep(&link.request_id, keys)
            .ok_or_else(|| Broken::new(Dependency::Secrets, "the token keys have no current key"))?;
        let code = KeptCode {
            email: request.email.clone(),
            target: link.target.clone(),
            asked_at: now,
            link_key: started.token.key(),
            code_mac,
            code_challenge: browser.or_else(|| link.code_challenge.clone()),
            tries: 0,
            valid_until: now + self.code_lifetime,
        };
        let counters: Vec<_> = [
            self.pause.as_ref().map(|limit| limit.for_address(&link.email, now)),
            Some(self.per_address.for_address(&link.email, now)),
            Some(self.per_source.for_source(&caller.source_ip, now)),
        ]
        .into_iter()
        .flatten()
        .collect();
        for attempt in 1..=MOST_ATTEMPTS {
            let mut writes = Vec::with_capacity(counters.len() + 2);
            for counter in &counters {
                writes.push(self.limits.counting(counter, now)?);
            }
            writes.push(self.magic_links.keeping(&started.token, link)?);
            writes.push(self.magic_links.keeping_code(&link.request_id, &code)?);
            match self.transactions.commit(writes).await? {
                Committed::Done => return Ok(()),
                Committed::Refused(obstacles) => {
                    let ends = obstacles.iter().flatten().filter_map(Obstacle::counter_ends_at).max();
                    record(caller, &Event::LimitReached { limit: "mails" });
                    return Err(Denied::RateLimited(ends.unwrap_or(now).since(now)).into());
                }
                Committed::Contended => budget::pause(attempt).await,
            }
        }
        Err(Broken::new(Dependency::Store, "the mail limits were contended for too often").into())
    }
}

/// Longer than SES takes.
const PACE: Duration = Duration::from_secs(1);
const MOST_ATTEMPTS: u32 = 5;
