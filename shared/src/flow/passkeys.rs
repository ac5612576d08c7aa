//! Passkeys: signing in by one, showing one as a second factor, and keeping them.
//!
//! Each needs two requests: one that asks the authenticator something, and one that brings its answer. What was asked is
//! used up by the answer, right or wrong, in one conditional write that knows what it was asked for.

mod keeping;

use domain::account::{Pointer, User};
use domain::browser::binding::{Binding, Shown};
use domain::error::{Dependency, Error, Fault, Rejection, Unauthenticated};
use domain::language::Language;
use domain::page::brand::Site;
use domain::passkey::StoredPasskeys;
use domain::request::limit::Limit;
use domain::request::origin::RequestOrigin;
use domain::request::{Attempt, RequestContext};
use domain::session::access_token::Issued;
use domain::session::assurance::{Partial, after_passkey};
use domain::sign_in::outcome::{BrowserSignIn, Delivery, SignedIn};

use crate::adapter::audit::{Event, record, refused_target};
use crate::app::{App, StartError};
pub use domain::passkey::PasskeyId;
use domain::passkey::ceremony::{
    Assertion, AuthenticationResponse, Ceremony, CeremonyStart, LIFETIME, VerificationError,
};
use domain::passkey::challenge::{CeremonyPurpose, CeremonyRequest, CeremonyResponse, PasskeyChallenge, transaction};
use domain::provider::registry::Providers;
use domain::redirect::AllowedTargets;
use domain::second_factor::SecondFactorProof;
use domain::secret::SingleUseToken;
use domain::session::Session;
use domain::session::credential::Credential;
use domain::session_id::SessionId;

use super::backend;
use super::counting::{CountOutcome, Counting, by_source};
use super::second_factor::{A_FACTOR, Proven, SecondFactor, used_up};
use super::tokens::IssuingKeys;
use crate::adapter::secrets::Cached;
use crate::adapter::store::challenges::Challenges;
use crate::adapter::store::passkeys::Passkeys;

/// `/v1/auth/passkeys`, and what of `/v1/auth/second-factor` is about passkeys.
#[derive(Debug)]
pub struct PasskeyFlow {
    allowed_targets: AllowedTargets,
    ceremony: Ceremony,
    challenges: Challenges,
    counting: Counting,
    factor: SecondFactor,
    passkeys: Passkeys,
    per_backend: Limit,
    per_source: Limit,
    providers: Cached<Providers>,
}

/// What was asked, and by whom.
struct Asking {
    purpose: CeremonyPurpose,
    session_id: Option<SessionId>,
    /// Whether only the browser that asks may answer.
    bind: bool,
    first: bool,
}

impl PasskeyFlow {
    /// Opens what the endpoints need.
    pub fn open(app: &App) -> Result<Self, StartError> {
        let env = &app.env;
        Ok(Self {
            allowed_targets: env.allowed_redirects()?,
            ceremony: Ceremony::new(&env.relying_party()?),
            challenges: app.challenges()?,
            counting: Counting::open(app)?,
            factor: SecondFactor::open(app)?,
            passkeys: app.passkeys()?,
            per_backend: Limit::logins_per_backend(env.positive_number("LIMIT_LOGINS_PER_BACKEND")?),
            per_source: Limit::passkeys_per_source(env.positive_number("LIMIT_PASSKEYS_PER_SOURCE")?),
            providers: app.providers()?,
        })
    }

    /// What pages show of this deployment.
    pub fn site(&self) -> &Site {
        self.factor.site()
    }

    /// Begins a sign-in by a passkey. A page of ours binds the question to its browser.
    ///
    /// # Errors
    ///
    /// `RateLimited`, `Forbidden` for a page of another site, `Unauthorized` and `NotPermitted` for a server that may not
    /// state whom it serves, or a failure of the secrets or the store.
    pub async fn ask_to_sign_in(
        &self,
        source: &RequestOrigin,
        caller: &RequestContext,
    ) -> Result<CeremonyRequest, Error> {
        caller.subject.attempts(Attempt::Passkey);
        self.factor.origins.tolerate(source)?;
        let asked = self.ceremony.ask_to_sign_in();
        let asking =
            Asking { purpose: CeremonyPurpose::SignIn, session_id: None, bind: source.is_ours(), first: false };
        self.ask_anybody(asked, asking, caller).await
    }

