//! Refresh tokens: the generations of one session, of which exactly one is live.

use super::SessionId;
use crate::key_set::KeySet;
use crate::secret::{Secret, base64url, equal, from_base64url, read_id, write_id};
use crate::token_key::{MAC_LEN, Purpose, TokenKey};

/// A refresh token that is known to be ours: its MAC was checked before anything was read.
///
/// On the wire: base64url of `version ‖ key id ‖ session id ‖ generation ‖ HMAC`. It is a function of the session and
/// the generation, so that the same generation always has the same token and none needs to be stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RefreshToken {
    /// The session that it refreshes.
    pub session: SessionId,
    /// The generation that it was made for.
    pub generation: u32,
}

impl RefreshToken {
    /// Writes the token under the current key; `None` when there is no key yet.
    pub fn issue(&self, keys: &KeySet<TokenKey>) -> Option<Secret> {
        let key = keys.current()?;
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.push(VERSION);
        bytes.extend_from_slice(&read_id(TokenKey::PREFIX, &key.kid)?);
        bytes.extend_from_slice(&self.session.0);
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        let mac = key.material.authenticate(Purpose::RefreshToken, &bytes);
        bytes.extend_from_slice(&mac);
        Some(Secret::new(base64url(&bytes)))
    }

    /// Reads a token that one of `keys` made; `None` for anything forged, altered, truncated or of a retired key.
    pub fn verify(token: &str, keys: &KeySet<TokenKey>) -> Option<Self> {
        let bytes: [u8; LENGTH] = from_base64url(token)?.try_into().ok()?;
        let (message, mac) = bytes.split_at(LENGTH - MAC_LEN);
        let (head, generation) = message.split_at(1 + 16 + 16);
        let (version_and_key, session) = head.split_at(1 + 16);
        let (version, key_id) = version_and_key.split_first()?;
        let key = keys.find(&write_id(TokenKey::PREFIX, key_id.try_into().ok()?))?;
        if *version != VERSION || !equal(&key.material.authenticate(Purpose::RefreshToken, message), mac) {
            return None;
        }
        Some(Self {
            session: SessionId(session.try_into().ok()?),
            generation: u32::from_be_bytes(generation.try_into().ok()?),
        })
    }
}

const VERSION: u8 = 1;
const LENGTH: usize = 1 + 16 + 16 + 4 + MAC_LEN;

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> KeySet<TokenKey> {
        KeySet::sample(TokenKey::generate)
    }

    #[test]
    fn a_refresh_token_reads_back_as_it_was_issued() {
        let (token, keys) = (RefreshToken { session: SessionId([7; 16]), generation: 3 }, keys());
        assert_eq!(RefreshToken::verify(token.issue(&keys).unwrap().reveal(), &keys), Some(token));
    }

    #[test]
    fn one_generation_always_has_the_same_token() {
        let (token, keys) = (RefreshToken { session: SessionId([7; 16]), generation: 3 }, keys());
        assert_eq!(token.issue(&keys), token.issue(&keys));
    }

    #[test]
    fn a_token_with_any_byte_changed_is_not_ours() {
        let keys = keys();
        let token = RefreshToken { session: SessionId([7; 16]), generation: 3 }.issue(&keys).unwrap();
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
        let token = RefreshToken { session: SessionId([7; 16]), generation: 3 }.issue(&keys()).unwrap();
        assert_eq!(RefreshToken::verify(token.reveal(), &keys()), None);
    }
}
