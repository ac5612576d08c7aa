//! The second factor: answering the question for it on the way in, showing it again for something that needs it lately,
//! and setting it up.
//!
//! A try is counted first, on the partial session and on the account, and compared then. What proves something is used
//! up in the same transaction that acts on it, so that no code works twice, however many use it at once.

mod enrolment;

use std::ops::Deref;
use std::time::Duration;

use super::guard::Guard;
use super::tokens::TokenIssuer;
use crate::access_token::Issued;
use crate::app::{App, StartError};
use crate::assurance::{Answer, Partial};
use crate::audit::{Event, record};
use crate::brand::Site;
use crate::caller::Caller;
use crate::clock::Timestamp;
use crate::device::Occasion;
use crate::failure::{Broken, Denied, Dependency, Failure};
use crate::identity::{Pointer, User};
use crate::key_set::KeySet;
use crate::mail::notice::{News, Notice};
use crate::mail::{Letter, Mailer};
use crate::origin::{Origins, Source};
use crate::outcome::{Completed, SignedIn, Tokens};
use crate::return_to::OwnAddresses;
use crate::second_factor::code::Code;
use crate::second_factor::{Evidence, KeptFactor, Spends};
use crate::secrets::Cached;
use crate::session::{Credential, Lifetime, Session};
use crate::store::partials::Partials;
use crate::store::second_factors::{SecondFactors, Tried};
use crate::store::sessions::Sessions;
use crate::store::users::Users;
use crate::store::{Committed, Consumed, Transactions};
use crate::text::Language;
use crate::token_key::TokenKey;

/// `POST /v1/auth/second-factor` and everything below it.
#[derive(Debug)]
pub struct SecondFactor {
    factor_keys: Cached<KeySet<TokenKey>>,
    factors: SecondFactors,
    guard: Guard,
    lifetime: Lifetime,
    /// `None` where no mail is sent at all.
    mailer: Option<Mailer>,
    origins: Origins,
    own: OwnAddresses,
    partials: Partials,
    sessions: Sessions,
    site: Site,
    tokens: TokenIssuer,
    transactions: Transactions,
    users: Users,
}

/// Who asks, and the language in which they read what we mail them about it.
#[derive(Clone, Copy, Debug)]
pub struct Correspondent<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// The language.
    pub language: Language,
}

impl Deref for Correspondent<'_> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        self.caller
    }
}

impl SecondFactor {
    /// Opens what the endpoints need.
    ///
    /// # Errors
    ///
    /// When a setting is missing or wrong.
    pub fn open(app: &App) -> Result<Self, StartError> {
        let (env, dynamodb) = (&app.env, app.aws.dynamodb());
        let (sessions_table, users_table) = (env.text("SESSIONS_TABLE")?, env.text("USERS_TABLE")?);
        Ok(Self {
            factor_keys: Cached::new(app.aws.secretsmanager(), env.text("FACTOR_KEYS_SECRET")?, KeySet::parse),
            factors: SecondFactors::new(dynamodb.clone(), users_table.clone()),
            guard: Guard::open(app)?,
            lifetime: Lifetime {
                idle: env.some_seconds("SESSION_IDLE_SECONDS")?,
                absolute: env.some_seconds("SESSION_ABSOLUTE_SECONDS")?,
            },
            mailer: env.optional("MAIL_FROM").map(|from| Mailer::new(app.aws.sesv2(), from)),
            origins: env.origins()?,
            own: env.own_addresses()?,
            partials: Partials::new(dynamodb.clone(), sessions_table.clone()),
            sessions: Sessions::new(dynamodb.clone(), sessions_table),
            site: env.site()?,
            tokens: TokenIssuer::open(app)?,
            transactions: Transactions::new(dynamodb.clone()),
            users: Users::new(dynamodb, users_table),
        })
    }

    /// What pages show of this deployment.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Completes a partial session for a client of the API.
    ///
    /// # Errors
    ///
    /// `SecondFactorInvalid`, `SecondFactorLocked`, `Unauthorized` when there is no such partial session, or a failure
    /// of the secrets or the store.
    pub async fn complete(&self, answer: Answer, caller: &Correspondent<'_>) -> Result<SignedIn<Tokens>, Failure> {
        let result = async {
            let keys = self.tokens.keys(caller.now).await?;
            let hand_out = |session: &mut Session| self.tokens.tokens(session, &keys, caller.now);
            self.admit(answer, hand_out, caller).await
        }
        .await;
        refusal(&result, caller);
        result.map(|(signed_in, _)| signed_in)
    }

