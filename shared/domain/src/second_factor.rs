//! The second factor: a seed that the person's authenticator app shares with us, passkeys, and recovery codes for the
//! day when these are gone.
//!
//! Everything that changes is kept in one item, so that counting a try, using up a step, a recovery code or a signature
//! are single conditional writes. That a person has a factor at all stands on the account, where every way in reads it
//! anyway.

pub mod code;
pub mod lock;
pub mod recovery;
pub mod totp;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::keys::KeySet;
use crate::keys::token_key::TokenKey;
use crate::passkey::ceremony::Assertion;
use crate::passkey::{PasskeyId, StoredPasskeys};
use crate::session_id::SessionId;
use code::Code;
use lock::{ROUND, lock_after};
use recovery::{GivenCodes, StoredRecoveryCodes};
use totp::{Enrolment, SealedSeed, TimeStep, Unopened};

/// What is kept of a person's second factor, beside the account.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct StoredFactor {
    #[serde(default)]
    enrolled: Option<Enrolled>,
    #[serde(default)]
    pending: Option<Pending>,
    #[serde(default)]
    passkeys: StoredPasskeys,
    #[serde(default)]
    recovery_codes: StoredRecoveryCodes,
    #[serde(default)]
    tries: u32,
    #[serde(default)]
    tried_at: Option<Timestamp>,
}

/// A seed that counts.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Enrolled {
    /// The seed.
    pub sealed_seed: SealedSeed,
    /// The last step whose code was used: no code of it or an earlier one counts again (RFC 6238 section 5.2).
    pub last_step: TimeStep,
    /// Since when it counts.
    pub since: Timestamp,
}

/// A seed that was shown and does not count yet.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Pending {
    /// The seed.
    pub sealed_seed: SealedSeed,
    /// The session that it was shown to, and that alone may confirm it.
    pub session_id: SessionId,
    /// The end of the time to confirm the seed.
    pub valid_until: Timestamp,
}

/// Where a person stands.
#[derive(Clone, Copy, Debug)]
pub enum FactorState<'a> {
    /// There is no second factor.
    None,
    /// A seed was shown; nothing depends on it yet.
    Enrolling(&'a Pending),
    /// A seed counts; perhaps another one, for which this one vouched, was shown to replace it.
    Enrolled(&'a Enrolled, Option<&'a Pending>),
}

impl StoredFactor {
    /// Where the person stands at `now`.
    pub fn state(&self, now: Timestamp) -> FactorState<'_> {
        let pending = self.pending.as_ref().filter(|pending| now < pending.valid_until);
        match (&self.enrolled, pending) {
            (Some(enrolled), pending) => FactorState::Enrolled(enrolled, pending),
            (None, Some(pending)) => FactorState::Enrolling(pending),
            (None, None) => FactorState::None,
        }
    }

    /// What `code` proves about `user_id`, whose factor this is and whose try was counted before; `None` when it
    /// proves nothing.
    ///
    /// # Errors
    ///
    /// When the seed cannot be opened: the keys that sealed it are gone.
    pub fn verify(
        &self,
        code: &Code,
        user_id: &str,
        keys: &KeySet<TokenKey>,
        now: Timestamp,
    ) -> Result<Option<SecondFactorProof>, Unopened> {
        let spends = match code {
            Code::Totp(typed) => {
                let FactorState::Enrolled(enrolled, _) = self.state(now) else { return Ok(None) };
                let step = enrolled.sealed_seed.open(user_id, keys)?.step_of(typed, now);
                let unused = step.filter(|step| *step > enrolled.last_step);
                unused.map(|step| Consumption::Step { step, sealed_seed: enrolled.sealed_seed.clone() })
            }
            Code::Recovery(_) if !self.counts() => None,
            Code::Recovery(typed) => {
                let found = self.recovery_codes.find(typed, user_id, keys);
                found.map(|(slot, mac)| Consumption::RecoveryCode { slot: slot.to_owned(), mac: mac.to_owned() })
            }
        };
        Ok(spends.map(|spends| SecondFactorProof { user_id: user_id.to_owned(), at: now, spends }))
    }

    /// Which step of the pending seed `code` is for, if `session_id` may confirm it; `None` when it may not, or the
    /// code is another one.
    ///
    /// # Errors
    ///
    /// When the seed cannot be opened.
    pub fn confirm(
        &self,
        code: &Code,
        session_id: SessionId,
        user_id: &str,
        keys: &KeySet<TokenKey>,
        now: Timestamp,
    ) -> Result<Option<(Pending, TimeStep)>, Unopened> {
        let (FactorState::Enrolling(pending) | FactorState::Enrolled(_, Some(pending))) = self.state(now) else {
            return Ok(None);
        };
        match code {
            Code::Totp(typed) if pending.session_id == session_id => {
                let step = pending.sealed_seed.open(user_id, keys)?.step_of(typed, now);
                Ok(step.map(|step| (pending.clone(), step)))
            }
            Code::Totp(_) | Code::Recovery(_) => Ok(None),
        }
    }

    /// Whether there is anything that a way in asks for.
    pub fn counts(&self) -> bool {
        self.enrolled.is_some() || !self.passkeys.is_empty()
    }

    /// The person's passkeys.
    pub fn passkeys(&self) -> &StoredPasskeys {
        &self.passkeys
    }

    /// The person's passkeys alone.
    pub fn into_passkeys(self) -> StoredPasskeys {
        self.passkeys
    }

    /// Whether an authenticator app is set up.
    pub fn has_app(&self) -> bool {
        self.enrolled.is_some()
    }

    /// How many failed since the last one that counted. It stands on the item for good: time forgives nothing.
    pub fn failures(&self) -> u32 {
        self.tries
    }

    /// When a try failed, last.
    pub fn tried_at(&self) -> Option<Timestamp> {
        self.tried_at
    }

    /// Until when nothing counts, if too many tries failed.
    pub fn locked_until(&self) -> Option<Timestamp> {
        Some(self.tried_at? + lock_after(self.tries)?)
    }

    /// Whether the try that was just counted is the last one before a lock of which the person is told.
    pub fn is_last_try(&self) -> bool {
        self.tries.is_multiple_of(ROUND)
    }

    /// How many recovery codes are left.
    pub fn recovery_codes_left(&self) -> u64 {
        self.recovery_codes.len() as u64
    }
}

