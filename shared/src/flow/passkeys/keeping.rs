//! Registering passkeys, and looking at, renaming and removing them.

use domain::account::User;
use domain::account::factor::Factor;
use domain::error::{Error, Rejection};
use domain::passkey::ceremony::{RegistrationResponse, VerificationError};
use domain::passkey::challenge::{CeremonyPurpose, CeremonyRequest, CeremonyResponse, PasskeyChallenge};
use domain::passkey::{MAX_PASSKEYS, Passkey, PasskeyId, PasskeyName, StoredPasskeys};
use domain::request::{Attempt, RequestContext};
use domain::second_factor::code::Code;
use domain::second_factor::recovery::{GivenCodes, RecoveryCode};
use domain::second_factor::{SecondFactorProof, StoredFactor};
use domain::session::Session;
use domain::session::credential::Credential;
use domain::sign_in::outcome::Registered;

use super::{Asking, PasskeyFlow, put, unreadable};
use crate::adapter::audit::{Event, record};
use crate::adapter::mail::notice::NoticeKind;
use crate::adapter::store::Attempts;
use crate::flow::guard::Found;
use crate::flow::second_factor::enrolment::no_key;
use crate::flow::second_factor::{A_FACTOR, Proven, is_open};

impl PasskeyFlow {
    /// Asks the person whose session `credential` opens for a new passkey.
    ///
    /// # Errors
    ///
    /// `NotFresh`; where the person has a factor already `SecondFactorInvalid` and `SecondFactorLocked`; `NotPermitted`
    /// when they have as many as one may have; `Unauthorized`, `Forbidden`, or a failure of the secrets or the store.
    pub async fn ask_to_register(
        &self,
        credential: Credential,
        code: Option<Code>,
        caller: &RequestContext,
    ) -> Result<CeremonyRequest, Error> {
        caller.subject.attempts(Attempt::Passkey);
        let (session, user) = self.factor.fresh_session(credential, caller).await?;
        let kept = self.factor.factors.find(&user.id).await?;
        has_room(&kept)?;
        let asked = self.ceremony.ask_to_register(&user, kept.passkeys()).map_err(unreadable)?;
        let first = user.factors().is_empty();
        let asking =
            Asking { purpose: CeremonyPurpose::Registration, session_id: Some(session.id), bind: false, first };
        let proven = self.prove_owner(&session, &user, &kept, code, caller).await?;
        let (question, challenge) = put(asked, asking, caller);
        match &proven {
            Some(proven) => self.keep_proven(&question, &challenge, proven, caller).await?,
            None => self.challenges.keep(&question.request, &challenge).await?,
        }
        record(caller, &Event::PasskeyAsked { user: &user.id });
        Ok(question)
    }

    /// Keeps what was asked, and uses up what proved that it may be.
    async fn keep_proven(
        &self,
        question: &CeremonyRequest,
        challenge: &PasskeyChallenge,
        proven: &Proven,
        caller: &RequestContext,
    ) -> Result<(), Error> {
        let keeping = self.challenges.keeping(&question.request, challenge)?;
        let writes = vec![self.factor.factors.spending(&proven.evidence)?, keeping];
        if self.factor.transactions.commit_contended(A_FACTOR, writes).await?.is_some() {
            return Err(Rejection::SecondFactorInvalid.into());
        }
        self.factor.after_use(proven, caller).await;
        Ok(())
    }

    /// Keeps the passkey that was made for the session that `credential` opens. Gives recovery codes where it is the
    /// person's first factor.
    ///
    /// # Errors
    ///
    /// `InvalidPasskey`, `NotFresh`, `NotPermitted` when the person has as many as one may have, `Unauthorized`,
    /// `Forbidden`, or a failure of the secrets or the store.
    pub async fn register(
        &self,
        credential: Credential,
        reply: CeremonyResponse<RegistrationResponse>,
        title: PasskeyName,
        caller: &RequestContext,
    ) -> Result<Registered, Error> {
        caller.subject.attempts(Attempt::Passkey);
        let (session, user) = self.factor.fresh_session(credential, caller).await?;
        let keys = self.factor.factor_keys.value(caller.now).await?;
        let challenge = self.consume(&reply, CeremonyPurpose::Registration, Some(session.id), caller).await?;
        let challenge = challenge.ok_or(Rejection::InvalidPasskey)?;
        let passkey = match self.ceremony.register(&challenge.asked, &reply.presented, title, caller.now) {
            Ok(passkey) => passkey,
            Err(misfit @ VerificationError::Unreadable) => return Err(unreadable(misfit).into()),
            Err(VerificationError::Refused | VerificationError::Cloned(_)) => {
                return Err(Rejection::InvalidPasskey.into());
            }
        };
        let id = PasskeyId::random();
        let (user, codes) = if challenge.first {
            let (codes, kept_codes) = RecoveryCode::generate(&user.id, &keys).ok_or_else(no_key)?;
            let write = self.passkeys.beginning(&user.id, id, &passkey, &kept_codes)?;
            let user = self.factor.change(&session, user, Factor::Passkey, true, write, caller).await?;
            (user.ok_or(Rejection::InvalidPasskey)?, Some(codes))
        } else {
            (self.add(&session, user, id, &passkey, caller).await?, None)
        };
        record(caller, &Event::PasskeyAdded { user: &user.id, passkey: id });
        self.factor.notify(&user, NoticeKind::PasskeyAdded, caller).await;
        let recovery_codes = codes.map(|codes| GivenCodes { account: user.account_name(), codes });
        Ok(Registered { id, passkey, recovery_codes })
    }

