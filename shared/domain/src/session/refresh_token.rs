//! Refresh tokens: the generations of one session, of which exactly one is live.

use crate::keys::KeySet;
use crate::keys::token_key::{MAC_LEN, MacPurpose, TokenKey};
use crate::secret::{Secret, base64url, equal, from_base64url, read_id, write_id};
use crate::session_id::SessionId;

/// A refresh token that is known to be ours: its MAC was checked before anything was read.
///
/// On the wire: base64url of `version ‖ key id ‖ session id ‖ generation ‖ user id ‖ HMAC`. It is a function of the
/// session and the generation, so that the same generation always has the same token and none needs to be stored. It says
/// whose it is, so that the account can be read beside the write. Tokens of version 1, which did not, are not ours.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RefreshToken {
    /// The session that it refreshes.
    pub session: SessionId,
    /// The generation that it was made for.
    pub generation: u32,
    /// Whose session it is.
    pub user_id: String,
}

impl RefreshToken {
    /// Writes the token under the current key; `None` when there is no key yet.
    pub fn issue(&self, keys: &KeySet<TokenKey>) -> Option<Secret> {
        let key = keys.current()?;
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&read_id(TokenKey::PREFIX, &key.kid)?);
        bytes.extend_from_slice(&self.session.to_bytes());
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        bytes.extend_from_slice(self.user_id.as_bytes());
        let mac = key.material.authenticate(MacPurpose::RefreshToken, &bytes);
        bytes.extend_from_slice(&mac);
        Some(Secret::new(base64url(&bytes)))
    }

    /// Reads a token that one of `keys` made; `None` for anything forged, altered, truncated or of a retired key.
    pub fn verify(token: &str, keys: &KeySet<TokenKey>) -> Option<Self> {
        let bytes = from_base64url(token)?;
        let (message, mac) = bytes.split_last_chunk::<MAC_LEN>()?;
        let (version, rest) = message.split_first()?;
        let (key_id, rest) = rest.split_first_chunk()?;
        let (session, rest) = rest.split_first_chunk()?;
        let (generation, user_id) = rest.split_first_chunk()?;
        let key = keys.find(&write_id(TokenKey::PREFIX, key_id))?;
        if *version != VERSION || !equal(&key.material.authenticate(MacPurpose::RefreshToken, message), mac) {
            return None;
        }
        Some(Self {
            session: SessionId::from_bytes(*session),
            generation: u32::from_be_bytes(*generation),
            user_id: String::from_utf8(user_id.to_owned()).ok()?,
        })
    }
}

const VERSION: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> KeySet<TokenKey> {
        KeySet::sample(TokenKey::generate)
    }

    fn token() -> RefreshToken {
        RefreshToken { session: SessionId::from_bytes([7; 16]), generation: 3, user_id: "usr_1".to_owned() }
    }

    #[test]
    fn a_refresh_token_reads_back_as_it_was_issued() {
        let (token, keys) = (token(), keys());
        assert_eq!(RefreshToken::verify(token.issue(&keys).unwrap().reveal(), &keys), Some(token));
    }

    #[test]
    fn one_generation_always_has_the_same_token() {
        let (token, keys) = (token(), keys());
        assert_eq!(token.issue(&keys), token.issue(&keys));
    }

    #[test]
    fn a_token_with_any_byte_changed_is_not_ours() {
        let keys = keys();
        let token = token().issue(&keys).unwrap();
        let bytes = from_base64url(token.reveal()).unwrap();
        for index in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[index] ^= 1;
            assert_eq!(RefreshToken::verify(&base64url(&forged), &keys), None, "byte {index}");
        }
        assert_eq!(RefreshToken::verify(&base64url(&bytes[..bytes.len() - 1]), &keys), None);
        assert_eq!(RefreshToken::verify(&base64url(&[bytes.as_slice(), &[0]].concat()), &keys), None);
        assert_eq!(RefreshToken::verify(&format!("{}=", token.reveal()), &keys), None);
        assert_eq!(RefreshToken::verify("", &keys), None);
    }

    #[test]
    fn a_token_of_another_deployment_is_not_ours() {
        let token = token().issue(&keys()).unwrap();
        assert_eq!(RefreshToken::verify(token.reveal(), &keys()), None);
    }
}
