//! What a sign-in comes to, whatever the contract that it is told in.

use crate::access_token::Issued;
use crate::identity::{Proof, User};
use crate::secret::Secret;

/// The two good ends of a sign-in.
#[derive(Debug)]
pub enum Outcome {
    /// The person has an account, and a session now.
    Session(Box<SignedIn>),
    /// The person is who they say, has no account, and needs an invite to make one.
    RegistrationRequired(Registration),
}

/// A new session and what opens it.
#[derive(Debug)]
pub struct SignedIn {
    /// Whose it is.
    pub user: User,
    /// Its tokens.
    pub tokens: Tokens,
}

/// The tokens of one generation of a session.
#[derive(Debug)]
pub struct Tokens {
    /// The access token.
    pub access: Issued,
    /// The refresh token.
    pub refresh: Secret,
}

/// What a person takes along to accept an invite.
#[derive(Debug)]
pub struct Registration {
    /// The registration token: it opens nothing else.
    pub token: Issued,
    /// What was proven.
    pub proof: Proof,
}
