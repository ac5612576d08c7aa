//! The second factor: answering the question for it on the way in, showing it again for something that needs it lately,
//! and setting it up.
//!
//! A try is counted first, on the partial session and on the account, and compared then. What proves something is used
//! up in the same transaction that acts on it, so that no code works twice, however many use it at once.

pub(super) mod enrolment;

use std::sync::Arc;

use domain::account::undo::LinkChange;
use domain::account::{Pointer, User};
use domain::clock::Timestamp;
use domain::error::{Dependency, Error, Fault, Rejection, Unauthenticated};
use domain::keys::KeySet;
use domain::keys::signing_key::SigningKey;
use domain::keys::token_key::TokenKey;
use domain::page::brand::Site;
use domain::redirect::OwnAddresses;
use domain::request::origin::{AllowedOrigins, RequestOrigin};
use domain::request::{Attempt, RequestContext};
use domain::second_factor::code::Code;
use domain::second_factor::{Consumption, SecondFactorProof, StoredFactor};
use domain::secret::Secret;
use domain::session::access_token::Issued;
use domain::session::assurance::{Came, Partial, SecondFactorAnswer};
use domain::session::credential::Credential;
use domain::session::{Lifetime, Session};
use domain::session_id::SessionId;
use domain::sign_in::outcome::{BrowserSignIn, Delivery, SignedIn};

use super::guard::Guard;
use super::notices::Notices;
use super::tokens::{IssuingKeys, TokenIssuer};
use crate::adapter::audit::{Event, record};
use crate::adapter::log;
use crate::adapter::mail::notice::NoticeKind;
use crate::adapter::secrets::Cached;
use crate::adapter::store::partials::Partials;
use crate::adapter::store::second_factors::{SecondFactors, Tried};
use crate::adapter::store::sessions::Sessions;
use crate::adapter::store::users::Users;
use crate::adapter::store::{Consumed, Transactions};
use crate::app::{App, StartError};

/// `POST /v1/auth/second-factor` and everything below it.
#[derive(Debug)]
pub struct SecondFactor {
    pub(super) factor_keys: Cached<KeySet<TokenKey>>,
    pub(super) factors: SecondFactors,
    pub(super) guard: Guard,
    pub(super) lifetime: Lifetime,
    notices: Notices,
    pub(super) origins: AllowedOrigins,
    pub(super) own: OwnAddresses,
    pub(super) partials: Partials,
    pub(super) sessions: Sessions,
    pub(super) tokens: TokenIssuer,
    pub(super) transactions: Transactions,
    pub(super) users: Users,
}

/// A partial session, the code that was typed for it, and what that is compared by.
struct Answered {
    partial: Partial,
    code: Code,
    keys: Arc<KeySet<TokenKey>>,
}

/// What somebody has just shown, and all that was kept of theirs at that moment.
#[derive(Debug)]
pub(super) struct Proven {
    pub(super) evidence: SecondFactorProof,
    pub(super) kept: StoredFactor,
}

impl SecondFactor {
    /// Opens what the endpoints need.
    pub fn open(app: &App) -> Result<Self, StartError> {
        let env = &app.env;
        Ok(Self {
            factor_keys: app.factor_keys()?,
            factors: app.second_factors()?,
            guard: Guard::open(app)?,
            lifetime: Lifetime {
                idle: env.positive_seconds("SESSION_IDLE_SECONDS")?,
                absolute: env.positive_seconds("SESSION_ABSOLUTE_SECONDS")?,
            },
            notices: Notices::open(app)?,
            origins: env.origins()?,
            own: env.own_addresses()?,
            partials: app.partials()?,
            sessions: app.sessions()?,
            tokens: TokenIssuer::open(app)?,
            transactions: app.transactions(),
            users: app.users()?,
        })
    }

    /// What pages show of this deployment.
    pub fn site(&self) -> &Site {
        &self.notices.site
    }

    /// Completes a partial session for a client of the API, with the credentials of the contract that it began under.
    ///
    /// # Errors
    ///
    /// `SecondFactorInvalid`, `SecondFactorLocked`, `Unauthorized` when there is no such partial session, `Forbidden` for a
    /// page that may not have a browser keep the session, or a failure of the secrets or the store.
    pub async fn complete(
        &self,
        answer: SecondFactorAnswer,
        source: &RequestOrigin,
        caller: &RequestContext,
    ) -> Result<SignedIn, Error> {
        caller.subject.attempts(Attempt::SecondFactor);
        let keys = self.tokens.keys(caller.now).await?;
        let answered = self.answered(answer, caller).await?;
        let delivery = self.delivery(&answered.partial, source)?;
        self.admit(&answered, delivery, &keys, caller).await
    }

