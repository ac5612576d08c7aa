//! Session tokens, which a browser's cookie holds.

use crate::secret::{Secret, base64url, from_base64url, random_bytes};
use crate::session_id::SessionId;

/// What opens a session to a browser: `ses_….SECRET`, which is the public id, and 256 random bits followed by the user's
/// id, so that the account can be read beside the session.
#[derive(Clone, Debug)]
pub struct SessionToken {
    /// The session that the token opens if the secret is right.
    pub session: SessionId,
    /// That session's user, if the secret is right.
    pub user_id: String,
    secret: Secret,
}

impl SessionToken {
    pub(super) fn new(session: SessionId, user_id: &str) -> Self {
        let secret = [&random_bytes::<RANDOM>(), user_id.as_bytes()].concat();
        Self { session, user_id: user_id.to_owned(), secret: Secret::new(base64url(&secret)) }
    }

    /// Reads a token; `None` for anything that cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let (session, secret) = text.split_once('.')?;
        let bytes = from_base64url(secret)?;
        let (_, user_id) = bytes.split_first_chunk::<RANDOM>().filter(|(_, user_id)| !user_id.is_empty())?;
        let user_id = String::from_utf8(user_id.to_owned()).ok()?;
        Some(Self { session: SessionId::parse(session)?, user_id, secret: Secret::new(secret) })
    }

    /// The token itself.
    pub fn reveal(&self) -> Secret {
        Secret::new(format!("{}.{}", self.session, self.secret.reveal()))
    }

    /// The hash of the secret, which is what the store keeps.
    pub fn hash(&self) -> String {
        self.secret.hash().as_str().to_owned()
    }
}

/// How many random bytes a token's secret begins with.
const RANDOM: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_a_session_token_is_not_read() {
        let id = SessionId::from_bytes([7; 16]).to_string();
        for text in [
            "",
            &id,
            &format!("{id}."),
            &format!("{id}.{}", "A".repeat(43)),
            &format!("{id}.{}", "A".repeat(61)),
            &format!("{id}.{}", "_".repeat(64)),
            &format!("{id}.{}.x", "A".repeat(64)),
            &format!("usr_{}.{}", "0".repeat(32), "A".repeat(64)),
        ] {
            assert!(SessionToken::parse(text).is_none(), "{text}");
        }
    }
}