    /// Signs in a client of the API whose person has answered.
    ///
    /// # Errors
    ///
    /// `InvalidPasskey`, whatever is wrong, or a failure of the secrets or the store.
    pub async fn sign_in(&self, reply: CeremonyResponse, caller: &RequestContext) -> Result<SignedIn, Error> {
        caller.subject.attempts(Attempt::Passkey);
        let keys = self.factor.tokens.keys(caller.now).await?;
        self.enter(reply, Delivery::Tokens, &keys, caller).await
    }

    /// Signs in the browser whose person has answered, and sends it to `target`.
    ///
    /// # Errors
    ///
    /// `Forbidden` for a form of another site; `InvalidRedirect`; otherwise as [`sign_in`](Self::sign_in).
    pub async fn sign_in_in_browser(
        &self,
        reply: CeremonyResponse,
        target: Option<&str>,
        source: &RequestOrigin,
        language: Option<Language>,
        caller: &RequestContext,
    ) -> Result<BrowserSignIn, Error> {
        caller.subject.attempts(Attempt::Passkey);
        self.factor.origins.admit(source)?;
        let target = self.allowed_targets.find_page(target, language, &self.factor.own);
        let target = target.map_err(|refused| refused_target(caller, &refused))?;
        let keys = self.factor.tokens.keys(caller.now).await?;
        let signed_in = self.enter(reply, Delivery::Cookie, &keys, caller).await?;
        Ok(BrowserSignIn { signed_in, target })
    }

    /// Begins the session of the person whose passkey answers. Whose it is, the user handle says: one read of the account,
    /// beside one of its passkeys. Failures are not counted against the person, because nobody guesses a signature, and
    /// anybody could spend another one's tries.
    async fn enter(
        &self,
        reply: CeremonyResponse,
        delivery: Delivery,
        keys: &IssuingKeys,
        caller: &RequestContext,
    ) -> Result<SignedIn, Error> {
        let user_id = reply.presented.user_id().ok_or(Rejection::InvalidPasskey)?;
        let challenge =
            self.consume(&reply, CeremonyPurpose::SignIn, None, caller).await?.ok_or(Rejection::InvalidPasskey)?;
        let pointer = Pointer::user(&user_id);
        let (user, kept) = tokio::try_join!(self.factor.users.find(&pointer), self.factor.factors.find(&user_id))?;
        let assertion = self.verify(&challenge, &reply.presented, &user_id, kept.passkeys(), caller)?;
        let assertion = assertion.ok_or(Rejection::InvalidPasskey)?;
        let user: User = user.ok_or(Rejection::InvalidPasskey)?;
        caller.subject.is_user(&user.id);
        let assured = after_passkey(&user, &assertion).ok_or(Rejection::InvalidPasskey)?;
        let mut session = Session::begin(assured, caller.client.clone(), self.factor.lifetime);
        let credentials = self.factor.tokens.credentials(&mut session, delivery, keys, caller.now)?;
        let evidence = SecondFactorProof::from(&assertion);
        let writes = vec![self.factor.factors.spending(&evidence)?, self.factor.sessions.creating(&session)?];
        if self.factor.transactions.commit_contended(A_FACTOR, writes).await?.is_some() {
            return Err(Rejection::InvalidPasskey.into());
        }
        record(caller, &Event::SignInSucceeded { amr: session.amr(), user: &user.id, session: session.id });
        Ok(SignedIn { user, session, credentials })
    }

    /// Asks the person of a partial session for one of their passkeys.
    ///
    /// # Errors
    ///
    /// `Unauthorized` and `SecondFactorLocked` as for a code, `NotFound` when the person has no passkey, `RateLimited`, or
    /// a failure of the store.
    pub async fn ask_for_second_factor(
        &self,
        partial: Option<SessionId>,
        caller: &RequestContext,
    ) -> Result<CeremonyRequest, Error> {
        caller.subject.attempts(Attempt::SecondFactor);
        let id = partial.ok_or(Unauthenticated::Malformed)?;
        let found = self.factor.partials.find(id).await?;
        let partial = found.as_ref().filter(|partial| partial.is_open(caller.now));
        let partial = partial.ok_or_else(|| used_up(found.as_ref(), caller.now))?;
        caller.subject.is_user(partial.user_id());
        let asked = self.ask_for_any_of(partial.user_id()).await?;
        let asking = Asking { purpose: CeremonyPurpose::SecondFactor, session_id: Some(id), bind: false, first: false };
        self.ask_anybody(asked, asking, caller).await
    }

