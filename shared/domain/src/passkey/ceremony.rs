//! The two ceremonies of WebAuthn (Level 3 section 7): what to ask of an authenticator, and whether its answer holds.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::authenticator_data::{AttestedCredential, AuthenticatorData};
use super::base64url::Base64UrlString;
use super::credential::{CredentialDescriptor, StoredCredential};
use super::public_key::SigningAlgorithm;
use super::response::{AssertionResponse, ClientData};
pub use super::response::{AuthenticationResponse, RegistrationResponse};
use super::{Passkey, PasskeyId, PasskeyName, RelyingParty, StoredPasskeys};
use crate::account::User;
use crate::clock::Timestamp;
use crate::secret::{base64url, random_bytes, read_id, sha256};

/// Both ceremonies in the name of one relying party.
#[derive(Debug)]
pub struct Ceremony(RelyingParty);

/// What to ask, and what to keep until the answer is there.
#[derive(Debug)]
pub struct CeremonyStart {
    /// What the browser is to pass on.
    pub options: Value,
    /// What the answer is verified by.
    pub kept: String,
}

/// What is kept, as far as it is read. It is written with the rest that versions read which had a library for this: while
/// this one is deployed, or taken back, one version may ask and another verify.
#[derive(Debug, Deserialize)]
struct Asked {
    challenge: String,
    policy: UserVerification,
    #[serde(default)]
    exclude_credentials: Vec<Base64UrlString>,
}

/// Whether an authenticator is to make sure that it is its owner (WebAuthn section 5.8.6).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum UserVerification {
    /// Where it can.
    Preferred,
    /// It must.
    Required,
}

/// That a person's authenticator has just signed what it was asked to. Only [`Ceremony::verify`] makes one.
///
/// ```compile_fail,E0451
/// use doorward_domain::clock::Timestamp;
/// use doorward_domain::passkey::PasskeyId;
/// use doorward_domain::passkey::ceremony::Assertion;
///
/// let (user_id, passkey, at) = (String::new(), PasskeyId::random(), Timestamp::from_seconds(0));
/// let (sign_count, backed_up, hardware, verified) = (1, false, true, true);
/// let assertion = Assertion { user_id, passkey, at, sign_count, backed_up, hardware, verified };
/// ```
#[derive(Clone, Debug)]
pub struct Assertion {
    user_id: String,
    passkey: PasskeyId,
    at: Timestamp,
    sign_count: u32,
    backed_up: bool,
    hardware: bool,
    verified: bool,
}

/// Why an answer does not hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum VerificationError {
    /// The authenticator has signed less often than before: another one has the same key (WebAuthn section 6.1.1).
    Cloned(PasskeyId),
    /// It is no answer to what was asked, or not of a passkey that the person has.
    Refused,
    /// What was kept cannot be read.
    Unreadable,
}

impl Ceremony {
    /// Ceremonies in the name of `relying_party`. Only pages of exactly its origins count.
    pub fn new(relying_party: &RelyingParty) -> Self {
        Self(relying_party.clone())
    }

