//! What a sign-in comes to, whatever the contract that it is told in.

use serde::{Deserialize, Serialize};

use crate::account::User;
use crate::account::proof::Proof;
use crate::browser::binding::Binding;
use crate::browser::known_browser::Mark;
use crate::clock::Timestamp;
use crate::error::{Dependency, Error, Fault};
use crate::passkey::{Passkey, PasskeyId};
use crate::redirect::ReturnTo;
use crate::second_factor::recovery::GivenCodes;
use crate::secret::Secret;
use crate::session::Session;
use crate::session::access_token::Issued;
use crate::session::assurance::{Came, Partial};
use crate::session::session_token::SessionToken;

/// The good ends of a sign-in.
#[derive(Debug)]
pub enum Outcome {
    /// The person has an account, and a session now.
    Session(Box<SignedIn>),
    /// The person has an account with a second factor, and a partial session, which leads to the question for it.
    SecondFactorRequired(Box<Partial>),
    /// The address that came with the person's identity has an account, whose mailbox was mailed a link that joins it in
    /// the browser with this binding.
    MailboxAsked(Binding),
    /// The person is who they say, has no account, and needs an invite to make one.
    RegistrationRequired(Box<Registration>),
}

/// A new session and what opens it.
#[derive(Debug)]
pub struct SignedIn {
    /// The account that the session is of.
    pub user: User,
    /// The session.
    pub session: Session,
    /// What opens it.
    pub credentials: Credentials,
}

impl SignedIn {
    /// The account and its one token, for contract `actor`.
    ///
    /// # Errors
    ///
    /// A defect, where another delivery was asked for.
    pub fn for_actor(self) -> Result<(User, Issued), Fault> {
        match self.credentials {
            Credentials::ActorToken(token) => Ok((self.user, token)),
            _ => Err(Fault::new(Dependency::Service, "another credential was asked for")),
        }
    }
}

/// A passkey that was registered just now.
#[derive(Debug)]
pub struct Registered {
    /// Its id.
    pub id: PasskeyId,
    /// The passkey.
    pub passkey: Passkey,
    /// Recovery codes, shown once, where it is the person's first factor.
    pub recovery_codes: Option<GivenCodes>,
}

/// What a client's return from a provider came to.
#[derive(Debug)]
pub enum Finished {
    /// Somebody signed in, or may once they have an invite.
    SignedIn(Outcome),
    /// An account has one more identity; the session that asked for it goes on.
    Linked(Box<User>),
}

/// Where a browser goes with what its sign-in came to.
#[derive(Debug)]
pub struct BrowserOutcome {
    /// Where it wanted to go from the start.
    pub target: ReturnTo,
    /// What the sign-in came to.
    pub result: Result<Outcome, Error>,
}

/// Where a return under contract `gateway` ends.
#[derive(Debug)]
pub enum Returned {
    /// In an answer to whoever asked.
    Answered(Outcome),
    /// At the target that the start named for a browser.
    Landed(BrowserOutcome),
}

/// What a sign-in under contract `actor` is answered, whole, so that it can be given again.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ActorAnswer {
    /// An access token, or one to register with, or one that belongs to the challenge.
    #[serde(serialize_with = "Secret::serialize_revealed")]
    pub token: Secret,
    /// Where the person has yet to show a second factor.
    pub challenge: Option<ActorChallenge>,
}

/// The question for a second factor, as contract `actor` tells it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ActorChallenge {
    /// The partial session.
    pub id: String,
    /// The ways on from there.
    pub methods: Vec<String>,
    /// When it is over.
    pub valid_until: Timestamp,
}

impl ActorChallenge {
    /// That `partial` leads on.
    pub fn of(partial: &Partial) -> Self {
        let methods = partial.methods().into_iter().map(str::to_owned).collect();
        Self { id: partial.id.to_string(), methods, valid_until: partial.valid_until }
    }
}

