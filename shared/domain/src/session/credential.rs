//! What a request authenticates with, and what it asks a refresh by.

use crate::request::origin::RequestOrigin;
use crate::secret::Secret;
use crate::session::session_token::SessionToken;

/// What a request authenticates with.
#[derive(Clone, Debug, Default)]
pub struct Credential {
    /// An access token, from the header Authorization.
    pub bearer: Option<Secret>,
    /// A session token, from the browser's cookie.
    pub cookie: Option<SessionToken>,
    /// Which page sent the request, if the request changes something: a browser sends its cookie whichever page asks.
    pub source: Option<RequestOrigin>,
}

/// A request to refresh a session.
#[derive(Clone, Debug)]
pub enum RefreshRequest {
    /// By a refresh token.
    Token {
        /// The refresh token.
        token: Secret,
        /// The session token that came with it, if any.
        cookie: Option<SessionToken>,
    },
    /// By a browser's cookie.
    Cookie {
        /// The session token in it.
        cookie: SessionToken,
        /// Which page asks.
        source: RequestOrigin,
    },
}
