//! How far a sign-in is, and what is kept of each step.

use serde::{Deserialize, Serialize};

use crate::account::profile::Profile;
use crate::clock::Timestamp;
use crate::provider::state::is_visible;
use crate::secret::Hash;

/// How far a sign-in is.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(try_from = "StoredLife", into = "StoredLife")]
pub enum Life {
    /// The person is at a provider, which sends them back with a code.
    AtProvider,
    /// The person is at an external login, which has not spoken yet.
    Waiting,
    /// The external login said whom it let in; their browser is on its way back.
    Authenticated(Box<ConfirmedLogin>),
    /// Somebody is back and has used it up.
    Used {
        /// The moment of use.
        at: Timestamp,
        /// Whom the external login let in, where it was at one.
        confirmed: Option<Box<ConfirmedLogin>>,
        /// What came of it, where somebody may want to know and it is known.
        settled: Option<Settled>,
    },
}

/// That whoever used a sign-in is done.
#[derive(Clone, Debug)]
pub struct Settled {
    /// When they were.
    pub at: Timestamp,
    /// What they were answered, for their own repetition.
    pub answered: Option<SealedAnswer>,
}

impl Life {
    /// Whom the external login let in, once it has said so.
    pub fn confirmed(&self) -> Option<&ConfirmedLogin> {
        match self {
            Self::AtProvider | Self::Waiting => None,
            Self::Authenticated(confirmed) => Some(confirmed),
            Self::Used { confirmed, .. } => confirmed.as_deref(),
        }
    }
}

/// An answer that is kept for its repetition.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SealedAnswer {
    /// The request that it answered.
    pub request: RequestKey,
    /// The answer, sealed for [`SignIn::answer_context`](super::SignIn::answer_context).
    pub answer: String,
}

/// A key that a caller gave to a request (`Idempotency-Key`), and the request: their hash, so that the same key on another
/// request is another one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct RequestKey(String);

impl RequestKey {
    /// The key of 1 to 255 visible ASCII characters that came with `request`, which is all of it; `None` for no key.
    pub fn parse(key: &str, request: &str) -> Option<Self> {
        // No visible character ends a line.
        is_visible(key, 255).then(|| Self(Hash::of(&format!("{key}\n{request}")).as_str().to_owned()))
    }
}

/// How far an external login is: from waiting to authenticated, once.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// It has not spoken yet.
    Waiting,
    /// It said whom it let in.
    Authenticated,
}

impl Stage {
    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Authenticated => "authenticated",
        }
    }
}

/// What is kept of an external login's word until the person's browser is back.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ConfirmedLogin {
    /// Which browser may finish the sign-in.
    pub finisher: Finisher,
    /// The hash of the code that the browser was sent on with, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continue_code: Option<String>,
    /// Whom it let in.
    pub profile: Profile,
    /// Its token, sealed for this state.
    pub sealed_token: String,
    /// When the token is over.
    pub token_expires_at: Timestamp,
}

/// Which browser may finish an external login. The address of its page can be sent to anybody: that they log in there says
/// nothing of who waits for it at the other end.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Finisher {
    /// Whoever started it: the row says so.
    Anybody,
    /// The one that logged in: it has the code.
    Holder,
}

impl Finisher {
    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anybody => "anybody",
            Self::Holder => "holder",
        }
    }
}

/// A life as the attributes of an item, which conditions of the store read and write one by one.
#[derive(Default, Deserialize, Serialize)]
struct StoredLife {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stage: Option<Stage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confirmed: Option<Box<ConfirmedLogin>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    used_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settled_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answered: Option<SealedAnswer>,
}

impl TryFrom<StoredLife> for Life {
    type Error = &'static str;

    fn try_from(kept: StoredLife) -> Result<Self, Self::Error> {
        let settled = match (kept.settled_at, kept.answered) {
            (Some(at), answered) => Some(Settled { at, answered }),
            (None, None) => None,
            (None, Some(_)) => return Err("an answer of nobody who is done"),
        };
        match (kept.stage, kept.confirmed, kept.used_at, settled) {
            (None, None, None, None) => Ok(Self::AtProvider),
            (Some(Stage::Waiting), None, None, None) => Ok(Self::Waiting),
            (Some(Stage::Authenticated), Some(confirmed), None, None) => Ok(Self::Authenticated(confirmed)),
            (None, None, Some(at), settled) => Ok(Self::Used { at, confirmed: None, settled }),
            (Some(Stage::Authenticated), confirmed @ Some(_), Some(at), settled) => {
                Ok(Self::Used { at, confirmed, settled })
            }
            _ => Err("a sign-in that is at no step of its life"),
        }
    }
}

impl From<Life> for StoredLife {
    fn from(life: Life) -> Self {
        match life {
            Life::AtProvider => Self::default(),
            Life::Waiting => Self { stage: Some(Stage::Waiting), ..Self::default() },
            Life::Authenticated(confirmed) => {
                Self { stage: Some(Stage::Authenticated), confirmed: Some(confirmed), ..Self::default() }
            }
            Life::Used { at, confirmed, settled } => {
                let (settled_at, answered) = settled.map(|settled| (settled.at, settled.answered)).unzip();
                let stage = confirmed.as_ref().map(|_| Stage::Authenticated);
                Self { stage, confirmed, used_at: Some(at), settled_at, answered: answered.flatten() }
            }
        }
    }
}