/// What became of a wish under contract `actor` to have a session kept in a cookie.
#[derive(Debug)]
pub enum CookieOutcome {
    /// The session has a session token now.
    Kept(Box<SignedIn>),
    /// The token opens no session yet.
    Nothing {
        /// What the person wants to sign in as.
        actor_type: String,
        /// The public id of what they came by.
        auth_identity_id: String,
    },
}

/// How a client wants to be given what opens its session.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// As contract `actor` does it: by one token, which says by the identity of which public id the person came.
    ActorToken {
        /// That id.
        auth_identity_id: String,
    },
    /// In a browser's cookie.
    Cookie,
    /// As contract `social` does it: by a session token.
    Social {
        /// The provider's name.
        provider: String,
        /// Whether in JSON, and not in a cookie.
        json: bool,
    },
    /// By access and refresh token.
    Tokens,
}

impl Delivery {
    /// To a client of the API that completes a partial session whose person `came` under this contract.
    pub fn to_client(came: &Came) -> Self {
        match came.clone() {
            Came::Actor { .. } | Came::Plainly => Self::Tokens,
            Came::Social { provider, json } => Self::Social { provider, json },
        }
    }

    /// As contract `actor` does it, to the person of `proof`.
    pub fn actor_token(proof: &Proof) -> Self {
        Self::ActorToken { auth_identity_id: proof.identity_id() }
    }

    /// Under which contract that is, should a second factor be due.
    pub fn contract(&self) -> Came {
        match self.clone() {
            Self::ActorToken { auth_identity_id } => Came::Actor { auth_identity_id },
            Self::Cookie | Self::Tokens => Came::Plainly,
            Self::Social { provider, json } => Came::Social { provider, json },
        }
    }
}

/// What opens a session, as its [`Delivery`] was asked for.
#[derive(Debug)]
pub enum Credentials {
    /// The one token of contract `actor`.
    ActorToken(Issued),
    /// What a browser keeps.
    Cookie(BrowserCredentials),
    /// What contract `social` gives.
    Social {
        /// The token, and what goes with it into a browser.
        kept: BrowserCredentials,
        /// The provider's name.
        provider: String,
        /// Whether the client wants it in JSON, and not in a cookie.
        json: bool,
    },
    /// Access and refresh token.
    Tokens(Tokens),
}

impl Credentials {
    /// What a browser keeps of them, where it keeps anything.
    pub const fn kept(&self) -> Option<&BrowserCredentials> {
        match self {
            Self::Cookie(kept) | Self::Social { kept, .. } => Some(kept),
            Self::ActorToken(_) | Self::Tokens(_) => None,
        }
    }
}

/// What came of a link whose mailbox was asked.
#[derive(Debug)]
pub enum Granted {
    /// The identity joined the mailbox's account, and its person is in, or at the question for the second factor.
    Joined(Box<BrowserOutcome>),
    /// The address leads to the account from now on.
    Proven,
}

/// A browser that has shown its second factor.
#[derive(Debug)]
pub struct BrowserSignIn {
    /// The session.
    pub signed_in: SignedIn,
    /// Where the browser wanted to go from the start.
    pub target: ReturnTo,
}

/// What a browser keeps of a sign-in.
#[derive(Debug)]
pub struct BrowserCredentials {
    /// What opens the session.
    pub session: SessionToken,
    /// What tells later that this browser has signed in before.
    pub mark: Mark,
}

/// The tokens of one generation of a session.
#[derive(Debug)]
pub struct Tokens {
    /// The access token.
    pub access: Issued,
    /// The refresh token.
    pub refresh: Secret,
}

/// What keeping a session alive gives: a session has one kind of credential, and stays with it.
#[derive(Debug)]
pub enum Refreshed {
    /// The tokens of its next generation.
    Tokens(Tokens),
    /// An access token for the browser whose cookie keeps the session.
    Access(Issued),
}

/// What a person takes along to accept an invite.
#[derive(Debug)]
pub struct Registration {
    /// The registration token: it opens nothing else.
    pub token: Issued,
    /// What was proven.
    pub proof: Proof,
}
