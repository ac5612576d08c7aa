//! Signing keys and their public halves, and the JWTs that they sign (RFC 7515, RFC 7517).

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::Unauthenticated;
use crate::keys::{KeySet, Material};
use crate::secret::{Secret, base64url};

/// The public half of a key and the one algorithm that it is used with.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct VerifyingKey {
    /// The algorithm (RFC 7518 section 3.1).
    pub alg: Algorithm,
    /// The key, as it is published.
    pub jwk: Jwk,
}

/// A private key and its public half.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(try_from = "WrittenKey")]
pub struct SigningKey {
    /// The public half.
    #[serde(flatten)]
    pub public: VerifyingKey,
    /// The private half: PKCS #8 in PEM.
    #[serde(serialize_with = "Secret::serialize_revealed")]
    pub private_key: Secret,
    /// The private half, ready to sign: to parse and check an RSA key takes longer than to sign with it.
    #[serde(skip)]
    pair: Arc<KeyPair>,
}

/// A signing key as it is kept.
#[derive(Deserialize)]
struct WrittenKey {
    #[serde(flatten)]
    public: VerifyingKey,
    private_key: Secret,
}

impl TryFrom<WrittenKey> for SigningKey {
    type Error = CannotSign;

    fn try_from(written: WrittenKey) -> Result<Self, CannotSign> {
        let WrittenKey { public, private_key } = written;
        let pem = pem::parse(private_key.reveal()).map_err(|_| CannotSign::UnusableKey)?;
        let pair = KeyPair::parse(public.alg, pem.contents()).ok_or(CannotSign::UnusableKey)?;
        Ok(Self { public, private_key, pair: Arc::new(pair) })
    }
}

#[derive(Debug)]
enum KeyPair {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl KeyPair {
    fn parse(alg: Algorithm, pkcs8: &[u8]) -> Option<Self> {
        Some(match alg {
            Algorithm::RS256 => Self::Rsa(RsaKeyPair::from_pkcs8(pkcs8).ok()?),
            Algorithm::ES256 => Self::Ecdsa(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).ok()?),
            Algorithm::EdDSA => Self::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8).ok()?),
            _ => return None,
        })
    }

    /// The signature of `message` (RFC 7518 sections 3.3 and 3.4, RFC 8037 section 3.1).
    #[expect(clippy::disallowed_methods, reason = "a signature wants randomness of the library's own kind")]
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map(|()| signature)
            }
            Self::Ecdsa(pair) => pair.sign(&random, message).map(|signature| signature.as_ref().to_vec()),
            Self::Ed25519(pair) => pair.try_sign(message).map(|signature| signature.as_ref().to_vec()),
        }
    }
}

impl Material for VerifyingKey {
    const IS: &str = "a public key in \"jwk\" for its \"alg\", named by its \"kid\"";

    fn fits(&self, kid: &str) -> bool {
        let (algorithm, of_kind) = match self.alg {
            Algorithm::RS256 => (KeyAlgorithm::RS256, matches!(self.jwk.algorithm, AlgorithmParameters::RSA(_))),
            Algorithm::ES256 => (KeyAlgorithm::ES256, self.is_on(&EllipticCurve::P256)),
            Algorithm::EdDSA => (KeyAlgorithm::EdDSA, self.is_on(&EllipticCurve::Ed25519)),
            _ => return false,
        };
        let named = self.jwk.common.key_id.as_deref() == Some(kid);
        named && of_kind && self.jwk.common.key_algorithm == Some(algorithm) && DecodingKey::from_jwk(&self.jwk).is_ok()
    }
}

impl Material for SigningKey {
    const IS: &str =
        "a private key in \"private_key\" with its own public half in \"jwk\", for its \"alg\", named by its \"kid\"";

    fn fits(&self, kid: &str) -> bool {
        let signs = || self.public.claims::<Map<String, Value>>(self.sign("trial", kid, &Map::new()).ok()?.reveal());
        self.public.fits(kid) && signs().is_some()
    }
}

impl VerifyingKey {
    fn is_on(&self, curve: &EllipticCurve) -> bool {
        match &self.jwk.algorithm {
            AlgorithmParameters::EllipticCurve(key) => key.curve == *curve,
            AlgorithmParameters::OctetKeyPair(key) => key.curve == *curve,
            _ => false,
        }
    }

    /// The claims of a token that this key signed.
    fn claims<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        let key = DecodingKey::from_jwk(&self.jwk).ok()?;
        Some(jsonwebtoken::decode::<T>(token, &key, &signature_only(self.alg)).ok()?.claims)
    }
}

impl AsRef<VerifyingKey> for VerifyingKey {
    fn as_ref(&self) -> &VerifyingKey {
        self
    }
}

impl AsRef<VerifyingKey> for SigningKey {
    fn as_ref(&self) -> &VerifyingKey {
        &self.public
    }
}

