//! Setting an authenticator app up, replacing it, and taking it off. All of it needs a session of the last ten minutes,
//! and wherever a factor counts already, proof of it.

use domain::account::factor::Factor;
use domain::account::{Pointer, User};
use domain::error::{Dependency, Error, Fault, Rejection};
use domain::keys::KeySet;
use domain::keys::token_key::TokenKey;
use domain::request::{Attempt, RequestContext};
use domain::second_factor::code::Code;
use domain::second_factor::recovery::{GivenCodes, RecoveryCode};
use domain::second_factor::totp::{Enrolment, Seed};
use domain::second_factor::{Enrolled, EnrolmentOutcome, FactorState, PENDING, Pending};
use domain::session::Session;
use domain::session::credential::Credential;

use super::{A_FACTOR, Proven, SecondFactor, is_open, unopened};
use crate::adapter::audit::{Event, record};
use crate::adapter::mail::notice::NoticeKind;
use crate::adapter::store::{Attempts, Committed, Write};
use crate::flow::guard::{Found, settled};

impl SecondFactor {
    /// Shows a fresh seed. It counts once its first code was confirmed; until then, whatever counted before does. Where an
    /// app is set up already, `code` must be of it, or a recovery code.
    ///
    /// # Errors
    ///
    /// `NotFresh`, `SecondFactorInvalid`, `SecondFactorLocked`, `Unauthorized`, `Forbidden`, or a failure of the secrets
    /// or the store.
    pub async fn show(
        &self,
        credential: Credential,
        code: Option<Code>,
        caller: &RequestContext,
    ) -> Result<Enrolment, Error> {
        caller.subject.attempts(Attempt::SecondFactor);
        let (session, user) = self.fresh_session(credential, caller).await?;
        let keys = self.factor_keys.value(caller.now).await?;
        let seed = Seed::random();
        let invitation = self.invitation(&seed, &user)?;
        let sealed_seed = seed.seal(&user.id, &keys).ok_or_else(no_key)?;
        let pending = Pending { sealed_seed, session_id: session.id, valid_until: caller.now + PENDING };
        let proven = self.prove_owner(&session, &user, code, &keys, caller).await?;
        let kept = match &proven {
            Some(proven) => self.factors.show_another(&proven.evidence, &pending).await?,
            None => self.factors.show(&user.id, &pending, user.factors().is_empty()).await?,
        };
        if !kept {
            return Err(Rejection::SecondFactorInvalid.into());
        }
        if let Some(proven) = &proven {
            self.after_use(proven, caller).await;
        }
        record(caller, &Event::SecondFactorShown { user: &user.id });
        Ok(invitation)
    }

    /// Makes the seed that was shown to this session count, by a code of it. Gives new recovery codes.
    ///
    /// # Errors
    ///
    /// `NotFresh`, `SecondFactorInvalid`, `Unauthorized`, `Forbidden`, or a failure of the secrets or the store.
    pub async fn confirm(
        &self,
        credential: Credential,
        code: Option<Code>,
        caller: &RequestContext,
    ) -> Result<GivenCodes, Error> {
        caller.subject.attempts(Attempt::SecondFactor);
        self.enrol(credential, code, caller).await
    }

    /// The same on a page, which shows the seed again when the code was wrong.
    ///
    /// # Errors
    ///
    /// As [`confirm`](Self::confirm).
    pub async fn confirm_on_page(
        &self,
        credential: Credential,
        code: Option<Code>,
        caller: &RequestContext,
    ) -> Result<EnrolmentOutcome, Error> {
        match self.confirm(credential.clone(), code, caller).await {
            Err(Error::Rejection(Rejection::SecondFactorInvalid)) => {
                Ok(EnrolmentOutcome::Wrong(self.show_again_on_page(credential, caller).await?))
            }
            result => result.map(EnrolmentOutcome::Codes),
        }
    }