    /// Completes a partial session for a client of the API, with the credentials of the contract that it began under.
    ///
    /// # Errors
    ///
    /// As [`SecondFactor::complete`].
    pub async fn complete(
        &self,
        partial: Option<SessionId>,
        reply: CeremonyResponse,
        source: &RequestOrigin,
        caller: &RequestContext,
    ) -> Result<SignedIn, Error> {
        caller.subject.attempts(Attempt::SecondFactor);
        let keys = self.factor.tokens.keys(caller.now).await?;
        let partial = self.counted(partial, caller).await?;
        let delivery = self.factor.delivery(&partial, source)?;
        self.admit(&partial, reply, delivery, &keys, caller).await
    }

    /// Completes a partial session in a browser.
    ///
    /// # Errors
    ///
    /// `Forbidden` for a form of another site; otherwise as [`complete`](Self::complete).
    pub async fn complete_in_browser(
        &self,
        partial: Option<SessionId>,
        reply: CeremonyResponse,
        source: &RequestOrigin,
        caller: &RequestContext,
    ) -> Result<BrowserSignIn, Error> {
        caller.subject.attempts(Attempt::SecondFactor);
        self.factor.origins.admit(source)?;
        let keys = self.factor.tokens.keys(caller.now).await?;
        let partial = self.counted(partial, caller).await?;
        let signed_in = self.admit(&partial, reply, Delivery::Cookie, &keys, caller).await?;
        Ok(self.factor.completed(signed_in, partial))
    }

    async fn counted(&self, partial: Option<SessionId>, caller: &RequestContext) -> Result<Partial, Error> {
        self.factor.count(partial.ok_or(Unauthenticated::Malformed)?, caller).await
    }

    async fn admit(
        &self,
        partial: &Partial,
        reply: CeremonyResponse,
        delivery: Delivery,
        keys: &IssuingKeys,
        caller: &RequestContext,
    ) -> Result<SignedIn, Error> {
        let proving = self.prove(partial.user_id(), reply, CeremonyPurpose::SecondFactor, partial.id, caller);
        self.factor.enter(partial, proving, delivery, keys, caller).await
    }

    /// Asks the person whose session `credential` opens for one of their passkeys.
    ///
    /// # Errors
    ///
    /// `NotFound` when the person has none, `Unauthorized`, `Forbidden`, or a failure of the secrets or the store.
    pub async fn ask_to_step_up(
        &self,
        credential: Credential,
        caller: &RequestContext,
    ) -> Result<CeremonyRequest, Error> {
        caller.subject.attempts(Attempt::SecondFactor);
        let session = self.factor.session(credential, caller).await?;
        let asked = self.ask_for_any_of(session.user_id()).await?;
        let asking =
            Asking { purpose: CeremonyPurpose::StepUp, session_id: Some(session.id), bind: false, first: false };
        let (question, challenge) = put(asked, asking, caller);
        self.challenges.keep(&question.request, &challenge).await?;
        Ok(question)
    }

    /// Makes the session that `credential` opens fresh by a passkey. Gives an access token that says so.
    ///
    /// # Errors
    ///
    /// `SecondFactorInvalid`, `SecondFactorLocked`, `NotFound` when the person has no second factor, `Unauthorized`,
    /// `Forbidden`, or a failure of the secrets or the store.
    pub async fn step_up(
        &self,
        credential: Credential,
        reply: CeremonyResponse,
        caller: &RequestContext,
    ) -> Result<Issued, Error> {
        caller.subject.attempts(Attempt::SecondFactor);
        let session = self.factor.session(credential, caller).await?;
        let signing_keys = self.factor.tokens.signing_keys(caller.now).await?;
        let user_id = session.user_id().to_owned();
        let proven = self.prove(&user_id, reply, CeremonyPurpose::StepUp, session.id, caller).await?;
        self.factor.raise(session, proven, &signing_keys, caller).await
    }

