//! The two ceremonies of WebAuthn (Level 3 section 7): what to ask of an authenticator, and whether its answer holds.
//!
//! The only module that knows the library: whoever does not come here does not have it in their binary.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;
use webauthn_rs_core::WebauthnCore;
use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::proto::{
    AttestationFormat, AuthenticationState, Credential, ParsedAttestation, PublicKeyCredential,
    RegisterPublicKeyCredential, RegistrationState, UserVerificationPolicy,
};

use super::maker;
use super::{Passkey, PasskeyId, PasskeyName, RelyingParty, StoredPasskeys};
use crate::account::User;
use crate::clock::Timestamp;
use crate::secret::{read_id, write_id};

/// Both ceremonies in the name of one relying party.
pub struct Ceremony {
    core: WebauthnCore,
    origins: Vec<String>,
}

/// What to ask, and what to keep until the answer is there.
#[derive(Debug)]
pub struct CeremonyStart {
    /// What the browser is to pass on.
    pub options: Value,
    /// What the answer is verified by.
    pub kept: String,
}

/// A new credential, as a browser gives it; nothing of it is verified yet (`RegistrationResponseJSON`).
#[derive(Clone, Debug)]
pub struct RegistrationResponse(Box<RegisterPublicKeyCredential>);

/// A signature, as a browser gives it; nothing of it is verified yet (`AuthenticationResponseJSON`).
#[derive(Clone, Debug)]
pub struct AuthenticationResponse(Box<PublicKeyCredential>);

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
        let RelyingParty { id, name, origins } = relying_party;
        let urls = origins.iter().filter_map(|origin| Url::parse(origin).ok()).collect();
        let (subdomains, any_port) = (Some(false), Some(false));
        let core = WebauthnCore::new_unsafe_experts_only(name, id, urls, LIFETIME, subdomains, any_port);
        Self { core, origins: origins.clone() }
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
        let held: Vec<_> = credentials(held)?.into_iter().map(|credential| credential.cred_id).collect();
        let name = user.name.as_ref().unwrap_or(&account);
        let builder = self.core.new_challenge_register_builder(&handle, &account, name);
        let builder = builder.map_err(|_| VerificationError::Unreadable)?.require_resident_key(true);
        let builder = builder.user_verification_policy(UserVerificationPolicy::Preferred);
        let builder = builder.exclude_credentials(Some(held));
        let (options, state) =
            self.core.generate_challenge_register(builder).map_err(|_| VerificationError::Unreadable)?;
        asked(&options.public_key, &state)
    }

    /// Asks for a sign-in by a passkey alone, which must verify its owner.
    ///
    /// # Errors
    ///
    /// Only when the library fails.
    pub fn ask_to_sign_in(&self) -> Result<CeremonyStart, VerificationError> {
        self.ask(Vec::new(), UserVerificationPolicy::Required)
    }

    /// Asks for one of these passkeys.
    ///
    /// # Errors
    ///
    /// When one of them cannot be read.
    pub fn ask_for(&self, held: &StoredPasskeys) -> Result<CeremonyStart, VerificationError> {
        self.ask(credentials(held)?, UserVerificationPolicy::Preferred)
    }

    fn ask(
        &self,
        credentials: Vec<Credential>,
        policy: UserVerificationPolicy,
    ) -> Result<CeremonyStart, VerificationError> {
        let builder = self.core.new_challenge_authenticate_builder(credentials, Some(policy));
        let asked_for = builder.and_then(|builder| self.core.generate_challenge_authenticate(builder));
        let (options, mut state) = asked_for.map_err(|_| VerificationError::Unreadable)?;
        // The answer is verified by the passkeys as they are then.
        state.set_allowed_credentials(Vec::new());
        asked(&options.public_key, &state)
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
        self.check_page(&attestation.0.response.client_data_json)?;
        let state: RegistrationState = read(kept)?;
        let credential =
            self.core.register_credential(&attestation.0, &state, None).map_err(|_| VerificationError::Refused)?;
        if credential.cred_id.len() > MAX_CREDENTIAL_ID {
            return Err(VerificationError::Refused);
        }
        let credential = Credential {
            // A hint for the browser, which the library keeps only of those that attest.
            transports: attestation.0.response.transports.clone(),
            // Some authenticators attest unasked. Nothing is ever decided by it, and it would tell people's devices apart.
            attestation: ParsedAttestation::default(),
            attestation_format: AttestationFormat::None,
            ..credential
        };
        Ok(Passkey {
            title,
            created_at: now,
            last_used_at: None,
            backed_up: credential.backup_state,
            sign_count: credential.counter,
            credential: serde_json::to_string(&credential).map_err(|_| VerificationError::Unreadable)?,
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
        self.check_page(&presented.0.response.client_data_json)?;
        if presented.user_id().is_some_and(|shown| shown != user_id) {
            return Err(VerificationError::Refused);
        }
        let state: AuthenticationState = read(kept)?;
        for (id, passkey) in &held.0 {
            let credential = credential(passkey)?;
            if credential.cred_id != presented.0.raw_id {
                continue;
            }
            let result = self.core.authenticate_single_credential(&presented.0, &state, &credential);
            let result = result.map_err(|error| match error {
                WebauthnError::CredentialPossibleCompromise => VerificationError::Cloned(*id),
                _ => VerificationError::Refused,
            })?;
            return Ok(Assertion {
                user_id: user_id.to_owned(),
                passkey: *id,
                at: now,
                sign_count: result.counter(),
                backed_up: result.backup_state(),
                hardware: !result.backup_eligible(),
                // Whoever finds a key without a PIN can give it one: what it could not do from the start counts for nothing.
                verified: result.user_verified() && credential.user_verified,
            });
        }
        Err(VerificationError::Refused)
    }

    /// That the browser names one of our origins as it writes them, and no frame of another site (WebAuthn sections 7.1
    /// and 7.2). The library compares parsed URLs, for which a path, a query or a user do not matter, and asks for the
    /// frame in new credentials only.
    fn check_page(&self, client_data: &[u8]) -> Result<(), VerificationError> {
        let said: ClientData = serde_json::from_slice(client_data).map_err(|_| VerificationError::Refused)?;
        if said.cross_origin || !self.origins.contains(&said.origin) { Err(VerificationError::Refused) } else { Ok(()) }
    }
}

impl fmt::Debug for Ceremony {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ceremony").field(&self.core.rp_name()).finish()
    }
}