    /// The seed that this session was shown and has yet to confirm.
    async fn show_again_on_page(&self, credential: Credential, caller: &RequestContext) -> Result<Enrolment, Error> {
        let (session, user) = self.fresh_session(credential, caller).await?;
        let (keys, kept) = tokio::try_join!(self.factor_keys.value(caller.now), self.factors.find(&user.id))?;
        let pending = match kept.state(caller.now) {
            FactorState::Enrolling(pending) | FactorState::Enrolled(_, Some(pending))
                if pending.session_id == session.id =>
            {
                pending
            }
            FactorState::None | FactorState::Enrolling(_) | FactorState::Enrolled(..) => {
                return Err(Rejection::SecondFactorInvalid.into());
            }
        };
        let seed = pending.sealed_seed.open(&user.id, &keys).map_err(|_| unopened())?;
        self.invitation(&seed, &user)
    }

    fn invitation(&self, seed: &Seed, user: &User) -> Result<Enrolment, Error> {
        let invitation = seed.invitation(&self.site().brand.name, &user.account_name());
        Ok(invitation.ok_or_else(|| Fault::new(Dependency::Service, "a seed's URL does not fit into a QR code"))?)
    }

    async fn enrol(
        &self,
        credential: Credential,
        code: Option<Code>,
        caller: &RequestContext,
    ) -> Result<GivenCodes, Error> {
        let (session, user) = self.fresh_session(credential, caller).await?;
        let code = code.ok_or(Rejection::SecondFactorInvalid)?;
        let user_id = user.id.clone();
        let (keys, kept) = tokio::try_join!(self.factor_keys.value(caller.now), self.factors.find(&user_id))?;
        let (shown, step) = kept
            .confirm(&code, session.id, &user_id, &keys, caller.now)
            .map_err(|_| unopened())?
            .ok_or(Rejection::SecondFactorInvalid)?;
        let (codes, kept_codes) = RecoveryCode::generate(&user_id, &keys).ok_or_else(no_key)?;
        let enrolled = Enrolled { sealed_seed: shown.sealed_seed.clone(), last_step: step, since: caller.now };
        let write = self.factors.enrolling(&user_id, &shown, &enrolled, &kept_codes)?;
        let user = self
            .change(&session, user, Factor::Totp, true, write, caller)
            .await?
            .ok_or(Rejection::SecondFactorInvalid)?;
        record(caller, &Event::SecondFactorEnrolled { user: &user.id });
        self.notify(&user, NoticeKind::Enrolled, caller).await;
        Ok(GivenCodes { account: user.account_name(), codes })
    }

    /// Takes the app off the account, by a code of it or a recovery code. With the last factor, the recovery codes go.
    ///
    /// # Errors
    ///
    /// `NotFresh`, `SecondFactorInvalid`, `SecondFactorLocked`, `NotFound` when there is none, `Unauthorized`,
    /// `Forbidden`, or a failure of the secrets or the store.
    pub async fn remove(
        &self,
        credential: Credential,
        code: Option<Code>,
        caller: &RequestContext,
    ) -> Result<(), Error> {
        caller.subject.attempts(Attempt::SecondFactor);
        let (session, user) = self.fresh_session(credential, caller).await?;
        if !user.factors().contains(&Factor::Totp) {
            return Err(Rejection::NotFound.into());
        }
        let keys = self.factor_keys.value(caller.now).await?;
        let Proven { evidence, kept } = self.prove(&user.id, code, &keys, caller).await?;
        let write = self.factors.ending(&evidence, kept.passkeys().is_empty())?;
        let user = self
            .change(&session, user, Factor::Totp, false, write, caller)
            .await?
            .ok_or(Rejection::SecondFactorInvalid)?;
        record(caller, &Event::SecondFactorRemoved { user: &user.id });
        self.notify(&user, NoticeKind::Disabled, caller).await;
        Ok(())
    }

    /// Gives new recovery codes in place of those before, by a code of either kind; somebody without an app may have shown
    /// their passkey instead.
    ///
    /// # Errors
    ///
    /// As [`remove`](Self::remove).
    pub async fn renew_codes(
        &self,
        credential: Credential,
        code: Option<Code>,
        caller: &RequestContext,
    ) -> Result<GivenCodes, Error> {
        caller.subject.attempts(Attempt::SecondFactor);
        self.replace_codes(credential, code, caller).await
    }