    /// Completes a partial session that began under contract `actor`. Its client may show the token that came with it,
    /// which must be its own then.
    ///
    /// # Errors
    ///
    /// As [`complete`](Self::complete), and `Unauthorized` for a partial session of another contract.
    pub async fn complete_for_actor(
        &self,
        answer: SecondFactorAnswer,
        token: Option<Secret>,
        caller: &RequestContext,
    ) -> Result<SignedIn, Error> {
        caller.subject.attempts(Attempt::SecondFactor);
        let keys = self.tokens.keys(caller.now).await?;
        if let Some(token) = token {
            let claims = self.tokens.issuer.realm.verify_challenge(token.reveal(), &keys.signing, caller.now)?;
            let id = answer.partial.map(|id| id.to_string()).unwrap_or_default();
            if !claims.is_of(&id) {
                return Err(Unauthenticated::OtherToken.into());
            }
        }
        let answered = self.answered(answer, caller).await?;
        let Came::Actor { auth_identity_id } = answered.partial.came.clone() else {
            return Err(Unauthenticated::OtherContract.into());
        };
        self.admit(&answered, Delivery::ActorToken { auth_identity_id }, &keys, caller).await
    }

    /// How the contract of a partial session gives its session to a client of the API. A browser that keeps the session would
    /// be signed in as somebody else by a page that may not do that.
    pub(super) fn delivery(&self, partial: &Partial, source: &RequestOrigin) -> Result<Delivery, Rejection> {
        let delivery = Delivery::to_client(&partial.came);
        if matches!(delivery, Delivery::Social { json: false, .. }) {
            self.origins.admit(source)?;
        }
        Ok(delivery)
    }

    /// Completes a partial session in a browser.
    ///
    /// # Errors
    ///
    /// `Forbidden` for a form of another site: it would sign the person in as somebody else. Otherwise as
    /// [`complete`](Self::complete).
    pub async fn complete_in_browser(
        &self,
        answer: SecondFactorAnswer,
        source: &RequestOrigin,
        caller: &RequestContext,
    ) -> Result<BrowserSignIn, Error> {
        caller.subject.attempts(Attempt::SecondFactor);
        self.origins.admit(source)?;
        let keys = self.tokens.keys(caller.now).await?;
        let answered = self.answered(answer, caller).await?;
        let signed_in = self.admit(&answered, Delivery::Cookie, &keys, caller).await?;
        Ok(self.completed(signed_in, answered.partial))
    }

    /// Where a browser goes that has shown its second factor.
    pub(super) fn completed(&self, signed_in: SignedIn, partial: Partial) -> BrowserSignIn {
        BrowserSignIn { signed_in, target: partial.target.clone().unwrap_or_else(|| self.own.sign_in_page(None)) }
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
        caller: &RequestContext,
    ) -> Result<Issued, Error> {
        caller.subject.attempts(Attempt::SecondFactor);
        let session = self.session(credential, caller).await?;
        let user_id = session.user_id().to_owned();
        let (keys, signing_keys) =
            tokio::try_join!(self.factor_keys.value(caller.now), self.tokens.signing_keys(caller.now))?;
        let proven = self.prove(&user_id, code, &keys, caller).await?;
        self.raise(session, proven, &signing_keys, caller).await
    }

    /// Makes `session` fresh by what was proven, and uses that up. Gives an access token that says so.
    pub(super) async fn raise(
        &self,
        session: Session,
        proven: Proven,
        signing_keys: &KeySet<SigningKey>,
        caller: &RequestContext,
    ) -> Result<Issued, Error> {
        let user_id = session.user_id().to_owned();
        let session = session.stepped_up(&proven.evidence).ok_or(Unauthenticated::OtherPerson)?;
        let access = self.tokens.issuer.access_token(&session, signing_keys, caller.now);
        let access = access.map_err(|problem| Fault::new(Dependency::Secrets, problem))?;
        let writes = vec![self.sessions.stepping_up(&session, caller.now)?, self.factors.spending(&proven.evidence)?];
        match self.transactions.commit_contended(A_FACTOR, writes).await?.as_deref() {
            None => {
                record(caller, &Event::SessionSteppedUp { session: session.id, user: &user_id });
                self.after_use(&proven, caller).await;
                Ok(access)
            }
            Some([Some(_over), ..]) => Err(Unauthenticated::SessionEnded.into()),
            Some(_) => Err(Rejection::SecondFactorInvalid.into()),
        }
    }