    /// Keeps one more passkey of somebody who has a factor.
    async fn add(
        &self,
        session: &Session,
        mut user: User,
        id: PasskeyId,
        passkey: &Passkey,
        caller: &RequestContext,
    ) -> Result<User, Error> {
        let mut session = session.clone();
        let mut attempts = Attempts::at(A_FACTOR);
        loop {
            if attempts.next().await? > 1 {
                Found { session, user } = self.factor.again(&session, caller).await?;
            }
            let kept = self.factor.factors.find(&user.id).await?;
            has_room(&kept)?;
            if !kept.counts() {
                return Err(Rejection::InvalidPasskey.into());
            }
            let write = self.passkeys.adding(&user.id, id, passkey, &kept)?;
            let changed = self.factor.change(&session, user.clone(), Factor::Passkey, true, write, caller).await?;
            if let Some(changed) = changed {
                return Ok(changed);
            }
        }
    }

    /// The passkeys of the person whose session `credential` opens.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, or a failure of the secrets or the store.
    pub async fn list(&self, credential: Credential, caller: &RequestContext) -> Result<StoredPasskeys, Error> {
        let session = self.factor.session(credential, caller).await?;
        Ok(self.factor.factors.find(session.user_id()).await?.into_passkeys())
    }

    /// Gives a passkey another name.
    ///
    /// # Errors
    ///
    /// `NotFound` when the person has no such passkey, `Unauthorized`, `Forbidden`, or a failure of the secrets or the
    /// store.
    pub async fn rename(
        &self,
        credential: Credential,
        id: Option<PasskeyId>,
        title: &PasskeyName,
        caller: &RequestContext,
    ) -> Result<(PasskeyId, Passkey), Error> {
        caller.subject.attempts(Attempt::Passkey);
        let session = self.factor.session(credential, caller).await?;
        let id = id.ok_or(Rejection::NotFound)?;
        let kept = self.passkeys.rename(session.user_id(), id, title).await?;
        let passkey = kept.as_ref().and_then(|kept| kept.passkeys().find(id)).ok_or(Rejection::NotFound)?;
        record(caller, &Event::PasskeyRenamed { user: session.user_id(), passkey: id });
        Ok((id, passkey.clone()))
    }

    /// Removes a passkey. With the last factor, the recovery codes go.
    ///
    /// # Errors
    ///
    /// `NotFresh`, `SecondFactorInvalid`, `SecondFactorLocked`, `NotFound` when the person has no such passkey,
    /// `Unauthorized`, `Forbidden`, or a failure of the secrets or the store.
    pub async fn remove(
        &self,
        credential: Credential,
        id: Option<PasskeyId>,
        code: Option<Code>,
        caller: &RequestContext,
    ) -> Result<(), Error> {
        caller.subject.attempts(Attempt::Passkey);
        let (session, user) = self.factor.fresh_session(credential, caller).await?;
        let id = id.ok_or(Rejection::NotFound)?;
        let kept = self.factor.factors.find(&user.id).await?;
        kept.passkeys().find(id).ok_or(Rejection::NotFound)?;
        let proven = self.prove_owner(&session, &user, &kept, code, caller).await?;
        let evidence = proven.as_ref().map(|proven| &proven.evidence);
        let user = self.take_away(&session, user, kept, id, evidence, caller).await?;
        record(caller, &Event::PasskeyRemoved { user: &user.id, passkey: id });
        if let Some(proven) = &proven {
            self.factor.after_use(proven, caller).await;
        }
        self.factor.notify(&user, NoticeKind::PasskeyRemoved, caller).await;
        Ok(())
    }

    /// Takes one of the passkeys in `kept` away; whoever changed them in between is built upon.
    async fn take_away(
        &self,
        session: &Session,
        mut user: User,
        mut kept: StoredFactor,
        id: PasskeyId,
        evidence: Option<&SecondFactorProof>,
        caller: &RequestContext,
    ) -> Result<User, Error> {
        let mut session = session.clone();
        let mut attempts = Attempts::at(A_FACTOR);
        loop {
            let attempt = attempts.next().await.map_err(|contended| match evidence {
                // What stands in the way for so long is a code that somebody else has used up.
                Some(_) => Rejection::SecondFactorInvalid.into(),
                None => Error::from(contended),
            })?;
            if attempt > 1 {
                Found { session, user } = self.factor.again(&session, caller).await?;
                kept = self.factor.factors.find(&user.id).await?;
            }
            kept.passkeys().find(id).ok_or(Rejection::NotFound)?;
            let others = kept.passkeys().len() > 1;
            let write = self.passkeys.removing(&user.id, id, evidence, &kept)?;
            let changed = self.factor.change(&session, user.clone(), Factor::Passkey, others, write, caller).await?;
            if let Some(changed) = changed {
                return Ok(changed);
            }
        }
    }

    /// That a change of passkeys is wanted by their owner, wherever a factor counts already: by a code, or by
    /// a session in which a second factor was shown, and used up, in the last ten minutes. A code cannot be asked of
    /// somebody who has no app, and who has just shown more than that.
    async fn prove_owner(
        &self,
        session: &Session,
        user: &User,
        kept: &StoredFactor,
        code: Option<Code>,
        caller: &RequestContext,
    ) -> Result<Option<Proven>, Error> {
        if user.factors().is_empty() {
            return Ok(None);
        }
        if code.is_none() && session.is_freshly_multi_factor(caller.now) {
            is_open(kept, caller.now)?;
            return Ok(None);
        }
        let keys = self.factor.factor_keys.value(caller.now).await?;
        self.factor.prove(&user.id, code, &keys, caller).await.map(Some)
    }
}

fn has_room(kept: &StoredFactor) -> Result<(), Rejection> {
    match kept.passkeys().len() {
        MAX_PASSKEYS.. => {
            Err(Rejection::NotPermitted(format!("An account has at most {MAX_PASSKEYS} passkeys: remove one first.")))
        }
        _ => Ok(()),
    }
}
