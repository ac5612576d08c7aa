//! What only one provider wants to be shown: Apple a secret that is minted for one exchange, Facebook a proof that goes
//! with a token.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;

use crate::clock::Timestamp;
use crate::secret::Secret;

/// A key that was registered with Apple.
#[derive(Clone, Debug)]
pub struct AppleKey {
    team_id: String,
    id: String,
    key: EncodingKey,
}

impl AppleKey {
    /// Takes the key `id` of a team: PKCS #8 in PEM, for ES256.
    ///
    /// # Errors
    ///
    /// When it is no such key; what to change.
    pub(super) fn read(team_id: String, id: String, private_key: &Secret) -> Result<Self, String> {
        let key = EncodingKey::from_ec_pem(private_key.reveal().as_bytes())
            .map_err(|_| "privateKey is not an ES256 key (PKCS #8 in PEM)".to_owned())?;
        Ok(Self { team_id, id, key })
    }

    /// A client secret as Apple wants it: a JWT, good for five minutes.
    ///
    /// # Errors
    ///
    /// When the key does not sign; the text is for the log.
    pub fn mint(&self, client_id: &str, now: Timestamp) -> Result<Secret, String> {
        let header = Header { kid: Some(self.id.clone()), ..Header::new(Algorithm::ES256) };
        let claims = json!({
            "iss": self.team_id,
            "sub": client_id,
            "aud": "https://appleid.apple.com",
            "iat": now,
            "exp": now + LIFETIME,
        });
        let secret = jsonwebtoken::encode(&header, &claims, &self.key);
        secret.map(Secret::new).map_err(|error| format!("client secret: {error}"))
    }
}

const LIFETIME: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use jsonwebtoken::DecodingKey;
    use serde_json::Value;

    use super::*;
    use crate::keys::signing_key::{SigningKey, signature_only};

    #[test]
    fn a_minted_secret_says_who_we_are_for_five_minutes() {
        let now = Timestamp::from_seconds(1_000_000);
        let (_, key) = SigningKey::generate(Algorithm::ES256).unwrap();
        let key_of_team = AppleKey::read("TEAM".into(), "KEY".into(), &key.private_key).unwrap();
        let secret = key_of_team.mint("us", now).unwrap();
        let public = DecodingKey::from_jwk(&key.public.jwk).unwrap();
        let read = jsonwebtoken::decode::<Value>(secret.reveal(), &public, &signature_only(Algorithm::ES256)).unwrap();
        let expected = json!({
            "iss": "TEAM", "sub": "us", "aud": "https://appleid.apple.com", "iat": 1_000_000, "exp": 1_000_300,
        });
        assert_eq!((read.header.kid.as_deref(), read.claims), (Some("KEY"), expected));
    }

    #[test]
    fn a_key_of_another_kind_mints_nothing_and_is_not_quoted() {
        let problem = AppleKey::read("T".into(), "K".into(), &Secret::new("hunter2")).unwrap_err();
        assert_eq!(problem, "privateKey is not an ES256 key (PKCS #8 in PEM)");
    }
}