impl SigningKey {
    /// A fresh key for `alg` and its name, the thumbprint of its public half (RFC 7638).
    ///
    /// # Errors
    ///
    /// When `alg` is not RS256, ES256 or EdDSA, or the key cannot be made.
    pub fn generate(alg: Algorithm) -> Result<(String, Self), CannotSign> {
        let pkcs8 = pkcs8(alg).ok_or(CannotSign::UnusableKey)?;
        let private_key = Secret::new(pem::encode(&pem::Pem::new("PRIVATE KEY", pkcs8)));
        let unusable = |_| CannotSign::UnusableKey;
        let mut jwk = Jwk::from_encoding_key(&encoding_key(alg, &private_key)?, alg).map_err(unusable)?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(unusable)?;
        jwk.common.key_id = Some(kid.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok((kid, Self::try_from(WrittenKey { public: VerifyingKey { alg, jwk }, private_key })?))
    }

    /// Signs `claims` as a JWT of type `typ` (RFC 8725 section 3.11), as the key `kid`.
    fn sign(&self, typ: &str, kid: &str, claims: &impl Serialize) -> Result<Secret, CannotSign> {
        let alg = self.public.alg;
        let header = Header { typ: Some(typ.to_owned()), kid: Some(kid.to_owned()), ..Header::new(alg) };
        let unusable = |_| CannotSign::UnusableKey;
        let header = base64url(&serde_json::to_vec(&header).map_err(unusable)?);
        let claims = base64url(&serde_json::to_vec(claims).map_err(unusable)?);
        let message = format!("{header}.{claims}");
        let signature = self.pair.sign(message.as_bytes()).map_err(|_| CannotSign::UnusableKey)?;
        Ok(Secret::new(format!("{message}.{}", base64url(&signature))))
    }
}

/// Why a token could not be signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CannotSign {
    /// The key set has no current key: `rotate-keys` has not run yet.
    NoCurrentKey,
    /// The key set's private key is not one for its algorithm.
    UnusableKey,
}

impl fmt::Display for CannotSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoCurrentKey => "the signing keys have no current key",
            Self::UnusableKey => "the current signing key does not fit its algorithm",
        })
    }
}

/// The claims of a JWT of type `typ` that is signed with one of our keys.
///
/// # Errors
///
/// `Malformed`, `UnknownKey`, `OtherType` or `BadSignature`.
pub fn signed<T: DeserializeOwned, K: AsRef<VerifyingKey>>(
    typ: &str,
    token: &str,
    keys: &KeySet<K>,
) -> Result<T, Unauthenticated> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| Unauthenticated::Malformed)?;
    let key = header.kid.as_deref().and_then(|kid| keys.find(kid)).ok_or(Unauthenticated::UnknownKey)?;
    if header.typ.as_deref() != Some(typ) {
        return Err(Unauthenticated::OtherType);
    }
    key.material.as_ref().claims(token).ok_or(Unauthenticated::BadSignature)
}

/// Signs `claims` as a JWT of type `typ` with the current key.
pub fn sign(typ: &str, claims: &impl Serialize, keys: &KeySet<SigningKey>) -> Result<Secret, CannotSign> {
    let key = keys.current().ok_or(CannotSign::NoCurrentKey)?;
    key.material.sign(typ, &key.kid, claims)
}

fn pkcs8(alg: Algorithm) -> Option<Vec<u8>> {
    Some(match alg {
        Algorithm::RS256 => {
            let der: Pkcs8V1Der<'_> = RsaKeyPair::generate(KeySize::Rsa2048).ok()?.as_der().ok()?;
            der.as_ref().to_vec()
        }
        Algorithm::ES256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok()?;
            pair.to_pkcs8v1().ok()?.as_ref().to_vec()
        }
        Algorithm::EdDSA => Ed25519KeyPair::generate().ok()?.to_pkcs8v1().ok()?.as_ref().to_vec(),
        _ => return None,
    })
}

fn encoding_key(alg: Algorithm, private_key: &Secret) -> Result<EncodingKey, CannotSign> {
    let pem = private_key.reveal().as_bytes();
    match alg {
        Algorithm::RS256 => EncodingKey::from_rsa_pem(pem),
        Algorithm::ES256 => EncodingKey::from_ec_pem(pem),
        Algorithm::EdDSA => EncodingKey::from_ed_pem(pem),
        _ => return Err(CannotSign::UnusableKey),
    }
    .map_err(|_| CannotSign::UnusableKey)
}

/// Checks the signature and nothing else: claims are checked by our own rules, with our own clock.
pub fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_not_what_its_algorithm_says_is_no_key() {
        let written = |change: fn(&mut Value, &SigningKey)| {
            let (kid, key) = SigningKey::generate(Algorithm::ES256).unwrap();
            let (_, stranger) = SigningKey::generate(Algorithm::ES256).unwrap();
            let mut written = serde_json::to_value(&key).unwrap();
            written.as_object_mut().unwrap().extend([
                ("kid".to_owned(), kid.into()),
                ("state".to_owned(), "current".into()),
                ("since".to_owned(), 1.into()),
            ]);
            change(&mut written, &stranger);
            serde_json::json!({ "keys": [written] }).to_string()
        };
        let good = written(|_, _| {});
        assert!(KeySet::<SigningKey>::parse(&good).is_ok() && KeySet::<VerifyingKey>::parse(&good).is_ok());
        let public: [fn(&mut Value, &SigningKey); 5] = [
            |key, _| key["alg"] = "HS256".into(),
            |key, _| key["alg"] = "RS256".into(),
            |key, _| key["kid"] = "another".into(),
            |key, _| key["jwk"]["crv"] = "P-384".into(),
            |key, _| key["jwk"]["alg"] = "ES384".into(),
        ];
        for change in public {
            let problem = KeySet::<VerifyingKey>::parse(&written(change)).unwrap_err();
            assert_eq!(problem, format!("key 1 (Current) is not {}", VerifyingKey::IS));
            assert!(KeySet::<SigningKey>::parse(&written(change)).is_err());
        }
        let private: [fn(&mut Value, &SigningKey); 3] = [
            |key, _| key["private_key"] = "hunter2".into(),
            |key, stranger| key["private_key"] = stranger.private_key.reveal().into(),
            |key, _| key["private_key"] = "".into(),
        ];
        for change in private {
            let problem = KeySet::<SigningKey>::parse(&written(change)).unwrap_err();
            assert_eq!(problem, format!("key 1 (Current) is not {}", SigningKey::IS));
        }
    }
}