    /// Asks for a new passkey that an authenticator finds by itself, beside those in `held`.
    ///
    /// The person is verified where that is possible: a passkey that cannot do it is a second factor and no way in by
    /// itself. One that did it now must do it ever after. No attestation is asked for: it would tell people's devices
    /// apart, and nothing here depends on the make.
    ///
    /// # Errors
    ///
    /// When what is held cannot be read.
    pub fn ask_to_register(&self, user: &User, held: &StoredPasskeys) -> Result<CeremonyStart, VerificationError> {
        let account = user.email.as_ref().map_or_else(|| user.id.clone(), ToString::to_string);
        let handle = read_id("usr", &user.id).ok_or(VerificationError::Unreadable)?;
        let held: Vec<_> = credentials(held)?.into_iter().map(|credential| credential.id).collect();
        let asked = Asked { exclude_credentials: held, ..Asked::new(UserVerification::Preferred) };
        let excluded = asked.exclude_credentials.iter().cloned().map(CredentialDescriptor::new);
        let algorithms = SigningAlgorithm::ALL.map(|one| json!({ "type": "public-key", "alg": one.identifier() }));
        let options = json!({
            "rp": { "id": self.0.id, "name": self.0.name },
            "user": {
                "id": base64url(&handle),
                "name": account,
                "displayName": user.name.as_ref().unwrap_or(&account),
            },
            "challenge": asked.challenge,
            "pubKeyCredParams": algorithms,
            "timeout": TIMEOUT_MS,
            "excludeCredentials": excluded.collect::<Vec<_>>(),
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": true,
                "userVerification": asked.policy,
            },
            "attestation": "none",
        });
        let kept = json!({
            "challenge": asked.challenge,
            "policy": asked.policy,
            "exclude_credentials": asked.exclude_credentials,
            "credential_algorithms": SigningAlgorithm::ALL,
            "require_resident_key": true,
            "authenticator_attachment": null,
            "extensions": { "uvm": true, "credProps": true },
            "allow_synchronised_authenticators": true,
        });
        Ok(CeremonyStart { options, kept: kept.to_string() })
    }

    /// Asks for a sign-in by a passkey alone, which must verify its owner.
    pub fn ask_to_sign_in(&self) -> CeremonyStart {
        self.ask(&[], UserVerification::Required)
    }

    /// Asks for one of these passkeys.
    ///
    /// # Errors
    ///
    /// When one of them cannot be read.
    pub fn ask_for(&self, held: &StoredPasskeys) -> Result<CeremonyStart, VerificationError> {
        let allowed: Vec<_> = credentials(held)?.into_iter().map(StoredCredential::descriptor).collect();
        Ok(self.ask(&allowed, UserVerification::Preferred))
    }

    /// What is allowed is a hint: the answer is verified by the passkeys as they are then.
    fn ask(&self, allowed: &[CredentialDescriptor], policy: UserVerification) -> CeremonyStart {
        let asked = Asked::new(policy);
        let options = json!({
            "challenge": asked.challenge,
            "timeout": TIMEOUT_MS,
            "rpId": self.0.id,
            "allowCredentials": allowed,
            "userVerification": policy,
        });
        let kept = json!({
            "challenge": asked.challenge,
            "policy": policy,
            "credentials": [],
            "appid": null,
            "allow_backup_eligible_upgrade": false,
        });
        CeremonyStart { options, kept: kept.to_string() }
    }

    /// The passkey that `attestation` is of, if it answers what was asked (WebAuthn section 7.1).
    ///
    /// # Errors
    ///
    /// Why it is none.
    pub fn register(
        &self,
        kept: &str,
        attestation: &RegistrationResponse,
        title: PasskeyName,
        now: Timestamp,
    ) -> Result<Passkey, VerificationError> {
        let asked = Asked::read(kept)?;
        let (data, made) = self.made(&asked, attestation).ok_or(VerificationError::Refused)?;
        let credential = StoredCredential::new(&data, made, attestation.response.transports.clone());
        Ok(Passkey {
            title,
            created_at: now,
            last_used_at: None,
            backed_up: data.backed_up,
            sign_count: data.sign_count,
            credential: credential.write(&data),
        })
    }

    /// That `presented` answers what was asked, by one of the passkeys that `user_id` has (WebAuthn section 7.2).
    ///
    /// # Errors
    ///
    /// Why it does not.
    pub fn verify(
        &self,
        kept: &str,
        presented: &AuthenticationResponse,
        user_id: &str,
        held: &StoredPasskeys,
        now: Timestamp,
    ) -> Result<Assertion, VerificationError> {
        if presented.user_id().is_some_and(|shown| shown != user_id) {
            return Err(VerificationError::Refused);
        }
        let asked = Asked::read(kept)?;
        for (id, passkey) in &held.0 {
            let credential = credential(passkey)?;
            if credential.id != presented.raw_id {
                continue;
            }
            let data = self.signed(&asked, presented, &credential).ok_or(VerificationError::Refused)?;
            // Section 6.1.1: 0 is of authenticators that do not count.
            if data.sign_count.max(passkey.sign_count) > 0 && data.sign_count <= passkey.sign_count {
                return Err(VerificationError::Cloned(*id));
            }
            return Ok(Assertion {
                user_id: user_id.to_owned(),
                passkey: *id,
                at: now,
                sign_count: data.sign_count,
                backed_up: data.backed_up,
                hardware: !data.backup_eligible,
                // Whoever finds a key without a PIN can give it one: what it could not do from the start counts for nothing.
                verified: data.user_verified && credential.user_verified,
            });
        }
        Err(VerificationError::Refused)
    }

    /// The credential that `response` is of, and what its authenticator says beside it, if it answers what was `asked`.
    fn made(&self, asked: &Asked, response: &RegistrationResponse) -> Option<(AuthenticatorData, AttestedCredential)> {
        let mut data = response.authenticator_data()?;
        let made = data.attested.take()?;
        let holds = self.is_answer("webauthn.create", &response.response.client_data.0, asked)
            && self.is_for_us(&data)
            && made.id.len() <= MAX_CREDENTIAL_ID
            && made.id == response.raw_id.0
            && response.id == response.raw_id
            && !asked.exclude_credentials.contains(&response.raw_id);
        holds.then_some((data, made))
    }

    /// What the authenticator says that has `credential`, if it signed it and answers what was `asked`.
    fn signed(
        &self,
        asked: &Asked,
        presented: &AuthenticationResponse,
        credential: &StoredCredential,
    ) -> Option<AuthenticatorData> {
        let AssertionResponse { client_data, authenticator_data, signature, .. } = &presented.response;
        let data = AuthenticatorData::read(&authenticator_data.0)?;
        let must_verify = asked.policy == UserVerification::Required || credential.user_verified;
        let signed = [&authenticator_data.0[..], &sha256(&client_data.0)].concat();
        let holds = self.is_answer("webauthn.get", &client_data.0, asked)
            && self.is_for_us(&data)
            && (data.user_verified || !must_verify)
            && data.backup_eligible == credential.backup_eligible
            && credential.key.verifies(&signed, &signature.0);
        holds.then_some(data)
    }

    /// That a page of ours, and no frame of another site, passed on what was asked (WebAuthn section 5.8.1). The origin is
    /// compared as browsers write it: beside a path, a query or a user, a parsed URL would be the same.
    fn is_answer(&self, kind: &str, client_data: &[u8], asked: &Asked) -> bool {
        ClientData::read(client_data).is_some_and(|said| {
            said.kind == kind
                && said.challenge == asked.challenge
                && self.0.origins.contains(&said.origin)
                && !said.cross_origin
        })
    }

    /// That an authenticator, with somebody at it, speaks to us, and does not contradict itself: only what can be copied was
    /// (WebAuthn section 6.1).
    fn is_for_us(&self, data: &AuthenticatorData) -> bool {
        data.rp_id_hash == sha256(self.0.id.as_bytes())
            && data.user_present
            && (data.backup_eligible || !data.backed_up)
    }
}