    /// Completes a partial session in a browser.
    ///
    /// # Errors
    ///
    /// `Forbidden` for a form of another site: it would sign the person in as somebody else. Otherwise as
    /// [`complete`](Self::complete).
    pub async fn complete_in_browser(
        &self,
        answer: Answer,
        source: &Source,
        caller: &Correspondent<'_>,
    ) -> Result<Completed, Failure> {
        let result = async {
            self.origins.admit(source)?;
            self.admit(answer, |session| Ok(session.issue_token()), caller).await
        }
        .await;
        refusal(&result, caller);
        let (signed_in, partial) = result?;
        Ok(Completed { signed_in, target: partial.target.unwrap_or_else(|| self.own.sign_in_page(None)) })
    }

    /// Shows the second factor again: the session that `credential` opens is fresh from now on. Gives an access token
    /// that says so.
    ///
    /// # Errors
    ///
    /// `SecondFactorInvalid`, `SecondFactorLocked`, `NotFound` when the person has no second factor, `Unauthorized`,
    /// `Forbidden`, or a failure of the secrets or the store.
    pub async fn step_up(
        &self,
        credential: Credential,
        code: Option<Code>,
        caller: &Correspondent<'_>,
    ) -> Result<Issued, Failure> {
        let result = self.show_again(credential, code, caller).await;
        refusal(&result, caller);
        result
    }

    async fn show_again(
        &self,
        credential: Credential,
        code: Option<Code>,
        caller: &Correspondent<'_>,
    ) -> Result<Issued, Failure> {
        let session = self.session(credential, caller).await?;
        let user_id = session.user_id.clone();
        let (keys, signing_keys) =
            tokio::try_join!(self.factor_keys.value(caller.now), self.guard.signing_keys(caller.now))?;
        let (evidence, kept) = self.prove(&user_id, code, &keys, caller).await?;
        let session = session.stepped_up(&evidence).ok_or(Denied::Unauthorized)?;
        let access = self.tokens.issuer.access_token(&session, &signing_keys, caller.now);
        let access = access.map_err(|problem| Broken::new(Dependency::Secrets, problem))?;
        for attempt in 1..=MOST_ATTEMPTS {
            let writes = vec![self.sessions.stepping_up(&session, caller.now)?, self.factors.spending(&evidence)?];
            match self.transactions.commit(writes).await? {
                Committed::Done => {
                    record(&caller.request_id, &Event::SessionSteppedUp { session: session.id, user: &user_id });
                    self.after_use(&user_id, &evidence, &kept, caller).await;
                    return Ok(access);
                }
                Committed::Refused(obstacles) if obstacles.first().is_some_and(Option::is_some) => {
                    return Err(Denied::Unauthorized.into());
                }
                Committed::Refused(_) => return Err(Denied::SecondFactorInvalid.into()),
                Committed::Contended => tokio::time::sleep(PAUSE * attempt).await,
            }
        }
        Err(contended().into())
    }

    async fn admit<C>(
        &self,
        answer: Answer,
        hand_out: impl Fn(&mut Session) -> Result<C, Broken>,
        caller: &Correspondent<'_>,
    ) -> Result<(SignedIn<C>, Partial), Failure> {
        let now = caller.now;
        let id = answer.partial.ok_or(Denied::Unauthorized)?;
        // What no code ever was costs no try.
        let code = answer.code.ok_or(Denied::SecondFactorInvalid)?;
        let keys = self.factor_keys.value(now).await?;
        let partial = match self.partials.count(id, now).await? {
            Consumed::Once(partial) => partial,
            Consumed::Refused(kept) => return Err(used_up(kept.as_ref(), now).into()),
        };
        let (pointer, user_id) = (Pointer::user(partial.user_id()), partial.user_id());
        let user = async { Ok(self.users.find(&pointer).await?) };
        let (proved, user) = tokio::try_join!(self.prove(user_id, Some(code), &keys, caller), user)
            .map_err(|failure| if is(&failure, &Denied::NotFound) { Denied::Unauthorized.into() } else { failure })?;
        let ((evidence, kept), user) = (proved, user.ok_or(Denied::Unauthorized)?);
        let assured = partial.assured(&evidence).ok_or(Denied::Unauthorized)?;
        let mut session = Session::begin(assured, partial.client.clone(), self.lifetime);
        session.external_token = partial.external_token.clone();
        let credentials = hand_out(&mut session)?;
        self.enter(&partial, &evidence, &session, now).await?;
        let event = Event::SignInSucceeded { amr: session.amr(), user: &user.id, session: session.id };
        record(&caller.request_id, &event);
        self.after_use(&user.id, &evidence, &kept, caller).await;
        Ok((SignedIn { user, session, credentials }, partial))
    }