/// That a person has shown their second factor: by a code, as [`StoredFactor::verify`] finds it, or by a passkey.
///
/// ```compile_fail,E0451
/// use doorward_domain::clock::Timestamp;
/// use doorward_domain::second_factor::{SecondFactorProof, Consumption};
///
/// let spends = Consumption::RecoveryCode { slot: "c0".to_owned(), mac: String::new() };
/// let evidence = SecondFactorProof { user_id: "usr_1".to_owned(), at: Timestamp::from_seconds(0), spends };
/// ```
#[derive(Clone, Debug)]
pub struct SecondFactorProof {
    user_id: String,
    at: Timestamp,
    spends: Consumption,
}

/// What showing the factor uses up. It proves something once it is used up, in the write that acts on it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Consumption {
    /// A step of a seed, and all steps before it.
    Step {
        /// The step.
        step: TimeStep,
        /// Of which seed.
        sealed_seed: SealedSeed,
    },
    /// A recovery code.
    RecoveryCode {
        /// Where it is kept.
        slot: String,
        /// What is kept there.
        mac: String,
    },
    /// A signature of a passkey, and all that it made before.
    Signature {
        /// Which passkey.
        passkey: PasskeyId,
        /// How often it has signed now; 0 for one that does not count.
        sign_count: u32,
        /// Whether a copy of it exists now.
        backed_up: bool,
        /// What RFC 8176 calls it.
        amr: [&'static str; 2],
    },
}

impl From<&Assertion> for SecondFactorProof {
    fn from(assertion: &Assertion) -> Self {
        let spends = Consumption::Signature {
            passkey: assertion.passkey(),
            sign_count: assertion.sign_count(),
            backed_up: assertion.is_backed_up(),
            amr: assertion.amr(),
        };
        Self { user_id: assertion.user_id().to_owned(), at: assertion.at(), spends }
    }
}

impl SecondFactorProof {
    /// Who has shown it.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// The moment of the proof, as the request has it.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// What it adds to how the person was authenticated, as RFC 8176 `amr` values.
    pub fn amr(&self) -> &[&'static str] {
        match &self.spends {
            Consumption::Step { .. } | Consumption::RecoveryCode { .. } => &["otp"],
            Consumption::Signature { amr, .. } => amr,
        }
    }

    /// What it uses up.
    pub fn spends(&self) -> &Consumption {
        &self.spends
    }
}

/// What confirming a seed on a page came to.
#[derive(Debug)]
pub enum EnrolmentOutcome {
    /// It counts now; the recovery codes.
    Codes(GivenCodes),
    /// The code was wrong; the same seed, to be shown again.
    Wrong(Enrolment),
}

/// How long a seed that was shown may wait for its first code.
pub const PENDING: Duration = Duration::from_secs(10 * 60);

#[cfg(test)]
impl SecondFactorProof {
    /// What `user_id` has shown, by a recovery code.
    pub(crate) fn sample(user_id: &str, at: Timestamp) -> Self {
        let spends = Consumption::RecoveryCode { slot: "c0".to_owned(), mac: "mac".to_owned() };
        Self { user_id: user_id.to_owned(), at, spends }
    }
}

#[cfg(test)]
mod tests;
