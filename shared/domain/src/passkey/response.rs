//! What a browser passes on of an authenticator (WebAuthn section 5.1). Nothing of it is verified here.

use serde::Deserialize;
use serde_json::Value;

use super::authenticator_data::AuthenticatorData;
use super::base64url::Base64UrlString;
use super::credential::Transport;
use super::{PasskeyName, maker};
use crate::secret::write_id;

/// A new credential, as a browser gives it; nothing of it is verified yet (`RegistrationResponseJSON`).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationResponse {
    pub(super) id: Base64UrlString,
    pub(super) raw_id: Base64UrlString,
    pub(super) response: AttestationResponse,
}

/// A signature, as a browser gives it; nothing of it is verified yet (`AuthenticationResponseJSON`).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationResponse {
    pub(super) raw_id: Base64UrlString,
    pub(super) response: AssertionResponse,
}

/// `AuthenticatorAttestationResponseJSON`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AttestationResponse {
    #[serde(rename = "clientDataJSON")]
    pub client_data: Base64UrlString,
    pub attestation_object: Base64UrlString,
    pub transports: Option<Vec<Transport>>,
}

/// `AuthenticatorAssertionResponseJSON`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssertionResponse {
    #[serde(rename = "clientDataJSON")]
    pub client_data: Base64UrlString,
    pub authenticator_data: Base64UrlString,
    pub signature: Base64UrlString,
    user_handle: Option<Base64UrlString>,
}

/// What the browser collected (section 5.8.1).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClientData {
    #[serde(rename = "type")]
    pub kind: String,
    pub challenge: String,
    pub origin: String,
    #[serde(default)]
    pub cross_origin: bool,
}

impl RegistrationResponse {
    /// Reads what a browser says; `None` when it says something else.
    pub fn parse(said: Value) -> Option<Self> {
        serde_json::from_value(said).ok()
    }

    /// What the authenticator says of the credential.
    pub(super) fn authenticator_data(&self) -> Option<AuthenticatorData> {
        AuthenticatorData::read_attested(&self.response.attestation_object.0)
    }

    /// The authenticator's model as it says itself, which is proof of nothing.
    pub fn model(&self) -> Option<[u8; 16]> {
        self.authenticator_data()?.attested.map(|credential| credential.model)
    }
}

impl AuthenticationResponse {
    /// Reads what a browser says; `None` when it says something else.
    pub fn parse(said: Value) -> Option<Self> {
        serde_json::from_value(said).ok()
    }

    /// Whose passkey it claims to be of: the user handle is the user's id (WebAuthn section 5.4.3). The handle leads to the
    /// account and its passkeys, and nothing is looked up by a credential's own id: that the same one is registered
    /// elsewhere, too, does not matter.
    pub fn user_id(&self) -> Option<String> {
        let handle = self.response.user_handle.as_ref()?;
        Some(handle.0.as_slice().try_into().map_or_else(|_| String::new(), |id| write_id("usr", id)))
    }
}

impl ClientData {
    /// Reads it; `None` where it does not say all of it once.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
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