    /// Writes the session, and uses up the partial one and the code, all in one transaction.
    async fn enter(
        &self,
        partial: &Partial,
        evidence: &Evidence,
        session: &Session,
        now: Timestamp,
    ) -> Result<(), Failure> {
        for attempt in 1..=MOST_ATTEMPTS {
            let writes = vec![
                self.partials.finishing(partial.id, now)?,
                self.factors.spending(evidence)?,
                self.sessions.creating(session)?,
            ];
            match self.transactions.commit(writes).await? {
                Committed::Done => return Ok(()),
                Committed::Refused(obstacles) if obstacles.first().is_some_and(Option::is_some) => {
                    return Err(used_up(Some(partial), now).into());
                }
                Committed::Refused(_) => return Err(Denied::SecondFactorInvalid.into()),
                Committed::Contended => tokio::time::sleep(PAUSE * attempt).await,
            }
        }
        Err(contended().into())
    }

    /// The live session that `credential` opens.
    async fn session(&self, credential: Credential, caller: &Correspondent<'_>) -> Result<Session, Failure> {
        let claim = self.guard.claim(credential, caller).await?;
        Ok(claim.check(self.sessions.find(claim.session_id()).await?, caller.now)?)
    }

    /// What `code` proves about `user_id`. The try is counted first and compared then; what no code ever was costs none.
    async fn prove(
        &self,
        user_id: &str,
        code: Option<Code>,
        keys: &KeySet<TokenKey>,
        caller: &Correspondent<'_>,
    ) -> Result<(Evidence, KeptFactor), Failure> {
        let code = code.ok_or(Denied::SecondFactorInvalid)?;
        let kept = match self.factors.count(user_id, caller.now).await? {
            Tried::Counted(kept) => kept,
            Tried::Locked(until) => return Err(Denied::SecondFactorLocked(until.since(caller.now)).into()),
            Tried::NotEnrolled => return Err(Denied::NotFound.into()),
        };
        let evidence = kept.judge(&code, user_id, keys, caller.now).map_err(|_| unopened())?;
        match evidence {
            Some(evidence) => Ok((evidence, kept)),
            None => {
                if kept.is_last_try() {
                    record(&caller.request_id, &Event::SecondFactorLocked { user: user_id });
                    self.notify_by_id(user_id, News::Locked, caller).await;
                }
                Err(Denied::SecondFactorInvalid.into())
            }
        }
    }

    /// Tells the person that a recovery code was used, if it was one.
    async fn after_use(&self, user_id: &str, evidence: &Evidence, kept: &KeptFactor, caller: &Correspondent<'_>) {
        if let Spends::RecoveryCode { .. } = evidence.spends() {
            let left = kept.recovery_codes_left().saturating_sub(1);
            record(&caller.request_id, &Event::RecoveryCodeUsed { user: user_id, left });
            self.notify_by_id(user_id, News::RecoveryCodeUsed(left), caller).await;
        }
    }

    async fn notify_by_id(&self, user_id: &str, news: News, caller: &Correspondent<'_>) {
        match self.users.find(&Pointer::user(user_id)).await {
            Ok(Some(user)) => self.notify(&user, news, caller).await,
            Ok(None) => {}
            Err(broken) => broken.log(&caller.request_id),
        }
    }

    /// Mails `news` to the person's proven address. It tells of what has happened already: that no mail goes out is
    /// for the log, and undoes nothing.
    async fn notify(&self, user: &User, news: News, caller: &Correspondent<'_>) {
        let address = user.email.as_ref().filter(|_| user.email_verified);
        if let (Some(mailer), Some(address)) = (&self.mailer, address) {
            let letter = Letter { brand: &self.site.brand, language: caller.language };
            let notice = Notice { letter, news, happened: Occasion::of(caller) };
            if let Err(broken) = mailer.send(address, notice.compose()).await {
                broken.log(&caller.request_id);
            }
        }
    }
}

fn refusal<T>(result: &Result<T, Failure>, caller: &Caller) {
    if let Err(Failure::Denied(reason)) = result {
        record(&caller.request_id, &Event::SecondFactorRefused { reason });
    }
}

/// Why a partial session that waits for no code does not.
fn used_up(kept: Option<&Partial>, now: Timestamp) -> Denied {
    match kept.filter(|partial| now < partial.valid_until) {
        Some(partial) => Denied::SecondFactorLocked(partial.valid_until.since(now)),
        None => Denied::Unauthorized,
    }
}

fn is(failure: &Failure, denied: &Denied) -> bool {
    matches!(failure, Failure::Denied(other) if other == denied)
}

fn unopened() -> Broken {
    Broken::new(Dependency::Secrets, "a sealed seed does not open")
}

fn contended() -> Broken {
    Broken::new(Dependency::Store, "a second factor was contended for too often")
}

const MOST_ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);
