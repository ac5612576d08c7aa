//! Why a request did not succeed: one meaning for the caller, one cause for the log.

use std::fmt;
use std::iter;
use std::time::Duration;

use crate::secret::Secret;

/// Everything that can keep a flow from its outcome.
#[derive(Debug)]
pub enum Error {
    /// The request was understood and refused; nothing is wrong with the service.
    Rejection(Rejection),
    /// A dependency, a secret or the service itself failed; the caller learns no detail, the log has the cause.
    Fault(Fault),
}

/// Reasons to refuse, in the core's own words. Each contract gives every one of them a code and a status.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Rejection {
    /// The provider said that the person declined.
    AccessDenied,
    /// The proven address belongs to an account that linking may not touch.
    AccountExists,
    /// The request comes from a page that may not act in the person's name.
    Forbidden,
    /// The authorization code, or the identity that it led to, did not verify.
    InvalidCode,
    /// The code's time is over.
    CodeExpired,
    /// The code is right, and the link of the same mail was used.
    CodeUsed,
    /// The passkey did not answer what was asked, or nothing was.
    InvalidPasskey,
    /// No provider of that name is configured.
    InvalidProvider,
    /// There is no such actor type.
    InvalidActorType,
    /// The invite is unknown, or for somebody else.
    InvalidInvite,
    /// The redirect target is not one of the configured values.
    InvalidRedirect,
    /// The request itself is malformed; the text says what to change.
    InvalidRequest(String),
    /// The state does not lead to a sign-in that this request may finish.
    InvalidState(StateProblem),
    /// The invite's time is over.
    InviteExpired,
    /// The invite was taken back.
    InviteRevoked,
    /// The invite was accepted before.
    InviteUsed,
    /// Without this identity nothing would lead to the account.
    LastIdentity,
    /// The magic link's time is over.
    MagicLinkExpired,
    /// The magic link is unknown or the caller lacks its code verifier.
    MagicLinkInvalid,
    /// The magic link was used before.
    MagicLinkUsed,
    /// A mail went to the mailbox a moment ago, or would have, had it an account.
    MailedLately(MailedLately),
    /// The external login has not said yet whom it let in.
    NotAuthenticatedYet,
    /// The named resource does not exist for this person.
    NotFound,
    /// The person was authenticated too long ago for what they want to change.
    NotFresh,
    /// The person is known and may not do this; the text says what it takes.
    NotPermitted(String),
    /// The body is larger than 16 KiB.
    PayloadTooLarge,
    /// A limit is reached; the caller may come back after this time.
    RateLimited(Duration),
    /// The refresh token's session has run out.
    RefreshTokenExpired,
    /// The refresh token is forged or malformed.
    RefreshTokenInvalid,
    /// The refresh token's session was ended, or the token had been used before.
    RefreshTokenRevoked,
    /// So many codes of the second factor were wrong that those of an app do not count any more.
    SecondFactorClosed,
    /// The code of the second factor is wrong, or was used before.
    SecondFactorInvalid,
    /// Too many codes of the second factor were wrong; the caller may come back after this time.
    SecondFactorLocked(Duration),
    /// Somebody is finishing the sign-in of this state right now.
    StateInFlight,
    /// Sign-up is closed for the actor type.
    SignUpClosed,
    /// There is no valid access token, or its session has ended.
    Unauthorized(Unauthenticated),
    /// The body is not of a content type that the route reads.
    UnsupportedMediaType,
}

/// Why a state does not lead to a sign-in. It is for the log: a caller who learned it could feel their way to the
/// sign-in of somebody else.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StateProblem {
    /// Its time is over.
    Expired,
    /// The provider's row names another issuer than when the person left.
    IssuerChanged,
    /// It was started for another actor type, or for one that the API key does not reach.
    OtherActorType,
    /// The cookie of the browser that started it did not come along.
    OtherBrowser,
    /// It was started for another way back: another contract's callback, or the app's own page.
    OtherChannel,
    /// It was started at another provider.
    OtherProvider,
    /// `iss` names another sender than the provider, or is missing where the provider promises it (RFC 9207).
    OtherSender,
    /// Another session asked for the identity.
    OtherSession,
    /// Nothing is kept under it.
    Unknown,
    /// It was used before.
    Used,
}

