//! A credential as it is stored beside what changes of a passkey. The first ones were written by another library, in whose
//! words all are written since: versions that have it read them, too.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Passkey;
use super::authenticator_data::{AttestedCredential, AuthenticatorData};
use super::base64url::Base64UrlString;
use super::public_key::PublicKey;

/// What does not change of a passkey, as far as anything depends on it.
#[derive(Debug, Deserialize)]
pub(super) struct StoredCredential {
    /// By what the authenticator knows it.
    #[serde(rename = "cred_id")]
    pub id: Base64UrlString,
    /// What its signatures are verified with.
    #[serde(rename = "cred")]
    pub key: PublicKey,
    transports: Option<Vec<Transport>>,
    /// Whether its authenticator made sure that it was its owner when it was made.
    pub user_verified: bool,
    /// Whether copies of it may exist.
    pub backup_eligible: bool,
}

/// A way to an authenticator (WebAuthn section 5.8.4): a hint for the browser.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Transport {
    Usb,
    Nfc,
    Ble,
    Internal,
    Hybrid,
    #[serde(other)]
    Unknown,
}

/// What a browser is told of a credential (`PublicKeyCredentialDescriptorJSON`, WebAuthn section 5.8.3).
#[derive(Serialize)]
pub(super) struct CredentialDescriptor {
    #[serde(rename = "type")]
    kind: &'static str,
    id: Base64UrlString,
    #[serde(skip_serializing_if = "Option::is_none")]
    transports: Option<Vec<Transport>>,
}

impl StoredCredential {
    /// What is stored of a credential that was just made.
    pub fn new(data: &AuthenticatorData, made: AttestedCredential, transports: Option<Vec<Transport>>) -> Self {
        Self {
            id: Base64UrlString(made.id),
            key: made.key,
            transports,
            user_verified: data.user_verified,
            backup_eligible: data.backup_eligible,
        }
    }

    /// The credential of `passkey`; `None` where it cannot be read.
    pub fn read(passkey: &Passkey) -> Option<Self> {
        serde_json::from_str(&passkey.credential).ok()
    }

    /// How it is stored. What [`read`](Self::read) does not read is there for versions that must find it.
    pub fn write(&self, data: &AuthenticatorData) -> String {
        let written = json!({
            "cred_id": self.id,
            "cred": self.key,
            "counter": data.sign_count,
            "transports": self.transports,
            "user_verified": self.user_verified,
            "backup_eligible": self.backup_eligible,
            "backup_state": data.backed_up,
            "registration_policy": "preferred",
            "extensions": {
                "cred_protect": "NotRequested",
                "hmac_create_secret": "NotRequested",
                "appid": "NotRequested",
                "cred_props": "Ignored",
            },
            "attestation": { "data": "None", "metadata": "None" },
            "attestation_format": "none",
        });
        written.to_string()
    }

    /// What a browser is told that may ask for it.
    pub fn descriptor(self) -> CredentialDescriptor {
        CredentialDescriptor { transports: self.transports, ..CredentialDescriptor::new(self.id) }
    }
}

impl CredentialDescriptor {
    /// Of a credential whose authenticator may be anywhere.
    pub fn new(id: Base64UrlString) -> Self {
        Self { kind: "public-key", id, transports: None }
    }
}