impl Asked {
    fn new(policy: UserVerification) -> Self {
        Self { challenge: base64url(&random_bytes::<32>()), policy, exclude_credentials: Vec::new() }
    }

    fn read(kept: &str) -> Result<Self, VerificationError> {
        serde_json::from_str(kept).map_err(|_| VerificationError::Unreadable)
    }
}

impl Assertion {
    /// Whose passkey it was.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// The passkey that signed.
    pub fn passkey(&self) -> PasskeyId {
        self.passkey
    }

    /// The moment of the signature, as the request has it.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// How often it has signed now.
    pub fn sign_count(&self) -> u32 {
        self.sign_count
    }

    /// Whether a copy of it exists beyond the authenticator.
    pub fn is_backed_up(&self) -> bool {
        self.backed_up
    }

    /// Whether the authenticator made sure that it was its owner, by a PIN or what they are.
    pub fn is_verified(&self) -> bool {
        self.verified
    }

    /// RFC 8176 section 2: a key that cannot leave its authenticator is bound to hardware, one that is synchronised is
    /// software; somebody was there either way.
    pub fn amr(&self) -> [&'static str; 2] {
        [if self.hardware { "hwk" } else { "swk" }, "user"]
    }
}

fn credentials(passkeys: &StoredPasskeys) -> Result<Vec<StoredCredential>, VerificationError> {
    passkeys.oldest_first().into_iter().map(|(_, passkey)| credential(passkey)).collect()
}

fn credential(passkey: &Passkey) -> Result<StoredCredential, VerificationError> {
    StoredCredential::read(passkey).ok_or(VerificationError::Unreadable)
}

/// WebAuthn section 7.1 step 25: a longer one should not be accepted.
const MAX_CREDENTIAL_ID: usize = 1023;

/// How long a person may take.
pub const LIFETIME: Duration = Duration::from_secs(300);

/// The same, as browsers are told.
const TIMEOUT_MS: u128 = LIFETIME.as_millis();

#[cfg(test)]
impl Assertion {
    /// What a passkey of `user_id` has just signed.
    pub(crate) fn sample(user_id: &str, at: Timestamp, hardware: bool, verified: bool) -> Self {
        let (user_id, passkey) = (user_id.to_owned(), PasskeyId::random());
        Self { user_id, passkey, at, sign_count: 1, backed_up: !hardware, hardware, verified }
    }
}

#[cfg(test)]
mod tests;