impl RegistrationResponse {
    /// Reads what a browser says; `None` when it says something else.
    pub fn parse(said: Value) -> Option<Self> {
        RegisterPublicKeyCredential::deserialize(said).ok().map(|read| Self(Box::new(read)))
    }
}

impl RegistrationResponse {
    /// The authenticator's model as it says itself, which is proof of nothing: the AAGUID, 16 bytes after the RP's hash, the
    /// flags and the count (WebAuthn section 6.5.1). The library tells it of those only that attest.
    pub fn model(&self) -> Option<[u8; 16]> {
        let object: &[u8] = self.0.response.attestation_object.as_ref();
        // The last entry of a map in CBOR: this name (a text of eight bytes) and a byte string, whose length has one or two
        // bytes.
        const NAME: &[u8] = b"\x68authData";
        let at = object.windows(NAME.len()).rposition(|window| window == NAME)? + NAME.len();
        let data = match object.get(at)? {
            0x58 => object.get(at + 2..)?,
            0x59 => object.get(at + 3..)?,
            _ => return None,
        };
        data.get(37..53)?.try_into().ok()
    }
}

impl PasskeyName {
    /// What a passkey is called until its person says otherwise: by who keeps it, or else by the `device` that it was made
    /// with.
    pub fn by_itself(attestation: &RegistrationResponse, device: Option<&str>) -> Self {
        let name = attestation.model().and_then(maker::name).or(device);
        name.and_then(Self::parse).unwrap_or_default()
    }
}

impl AuthenticationResponse {
    /// Reads what a browser says; `None` when it says something else.
    pub fn parse(said: Value) -> Option<Self> {
        PublicKeyCredential::deserialize(said).ok().map(|read| Self(Box::new(read)))
    }

    /// Whose passkey it claims to be of: the user handle is the user's id (WebAuthn section 5.4.3). The handle leads to the
    /// account and its passkeys, and nothing is looked up by a credential's own id: that the same one is registered
    /// elsewhere, too, does not matter.
    pub fn user_id(&self) -> Option<String> {
        let handle = self.0.get_user_unique_id()?;
        Some(handle.try_into().map_or_else(|_| String::new(), |id| write_id("usr", id)))
    }
}

impl Assertion {
    /// Whose passkey it was.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// Which one.
    pub fn passkey(&self) -> PasskeyId {
        self.passkey
    }

    /// When.
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

/// What the browser collected (WebAuthn section 5.8.1), as far as the library does not look at it as closely.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

fn asked(options: &impl serde::Serialize, state: &impl serde::Serialize) -> Result<CeremonyStart, VerificationError> {
    let options = serde_json::to_value(options).map_err(|_| VerificationError::Unreadable)?;
    Ok(CeremonyStart { options, kept: serde_json::to_string(state).map_err(|_| VerificationError::Unreadable)? })
}

fn credentials(passkeys: &StoredPasskeys) -> Result<Vec<Credential>, VerificationError> {
    passkeys.oldest_first().into_iter().map(|(_, passkey)| credential(passkey)).collect()
}

/// The credential as it is now: what changes stands beside it.
fn credential(passkey: &Passkey) -> Result<Credential, VerificationError> {
    let credential: Credential = read(&passkey.credential)?;
    Ok(Credential { counter: passkey.sign_count, backup_state: passkey.backed_up, ..credential })
}

fn read<T: DeserializeOwned>(kept: &str) -> Result<T, VerificationError> {
    serde_json::from_str(kept).map_err(|_| VerificationError::Unreadable)
}

/// WebAuthn section 7.1 step 25: a longer one should not be accepted.
const MAX_CREDENTIAL_ID: usize = 1023;

/// How long a person may take.
pub const LIFETIME: Duration = Duration::from_secs(300);

#[cfg(test)]
impl Assertion {
    /// What a passkey of `user_id` has just signed.
    pub(crate) fn sample(user_id: &str, at: Timestamp, hardware: bool, verified: bool) -> Self {
        let (user_id, passkey) = (user_id.to_owned(), PasskeyId::random());
        Self { user_id, passkey, at, sign_count: 1, backed_up: !hardware, hardware, verified }
    }
}