    /// Counts a try on the partial session that is answered; what the code is compared by is fetched before.
    async fn answered(&self, answer: SecondFactorAnswer, caller: &RequestContext) -> Result<Answered, Error> {
        let id = answer.partial.ok_or(Unauthenticated::Malformed)?;
        // What no code ever was costs no try.
        let code = answer.code.ok_or(Rejection::SecondFactorInvalid)?;
        let keys = self.factor_keys.value(caller.now).await?;
        Ok(Answered { partial: self.count(id, caller).await?, code, keys })
    }

    async fn admit(
        &self,
        answered: &Answered,
        delivery: Delivery,
        keys: &IssuingKeys,
        caller: &RequestContext,
    ) -> Result<SignedIn, Error> {
        let Answered { partial, code, keys: factor_keys } = answered;
        let proving = self.prove(partial.user_id(), Some(code.clone()), factor_keys, caller);
        self.enter(partial, proving, delivery, keys, caller).await
    }

    /// Counts a try on the partial session `id`, and gives it.
    pub(super) async fn count(&self, id: SessionId, caller: &RequestContext) -> Result<Partial, Error> {
        let counted = self.partials.count(id, caller.now).await?;
        if let Consumed::Once(partial) | Consumed::Refused(Some(partial)) = &counted {
            caller.subject.is_user(partial.user_id());
        }
        match counted {
            Consumed::Once(partial) => Ok(partial),
            Consumed::Refused(kept) => Err(used_up(kept.as_ref(), caller.now).into()),
        }
    }

    /// Begins the session that `partial` leads to, if `proving` finds the second factor right: all in one transaction
    /// that uses up both.
    pub(super) async fn enter(
        &self,
        partial: &Partial,
        proving: impl Future<Output = Result<Proven, Error>>,
        delivery: Delivery,
        keys: &IssuingKeys,
        caller: &RequestContext,
    ) -> Result<SignedIn, Error> {
        let pointer = Pointer::user(partial.user_id());
        let user = async { Ok(self.users.find(&pointer).await?) };
        let (proven, user) = tokio::try_join!(proving, user).map_err(|failure| {
            if is(&failure, &Rejection::NotFound) { Unauthenticated::AccountMovedOn.into() } else { failure }
        })?;
        let user = user.ok_or(Unauthenticated::AccountGone)?;
        let assured = partial.assured(&user, &proven.evidence).ok_or(Unauthenticated::AccountMovedOn)?;
        let mut session = Session::begin(assured, partial.client.clone(), self.lifetime)
            .come_by(partial.linking, partial.external_token.clone());
        let credentials = self.tokens.credentials(&mut session, delivery, keys, caller.now)?;
        let user = self.write(partial, user, &proven.evidence, &session, caller).await?;
        let event = Event::SignInSucceeded { amr: session.amr(), user: &user.id, session: session.id };
        record(caller, &event);
        self.after_use(&proven, caller).await;
        Ok(SignedIn { user, session, credentials })
    }

    /// Writes the session, and the identity that joins the account with it, where one waits for that. Gives the account.
    async fn write(
        &self,
        partial: &Partial,
        user: User,
        evidence: &SecondFactorProof,
        session: &Session,
        caller: &RequestContext,
    ) -> Result<User, Error> {
        let now = caller.now;
        let joined = partial.link.as_ref().map(|link| link.join(&user, now).map(|after| (link, after))).transpose()?;
        let mut writes = vec![
            self.partials.finishing(partial.id, now)?,
            self.factors.spending(evidence)?,
            self.sessions.creating(session)?,
        ];
        let mut announcement = None;
        match &joined {
            Some((link, after)) => {
                writes.extend(self.users.saving(Some(&user), after)?);
                let announced = self.notices.announce(after, LinkChange::Linked, &link.identity, now)?;
                let (mail, undo) = announced.unzip();
                writes.extend(undo);
                announcement = mail;
            }
            None => writes.push(self.users.in_same_epoch(&user)?),
        }
        match self.transactions.commit_contended(A_FACTOR, writes).await?.as_deref() {
            None => {
                let Some((link, after)) = joined else { return Ok(user) };
                record(caller, &Event::IdentityLinked { user: &after.id, reason: link.identity.reason });
                if let Some(announcement) = announcement {
                    self.notices.send(announcement, caller).await;
                }
                Ok(after)
            }
            // Nothing but the code stood in the way.
            Some([None, Some(_), rest @ ..]) if rest.iter().all(Option::is_none) => {
                Err(Rejection::SecondFactorInvalid.into())
            }
            // The partial session is over; or the account, or what leads to it, changed while its person typed.
            Some(_) => Err(Unauthenticated::AccountMovedOn.into()),
        }
    }