    /// What `reply` proves about `user_id`. A signature is never out of tries. The try is counted, and what was asked is used up, before it is verified.
    async fn prove(
        &self,
        user_id: &str,
        reply: CeremonyResponse,
        purpose: CeremonyPurpose,
        session: SessionId,
        caller: &RequestContext,
    ) -> Result<Proven, Error> {
        let (kept, challenge) = tokio::try_join!(
            self.factor.count_on(user_id, u32::MAX, caller.now),
            self.consume(&reply, purpose, Some(session), caller)
        )?;
        let assertion = match challenge {
            Some(challenge) => self.verify(&challenge, &reply.presented, user_id, kept.passkeys(), caller)?,
            None => None,
        };
        match assertion {
            Some(assertion) => Ok(Proven { evidence: SecondFactorProof::from(&assertion), kept }),
            None => Err(self.factor.failed(user_id, &kept, caller).await),
        }
    }

    fn verify(
        &self,
        challenge: &PasskeyChallenge,
        presented: &AuthenticationResponse,
        user_id: &str,
        held: &StoredPasskeys,
        caller: &RequestContext,
    ) -> Result<Option<Assertion>, Fault> {
        match self.ceremony.verify(&challenge.asked, presented, user_id, held, caller.now) {
            Ok(assertion) => Ok(Some(assertion)),
            Err(VerificationError::Cloned(passkey)) => {
                record(caller, &Event::PasskeyCloned { user: user_id, passkey });
                Ok(None)
            }
            Err(VerificationError::Refused) => Ok(None),
            Err(misfit @ VerificationError::Unreadable) => Err(unreadable(misfit)),
        }
    }

    async fn ask_for_any_of(&self, user_id: &str) -> Result<CeremonyStart, Error> {
        let kept = self.factor.factors.find(user_id).await?;
        if kept.passkeys().is_empty() {
            return Err(Rejection::NotFound.into());
        }
        Ok(self.ceremony.ask_for(kept.passkeys()).map_err(unreadable)?)
    }

    /// Keeps what somebody is asked who has no session, unless too much was asked already.
    async fn ask_anybody(
        &self,
        asked: CeremonyStart,
        asking: Asking,
        caller: &RequestContext,
    ) -> Result<CeremonyRequest, Error> {
        let caller = &*backend::served(&self.providers, caller).await?;
        let (question, challenge) = put(asked, asking, caller);
        let counters = by_source(&self.per_source, &self.per_backend, caller);
        let writes = vec![self.challenges.keeping(&question.request, &challenge)?];
        match self.counting.commit(&counters, writes, caller).await? {
            CountOutcome::Done => Ok(question),
            CountOutcome::Over(over) => Err(Rejection::RateLimited(over.ends_at.since(caller.now)).into()),
            CountOutcome::Obstructed => Err(Fault::new(Dependency::Service, "a fresh question's key is taken").into()),
        }
    }

    async fn consume<A>(
        &self,
        reply: &CeremonyResponse<A>,
        purpose: CeremonyPurpose,
        session: Option<SessionId>,
        caller: &RequestContext,
    ) -> Result<Option<PasskeyChallenge>, Error> {
        let Some(request) = &reply.request else { return Ok(None) };
        let shown = Shown::Browser(reply.bindings.find(&transaction(request)));
        Ok(self.challenges.consume(request, purpose, session, &shown, caller.now).await?)
    }
}

/// The question, and what is kept of it.
fn put(asked: CeremonyStart, asking: Asking, caller: &RequestContext) -> (CeremonyRequest, PasskeyChallenge) {
    let Asking { purpose, session_id, bind, first } = asking;
    let request = SingleUseToken::random();
    let binding = bind.then(|| Binding::random(transaction(&request), LIFETIME));
    let expires_at = caller.now + LIFETIME;
    let code_challenge = binding.as_ref().map(Binding::challenge);
    let challenge = PasskeyChallenge {
        purpose,
        session_hash: session_id.map(|id| id.hash().as_str().to_owned()),
        first,
        asked: asked.kept,
        code_challenge,
        valid_until: expires_at,
        used_at: None,
    };
    (CeremonyRequest { request, expires_at, options: asked.options, binding }, challenge)
}

fn unreadable(_: VerificationError) -> Fault {
    Fault::new(Dependency::Store, "a passkey, or what was asked of it, cannot be read")
}