/// Why a request is not authenticated. It is for the log: a caller who learned it could tell a token that is dead from one
/// that never lived.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unauthenticated {
    /// The account is gone.
    AccountGone,
    /// The account has ended its sessions since, or the identity by which the person came leads to it no more.
    AccountMovedOn,
    /// The signature is not of the key that the token names.
    BadSignature,
    /// The token's time is over.
    Expired,
    /// What was shown can never have been a credential.
    Malformed,
    /// Nothing was shown.
    Missing,
    /// The token is from later than now.
    NotYetValid,
    /// The token is for another audience.
    OtherAudience,
    /// The session, or the token, is of another contract.
    OtherContract,
    /// The token is another deployment's.
    OtherIssuer,
    /// Somebody else has shown their second factor.
    OtherPerson,
    /// The session token is not the session's.
    OtherToken,
    /// The token is signed by us for something else.
    OtherType,
    /// The session was ended.
    SessionEnded,
    /// The session has run out.
    SessionExpired,
    /// There is no such session, or nothing halfway to one.
    SessionUnknown,
    /// The token names no key of ours, or the API key is none.
    UnknownKey,
}

impl From<Unauthenticated> for Rejection {
    fn from(cause: Unauthenticated) -> Self {
        Self::Unauthorized(cause)
    }
}

impl From<Unauthenticated> for Error {
    fn from(cause: Unauthenticated) -> Self {
        Self::Rejection(cause.into())
    }
}

/// A mail that went out a moment ago.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MailedLately {
    /// Where it went: the address that was asked for now, without its tag. An address has no place in a log.
    pub to: Secret,
    /// How long ago.
    pub ago: Duration,
    /// After which time another one can be asked for.
    pub wait: Duration,
    /// The request that it went out for, by its public id, where it was made in the same browser.
    pub request: Option<String>,
    /// Whether it went out for certain; where not everybody may sign up, that is not told.
    pub certain: bool,
}

/// A failure behind the scenes. Its cause is for the log, and neither it nor what is behind it ever holds a secret.
#[derive(Debug)]
pub struct Fault {
    /// What failed.
    pub dependency: Dependency,
    cause: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What a flow depends on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dependency {
    /// SES.
    Mail,
    /// The identity provider that the person signs in with.
    Provider,
    /// Secrets Manager, or what an operator put into it.
    Secrets,
    /// Doorward itself: a defect.
    Service,
    /// DynamoDB.
    Store,
    /// The time that a request has: one of the others was slow.
    Time,
}

impl Fault {
    /// A failure of `dependency`, with its `cause` for the log.
    pub fn new(dependency: Dependency, cause: impl fmt::Display) -> Self {
        Self { dependency, cause: cause.to_string(), source: None }
    }

    /// The failure, with `source` behind its cause.
    pub fn because(self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// What an operator needs to know to mend it: the cause, and whatever is behind it.
    pub fn causes(&self) -> String {
        let behind = iter::successors(std::error::Error::source(self), |cause| cause.source());
        behind.fold(self.cause.clone(), |causes, cause| format!("{causes}: {cause}"))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.dependency, self.cause)
    }
}

impl std::error::Error for Fault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.source.as_deref()?)
    }
}

/// What the log says; the caller gets a code of the contract.
impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for Rejection {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejection(rejection) => rejection.fmt(f),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Rejection(rejection) => rejection.source(),
            Self::Fault(fault) => fault.source(),
        }
    }
}

impl From<Rejection> for Error {
    fn from(denied: Rejection) -> Self {
        Self::Rejection(denied)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_causes_of_a_fault_are_all_that_is_behind_it_from_the_outside_in() {
        let inner = Fault::new(Dependency::Time, "connect").because("refused");
        let fault = Fault::new(Dependency::Store, "GetItem").because(inner);
        assert_eq!(fault.causes(), "GetItem: Time: connect: refused");
        assert_eq!(Error::from(fault).to_string(), "Store: GetItem");
    }
}