    /// The live session that `credential` opens.
    pub(super) async fn session(&self, credential: Credential, caller: &RequestContext) -> Result<Session, Error> {
        Ok(self.guard.open_session(credential, caller).await?.session)
    }

    /// What `code` proves about `user_id`. The try is counted first and compared then; what no code ever was costs none.
    pub(super) async fn prove(
        &self,
        user_id: &str,
        code: Option<Code>,
        keys: &KeySet<TokenKey>,
        caller: &RequestContext,
    ) -> Result<Proven, Error> {
        let code = code.ok_or(Rejection::SecondFactorInvalid)?;
        let kept = self.count_on(user_id, code.most_failures(), caller.now).await?;
        match kept.verify(&code, user_id, keys, caller.now).map_err(|_| unopened())? {
            Some(evidence) => Ok(Proven { evidence, kept }),
            None => Err(self.failed(user_id, &kept, caller).await),
        }
    }

    /// Counts a try of something that counts up to `most` failures on all that the person has, and gives it.
    pub(super) async fn count_on(&self, user_id: &str, most: u32, now: Timestamp) -> Result<StoredFactor, Error> {
        match self.factors.count(user_id, most, now).await? {
            Tried::Counted(kept) => Ok(kept),
            Tried::Locked(until) => Err(Rejection::SecondFactorLocked(until.since(now)).into()),
            Tried::Closed => Err(Rejection::SecondFactorClosed.into()),
            Tried::NotEnrolled => Err(Rejection::NotFound.into()),
        }
    }

    /// Why a try that was counted came to nothing; the last one before the lock is told to the person.
    pub(super) async fn failed(&self, user_id: &str, kept: &StoredFactor, caller: &RequestContext) -> Error {
        if kept.is_last_try() {
            record(caller, &Event::SecondFactorLocked { user: user_id });
            self.notify_by_id(user_id, NoticeKind::Locked, caller).await;
        }
        Rejection::SecondFactorInvalid.into()
    }

    /// Tells the person that a recovery code was used, if it was one.
    pub(super) async fn after_use(&self, proven: &Proven, caller: &RequestContext) {
        if let Consumption::RecoveryCode { .. } = proven.evidence.spends() {
            let (user, left) = (proven.evidence.user_id(), proven.kept.recovery_codes_left().saturating_sub(1));
            record(caller, &Event::RecoveryCodeUsed { user, left });
            self.notify_by_id(user, NoticeKind::RecoveryCodeUsed(left), caller).await;
        }
    }

    async fn notify_by_id(&self, user_id: &str, news: NoticeKind<'_>, caller: &RequestContext) {
        match self.users.find(&Pointer::user(user_id)).await {
            Ok(Some(user)) => self.notify(&user, news, caller).await,
            Ok(None) => {}
            Err(fault) => log::failed(&fault, &caller.request_id),
        }
    }

    /// Mails `news` to the person.
    pub(super) async fn notify(&self, user: &User, news: NoticeKind<'_>, caller: &RequestContext) {
        self.notices.tell(user, news, caller).await;
    }
}

/// Why a partial session that waits for no code does not: too many were tried on it, or it is over.
pub(super) fn used_up(kept: Option<&Partial>, now: Timestamp) -> Rejection {
    match kept.filter(|partial| partial.used_at.is_none() && now < partial.valid_until) {
        Some(partial) => Rejection::SecondFactorLocked(partial.valid_until.since(now)),
        None => Unauthenticated::SessionUnknown.into(),
    }
}

/// That nobody has tried too many codes: the lock holds for whoever has nothing to try, too.
pub(super) fn is_open(kept: &StoredFactor, now: Timestamp) -> Result<(), Rejection> {
    match kept.locked_until().filter(|until| now < *until) {
        Some(until) => Err(Rejection::SecondFactorLocked(until.since(now))),
        None => Ok(()),
    }
}

fn is(failure: &Error, denied: &Rejection) -> bool {
    matches!(failure, Error::Rejection(other) if other == denied)
}

fn unopened() -> Fault {
    Fault::new(Dependency::Secrets, "a sealed seed cannot be opened")
}

/// What the log calls it where others are at it, too.
pub(super) const A_FACTOR: &str = "a second factor";
