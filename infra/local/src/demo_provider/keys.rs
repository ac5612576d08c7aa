//! The provider's signing key and its client's secret, made once and kept with the data.

use crate::failure::{Context, Failure, Result};
use crate::files;
use crate::options::Data;
use crate::random;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Key and secret.
pub struct Keys {
    /// The secret that the client authenticates with.
    pub client_secret: String,
    key: KeyPair,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    client_secret: String,
    /// PKCS #8 in base64.
    key: String,
}

impl Keys {
    /// Reads them, or makes and keeps new ones.
    pub fn open(data: &Data) -> Result<Self> {
        let what = "the demo provider's key";
        let file = data.file("demo-provider.json");
        let kept: Kept = match &file {
            Some(file) if file.exists() => {
                serde_json::from_slice(&std::fs::read(file).context(file.display())?).context(file.display())?
            }
            _ => {
                let key = KeyPair::generate(KeySize::Rsa2048).context(what)?.as_der().context(what)?;
                Kept { client_secret: random::token()?, key: STANDARD.encode(key.as_ref()) }
            }
        };
        if let Some(file) = file.filter(|file| !file.exists()) {
            files::write_private(&file, json!(kept).to_string().as_bytes())?;
        }
        let key = STANDARD.decode(&kept.key).context(what)?;
        Ok(Self { client_secret: kept.client_secret, key: KeyPair::from_pkcs8(&key).context(what)? })
    }

    /// The public key as a set.
    pub fn jwks(&self) -> Value {
        let public = self.key.public_key();
        let encode =
            |number: aws_lc_rs::io::Positive<'_>| URL_SAFE_NO_PAD.encode(number.big_endian_without_leading_zero());
        json!({"keys": [{
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.id(),
            "n": encode(public.modulus()),
            "e": encode(public.exponent()),
        }]})
    }

    /// A JWT with these claims.
    pub fn sign(&self, claims: &Value) -> Result<String> {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.id()});
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encode(&header), encode(claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &random::generator(), message.as_bytes(), &mut signature)
            .map_err(|_| Failure::new("the demo provider could not sign"))?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn id(&self) -> String {
        random::hex(&digest(&SHA256, self.key.public_key().as_ref()).as_ref()[..8])
    }
}
