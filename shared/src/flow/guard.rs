//! Signed-in requests: what they show of their session is verified, and the session is still there.

use futures_core::future::BoxFuture;

use domain::account::{Pointer, User};
use domain::clock::Timestamp;
use domain::error::{Error, Rejection, Unauthenticated};
use domain::keys::KeySet;
use domain::keys::signing_key::VerifyingKey;
use domain::request::RequestContext;
use domain::request::origin::AllowedOrigins;
use domain::secret::Secret;
use domain::session::Session;
use domain::session::access_token::{AccessClaims, Realm};
use domain::session::credential::Credential;
use domain::session::session_token::SessionToken;
use domain::session_id::SessionId;

use crate::adapter::secrets::Cached;
use crate::adapter::store::sessions::{SessionOwner, Sessions};
use crate::adapter::store::users::Users;
use crate::app::{App, StartError};

/// What credentials are checked against.
#[derive(Debug)]
pub struct Guard {
    origins: AllowedOrigins,
    realm: Realm,
    sessions: Sessions,
    users: Users,
    verifying_keys: Cached<KeySet<VerifyingKey>>,
}

/// A live session and whose it is.
#[derive(Debug)]
pub struct Found {
    /// The session.
    pub session: Session,
    /// The account that the session is of.
    pub user: User,
}

/// A credential that may open a session. Whether the session is still there is for the store to say.
#[derive(Debug)]
pub enum VerifiedCredential {
    /// An access token of ours, in time, and its claims.
    AccessToken(Secret, Box<AccessClaims>),
    /// A session token, whose secret is checked against the session.
    SessionToken(SessionToken),
}

impl Guard {
    /// Opens what the check needs.
    pub fn open(app: &App) -> Result<Self, StartError> {
        Ok(Self {
            origins: app.env.origins()?,
            realm: app.env.realm()?,
            sessions: app.sessions()?,
            users: app.users()?,
            verifying_keys: app.verifying_keys()?,
        })
    }

    /// The session that `credential` opens, and whose it is: one look-up of each, side by side.
    ///
    /// # Errors
    ///
    /// As [`claim`](Self::claim), or a failure of the store.
    pub async fn open_session(&self, credential: Credential, caller: &RequestContext) -> Result<Found, Error> {
        let claim = self.claim(credential, caller).await?;
        self.find(&claim, caller).await
    }

    /// The session that is claimed, and whose it is.
    ///
    /// # Errors
    ///
    /// As [`VerifiedCredential::find`].
    pub fn find<'f>(
        &'f self,
        claim: &'f VerifiedCredential,
        caller: &'f RequestContext,
    ) -> BoxFuture<'f, Result<Found, Error>> {
        claim.find(&self.sessions, &self.users, caller)
    }

    /// Judges `credential`.
    ///
    /// # Errors
    ///
    /// `Unauthorized`; `Forbidden` for a cookie that a foreign page sends along; `InvalidRequest` for a bearer token and
    /// a cookie of different sessions; or a failure of the secrets.
    pub fn claim<'f>(
        &'f self,
        credential: Credential,
        caller: &'f RequestContext,
    ) -> BoxFuture<'f, Result<VerifiedCredential, Error>> {
        Box::pin(async move {
            let Credential { bearer, cookie, source } = credential;
            match (bearer, cookie) {
                (Some(bearer), cookie) => {
                    let keys = self.verifying_keys.value(caller.now).await?;
                    let claims = self.realm.verify(bearer.reveal(), &keys, caller.now)?;
                    if cookie.is_some_and(|cookie| cookie.session != claims.sid) {
                        let problem = "The access token and the cookie name different sessions: send one of them.";
                        return Err(Rejection::InvalidRequest(problem.to_owned()).into());
                    }
                    caller.subject.is_user(&claims.sub);
                    caller.subject.is_session(claims.sid);
                    Ok(VerifiedCredential::AccessToken(bearer, Box::new(claims)))
                }
                (None, Some(token)) => {
                    source.map_or(Ok(()), |source| self.origins.admit(&source))?;
                    Ok(VerifiedCredential::SessionToken(token))
                }
                (None, None) => Err(Unauthenticated::Missing.into()),
            }
        })
    }

    /// The same where contract `social` has its say, whose clients show their session token as a bearer token. No page has
    /// a browser send one along, so that it does not matter where it comes from.
    ///
    /// # Errors
    ///
    /// As [`claim`](Self::claim).
    pub async fn claim_either(
        &self,
        credential: Credential,
        caller: &RequestContext,
    ) -> Result<VerifiedCredential, Error> {
        let bearer = credential.bearer.as_ref().and_then(|bearer| SessionToken::parse(bearer.reveal()));
        match (bearer, &credential.cookie) {
            (Some(bearer), Some(cookie)) if bearer.session != cookie.session => {
                let problem = "The session token and the cookie name different sessions: send one of them.";
                Err(Rejection::InvalidRequest(problem.to_owned()).into())
            }
            (Some(bearer), _) => Ok(VerifiedCredential::SessionToken(bearer)),
            (None, _) => self.claim(credential, caller).await,
        }
    }
}

