//! The kinds of second factors.

use serde::{Deserialize, Serialize};

/// What a person has besides their way in. It stands on the account.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// Passkeys (WebAuthn).
    Passkey,
    /// A seed in an authenticator app (RFC 6238).
    Totp,
    /// One that another version knows. It is asked for all the same, and nothing here can answer for it: the door is
    /// closed to its person, and to nobody else.
    #[serde(untagged)]
    Unknown(String),
}

impl Factor {
    /// What the contracts call it, if it can be shown here.
    pub const fn method(&self) -> Option<&'static str> {
        match self {
            Self::Passkey => Some(PASSKEY),
            Self::Totp => Some(TOTP),
            Self::Unknown(_) => None,
        }
    }
}

/// What the contracts call passkeys.
pub const PASSKEY: &str = "passkey";

/// What the contracts call codes of an authenticator app.
pub const TOTP: &str = "totp";

/// What the contracts call the way that is left when every factor is gone; whoever has a factor has it.
pub const RECOVERY_CODE: &str = "recovery_code";