    async fn replace_codes(
        &self,
        credential: Credential,
        code: Option<Code>,
        caller: &RequestContext,
    ) -> Result<GivenCodes, Error> {
        let (session, user) = self.fresh_session(credential, caller).await?;
        if user.factors().is_empty() {
            return Err(Rejection::NotFound.into());
        }
        let keys = self.factor_keys.value(caller.now).await?;
        let proven = self.prove_owner(&session, &user, code, &keys, caller).await?;
        let (codes, kept_codes) = RecoveryCode::generate(&user.id, &keys).ok_or_else(no_key)?;
        let renewed = match &proven {
            Some(proven) => self.factors.renew_codes(&proven.evidence, &kept_codes).await?,
            None => self.factors.replace_codes(&user.id, &kept_codes).await?,
        };
        if !renewed {
            return Err(Rejection::SecondFactorInvalid.into());
        }
        record(caller, &Event::RecoveryCodesRenewed { user: &user.id });
        self.notify(&user, NoticeKind::RecoveryCodesRenewed, caller).await;
        if let Some(proven) = &proven {
            self.after_use(proven, caller).await;
        }
        Ok(GivenCodes { account: user.account_name(), codes })
    }

    /// That a change of factors is wanted by their owner: by a code where the person has an app; without
    /// one, a session that was raised by a passkey in the last ten minutes will do, because no passkey can be typed.
    /// `None` when there was nothing to use up.
    async fn prove_owner(
        &self,
        session: &Session,
        user: &User,
        code: Option<Code>,
        keys: &KeySet<TokenKey>,
        caller: &RequestContext,
    ) -> Result<Option<Proven>, Error> {
        if user.factors().is_empty() {
            return Ok(None);
        }
        let by_session = code.is_none() && session.is_freshly_multi_factor(caller.now);
        if by_session && !user.factors().contains(&Factor::Totp) {
            is_open(&self.factors.find(&user.id).await?, caller.now)?;
            return Ok(None);
        }
        self.prove(&user.id, code, keys, caller).await.map(Some)
    }

    /// The live session that `credential` opens, if its person was authenticated lately, and whose it is.
    pub(in crate::flow) async fn fresh_session(
        &self,
        credential: Credential,
        caller: &RequestContext,
    ) -> Result<(Session, User), Error> {
        let Found { session, user } = self.guard.open_session(credential, caller).await?;
        if !session.is_fresh(caller.now) {
            return Err(Rejection::NotFresh.into());
        }
        Ok((session, user))
    }

    /// The session and its account as they are by now: the same person may change something else at the same moment, and
    /// `session` is lifted with it.
    pub(in crate::flow) async fn again(&self, session: &Session, caller: &RequestContext) -> Result<Found, Error> {
        let pointer = Pointer::user(session.user_id());
        let read = tokio::try_join!(self.sessions.find(session.id), self.users.find(&pointer))?;
        let found = settled(read, &self.sessions, &self.users).await?;
        found.session.check(caller.now)?;
        Ok(found)
    }

    /// Writes the account with `factor`, or without it, together with `write`; whoever changed the account in between is
    /// built upon. All sessions end with that but `session`, which asked for it. `None` when it was what `write` is about
    /// that changed.
    pub(in crate::flow) async fn change(
        &self,
        session: &Session,
        mut user: User,
        factor: Factor,
        held: bool,
        write: Write,
        caller: &RequestContext,
    ) -> Result<Option<User>, Error> {
        let mut session = session.clone();
        let mut attempts = Attempts::at(A_FACTOR);
        loop {
            if attempts.next().await? > 1 {
                Found { session, user } = self.again(&session, caller).await?;
            }
            // The account is written even where it stays the same: `write` was made for what it says.
            let after = user.clone().with_factor(factor.clone(), held, caller.now);
            let mut writes = vec![write.clone(), self.sessions.lifting(&session, &after, caller.now)?];
            writes.extend(self.users.saving(Some(&user), &after)?);
            match self.transactions.commit(writes).await? {
                Committed::Done => return Ok(Some(after)),
                Committed::Refused(obstacles) if obstacles.first().is_some_and(Option::is_some) => return Ok(None),
                Committed::Refused(_) | Committed::Contended => {}
            }
        }
    }
}

pub(in crate::flow) fn no_key() -> Fault {
    Fault::new(Dependency::Secrets, "the factor keys have no current key")
}