impl VerifiedCredential {
    /// The session that is claimed.
    pub const fn session_id(&self) -> SessionId {
        match self {
            Self::AccessToken(_, claims) => claims.sid,
            Self::SessionToken(token) => token.session,
        }
    }

    /// Whether the session may be of contract `actor`: its tokens say by what the person came. Of a session token, only the
    /// session says it.
    pub fn may_be_of_actor(&self) -> bool {
        match self {
            Self::AccessToken(_, claims) => claims.auth_identity_id.is_some(),
            Self::SessionToken(_) => true,
        }
    }

    /// In whose name the session may be ended.
    pub fn holder(&self) -> SessionOwner<'_> {
        match self {
            Self::AccessToken(_, claims) => SessionOwner::User(&claims.sub),
            Self::SessionToken(token) => SessionOwner::Token(token),
        }
    }

    /// By which key its account is found.
    pub fn account(&self) -> Pointer {
        match self {
            Self::AccessToken(_, claims) => Pointer::user(&claims.sub),
            Self::SessionToken(token) => Pointer::user(&token.user_id),
        }
    }

    /// The session and whose it is, if it counts.
    ///
    /// # Errors
    ///
    /// `Unauthorized`, or a failure of the store.
    pub fn find<'f>(
        &'f self,
        sessions: &'f Sessions,
        users: &'f Users,
        caller: &'f RequestContext,
    ) -> BoxFuture<'f, Result<Found, Error>> {
        Box::pin(async move {
            let pointer = self.account();
            let read = tokio::try_join!(sessions.find(self.session_id()), users.find(&pointer))?;
            let found = settled(read, sessions, users).await?;
            self.check(&found.session, caller.now)?;
            caller.subject.is_user(&found.user.id);
            caller.subject.is_session(found.session.id);
            Ok(found)
        })
    }

    /// That `session` is live, and the one that is claimed.
    fn check(&self, session: &Session, now: Timestamp) -> Result<(), Unauthenticated> {
        session.check(now)?;
        match self {
            Self::SessionToken(token) if !session.is_open_to(token, now) => Err(Unauthenticated::OtherToken),
            Self::AccessToken(..) | Self::SessionToken(_) => Ok(()),
        }
    }
}

/// The session and its account, as they were `read`, if it counts. They are read at the same moment, and not as one: where
/// they do not fit, the session may have been lifted in between, so that both are read once more.
///
/// # Errors
///
/// `Unauthorized`, or a failure of the store.
pub(super) fn settled<'f>(
    read: (Option<Session>, Option<User>),
    sessions: &'f Sessions,
    users: &'f Users,
) -> BoxFuture<'f, Result<Found, Error>> {
    Box::pin(async move {
        let (session, user) = both(read)?;
        let found = |session: Session, user: User| Found { session: session.with_role_of(&user), user };
        if session.is_of(&user) {
            return Ok(found(session, user));
        }
        let pointer = Pointer::user(session.user_id());
        let (session, user) = both(tokio::try_join!(sessions.find(session.id), users.find(&pointer))?)?;
        if session.is_of(&user) { Ok(found(session, user)) } else { Err(Unauthenticated::AccountMovedOn.into()) }
    })
}

fn both((session, user): (Option<Session>, Option<User>)) -> Result<(Session, User), Unauthenticated> {
    Ok((session.ok_or(Unauthenticated::SessionUnknown)?, user.ok_or(Unauthenticated::AccountGone)?))
}
