//! The ways by which a person comes back from a provider.

use serde::{Deserialize, Serialize};

/// How a person's return reaches us. Each channel takes up its own sign-ins only.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReturnChannel {
    /// The provider sends the person to the app, and the app tells us.
    App,
    /// The provider sends the person to us, and we send them on.
    Browser,
    /// The provider sends the person to us, and we answer as the contract `gateway` says.
    Gateway,
    /// The provider sends the person to the app, and the app tells us under the session that wants the identity.
    Link,
    /// The provider sends the person to us, and we answer as the contract `social` says.
    Social,
}

impl ReturnChannel {
    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Browser => "browser",
            Self::Gateway => "gateway",
            Self::Link => "link",
            Self::Social => "social",
        }
    }

    /// Whether the person's browser comes back to us, so that a cookie ties the sign-in to it; what comes back to an app
    /// is tied by the app's code verifier.
    pub const fn has_cookie(self) -> bool {
        match self {
            Self::App | Self::Link => false,
            Self::Browser | Self::Gateway | Self::Social => true,
        }
    }
}
