//! The providers' signing key, their client's secret, and the client's own key; made once and kept with the data.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock;
use crate::failure::{Context, Failure, Result};
use crate::files;
use crate::options::DataLocation;
use crate::random;

/// Whose key the client's own one is, as Apple calls it.
pub const TEAM_ID: &str = "TEAM123456";
/// The name of that key.
pub const TEAM_KEY_ID: &str = "KEY7890123";
/// Apple takes no secret that is good for longer than six months.
const MAX_LIFETIME: u64 = 15_777_000;

/// Keys and secret.
pub struct MockKeys {
    /// The secret that the client authenticates with.
    pub client_secret: String,
    key: KeyPair,
    /// PKCS #8.
    team_key: Vec<u8>,
    team_public: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredKeys {
    client_secret: String,
    /// PKCS #8 in base64.
    key: String,
    /// PKCS #8 in base64.
    team_key: String,
}

impl MockKeys {
    /// Reads them, or makes and keeps new ones.
    pub fn open(data: &DataLocation) -> Result<Self> {
        let what = "the key of the mock providers";
        let file = data.file("mock-providers.json");
        let kept: StoredKeys = match &file {
            Some(file) if file.exists() => {
                serde_json::from_slice(&std::fs::read(file).context(file.display())?).context(file.display())?
            }
            _ => {
                let key = KeyPair::generate(KeySize::Rsa2048).context(what)?.as_der().context(what)?;
                let team_key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).context(what)?;
                let team_key = team_key.to_pkcs8v1().context(what)?;
                StoredKeys {
                    client_secret: random::token()?,
                    key: STANDARD.encode(key.as_ref()),
                    team_key: STANDARD.encode(team_key.as_ref()),
                }
            }
        };
        if let Some(file) = file.filter(|file| !file.exists()) {
            files::write_private(&file, json!(kept).to_string().as_bytes())?;
        }
        let key = STANDARD.decode(&kept.key).context(what)?;
        let team_key = STANDARD.decode(&kept.team_key).context(what)?;
        let team_pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &team_key).context(what)?;
        Ok(Self {
            client_secret: kept.client_secret,
            key: KeyPair::from_pkcs8(&key).context(what)?,
            team_public: team_pair.public_key().as_ref().to_vec(),
            team_key,
        })
    }

    /// The client's own key, as Apple hands it out.
    pub fn team_pem(&self) -> String {
        let text = STANDARD.encode(&self.team_key);
        let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
    }

    /// Whether `secret` is a JWT under the client's own key, as Apple wants it: of our team and client, for Apple, and
    /// good now.
    pub fn is_minted(&self, secret: &str, client_id: &str) -> bool {
        let part = |part: Option<&str>| URL_SAFE_NO_PAD.decode(part.unwrap_or_default()).unwrap_or_default();
        let mut parts = secret.split('.');
        let [header, claims, signature] = [part(parts.next()), part(parts.next()), part(parts.next())];
        let message = secret.rsplit_once('.').map_or("", |(message, _)| message);
        let signed = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.team_public)
            .verify(message.as_bytes(), &signature)
            .is_ok();
        let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
        let (header, claims) = (json(&header), json(&claims));
        let now = clock::since_epoch().as_secs();
        let lives = claims["exp"].as_u64().is_some_and(|end| (now..=now + MAX_LIFETIME).contains(&end));
        signed
            && lives
            && (&header["alg"], &header["kid"]) == (&json!("ES256"), &json!(TEAM_KEY_ID))
            && (&claims["iss"], &claims["sub"]) == (&json!(TEAM_ID), &json!(client_id))
            && claims["aud"] == "https://appleid.apple.com"
    }

    /// The public key as a set.
    pub fn jwks(&self, names_algorithm: bool) -> Value {
        let public = self.key.public_key();
        let encode =
            |number: aws_lc_rs::io::Positive<'_>| URL_SAFE_NO_PAD.encode(number.big_endian_without_leading_zero());
        let mut key = json!({
            "kty": "RSA",
            "use": "sig",
            "kid": self.id(),
            "n": encode(public.modulus()),
            "e": encode(public.exponent()),
        });
        if names_algorithm {
            key["alg"] = json!("RS256");
        }
        json!({ "keys": [key] })
    }

    /// A JWT with these claims.
    pub fn sign(&self, claims: &Value) -> Result<String> {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.id()});
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encode(&header), encode(claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &random::generator(), message.as_bytes(), &mut signature)
            .map_err(|_| Failure::new("a mock provider could not sign"))?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn id(&self) -> String {
        random::hex(&digest(&SHA256, self.key.public_key().as_ref()).as_ref()[..8])
    }
}
