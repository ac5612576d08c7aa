//! Tokens made by hand, because a library that makes only valid ones cannot lie.

use std::sync::LazyLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    UnparsedPublicKey,
};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::{Value, json};

/// What an ID token is signed with.
#[derive(Clone)]
pub enum Signer {
    Rsa(&'static RsaKeyPair),
    Curve,
    Secret(Vec<u8>),
    Nothing,
}

/// The key that honest providers publish as `first`.
pub static FIRST: LazyLock<RsaKeyPair> = LazyLock::new(new_key);
/// The key that a provider turns to later, as `second`.
pub static SECOND: LazyLock<RsaKeyPair> = LazyLock::new(new_key);
/// A key that no provider publishes.
pub static STRANGER: LazyLock<RsaKeyPair> = LazyLock::new(new_key);
/// The elliptic key that honest providers publish as `curve`.
pub static CURVE: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());

/// The key that we registered with Apple, and wherever a client shows a key.
pub static TEAM: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());

fn new_key() -> RsaKeyPair {
    RsaKeyPair::generate(KeySize::Rsa2048).unwrap()
}

pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// A signed token with exactly this header and these claims.
pub fn token(header: &Value, claims: &Value, signer: &Signer) -> String {
    let message = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
    let signature = match signer {
        Signer::Rsa(key) => {
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
            signature
        }
        Signer::Curve => CURVE.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec(),
        Signer::Secret(secret) => {
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes()).as_ref().to_vec()
        }
        Signer::Nothing => Vec::new(),
    };
    format!("{message}.{}", base64url(signature))
}

/// The public half of a key as a JWK for signatures.
pub fn jwk(kid: &str, key: &RsaKeyPair) -> Value {
    // The DER of a 2048-bit key always has its modulus here, and ends in the exponent 65537.
    let der = key.public_key().as_ref();
    let (modulus, exponent) = (&der[9..265], &der[der.len() - 3..]);
    json!({ "kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": base64url(modulus), "e": base64url(exponent) })
}

pub fn curve_jwk() -> Value {
    elliptic_jwk("curve", &CURVE)
}

/// The public half of a key on P-256.
pub fn elliptic_jwk(kid: &str, key: &EcdsaKeyPair) -> Value {
    let point = key.public_key().as_ref();
    let (x, y) = (base64url(&point[1..33]), base64url(&point[33..]));
    json!({ "kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", "alg": "ES256", "x": x, "y": y })
}

/// The public key as PEM, the way a confused verifier would hold it.
pub fn pem(key: &RsaKeyPair) -> String {
    armoured("PUBLIC KEY", key.public_key().as_der().unwrap().as_ref())
}

/// The private key as PEM, the way Apple hands it out.
pub fn private_pem(key: &EcdsaKeyPair) -> String {
    armoured("PRIVATE KEY", key.to_pkcs8v1().unwrap().as_ref())
}

fn armoured(label: &str, der: &[u8]) -> String {
    let body = base64::prelude::BASE64_STANDARD.encode(der);
    let lines: Vec<_> = body.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// Whether a token carries an ES256 signature by this key.
pub fn is_signed_by(token: &str, key: &EcdsaKeyPair) -> bool {
    let Some((message, signature)) = token.rsplit_once('.') else {
        return false;
    };
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref());
    BASE64_URL_SAFE_NO_PAD
        .decode(signature)
        .is_ok_and(|signature| public.verify(message.as_bytes(), &signature).is_ok())
}

/// One JSON part of a token, unverified: 0 is the header, 1 the claims.
fn part_of(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap_or_else(|| panic!("{token} is no JWT"));
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

pub fn header_of(token: &str) -> Value {
    part_of(token, 0)
}

pub fn claims_of(token: &str) -> Value {
    part_of(token, 1)
}
