//! ID tokens, and userinfo that is signed like one: a signature by the provider's own key, or by our secret where its row
//! says so, and every claim that OpenID Connect Core sections 3.1.3.7 and 5.3.4 ask for.

use std::time::Duration;

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::keys::signing_key::signature_only;
use crate::secret::{Secret, from_base64url};

/// An ID token whose header was read and whose signature nobody has checked yet.
#[derive(Debug)]
pub struct Unverified<'a> {
    token: &'a str,
    algorithm: Algorithm,
    kid: Option<String>,
}

/// What a token must be signed with.
#[derive(Clone, Copy, Debug)]
pub enum IdTokenKey<'a> {
    /// A key that the other side publishes.
    Published(&'a Jwk),
    /// A secret that both sides have.
    Shared(&'a Secret),
}

/// What the token must say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The issuer; `{tenantid}` in it stands for the token's own tenant.
    pub issuer: &'a str,
    /// Another spelling of the issuer that is as good.
    pub issuer_alias: Option<&'a str>,
    /// The only tenant that counts, where there is one.
    pub tenant: Option<&'a str>,
    /// The only hosted domain (`hd`) that counts, where there is one.
    pub hosted_domain: Option<&'a str>,
    /// Our client id.
    pub client_id: &'a str,
    /// The nonce of this sign-in.
    pub nonce: &'a str,
}

/// What is wrong with a token, for the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IdTokenError(pub &'static str);

impl<'a> Unverified<'a> {
    /// Reads the header. Keys and key addresses in it (`jwk`, `jku`, `x5c`, `x5u`) are never looked at.
    ///
    /// # Errors
    ///
    /// When it is no signed JWT, asks for an extension (`crit`), or names an algorithm that the provider is not pinned to.
    pub fn parse(token: &'a str, pinned: &[Algorithm]) -> Result<Self, IdTokenError> {
        // RFC 7516 section 3.1.
        if token.split('.').count() == 5 {
            return Err(IdTokenError(
                "it is encrypted (JWE): have the provider sign it for this client, and not encrypt it",
            ));
        }
        let header = token.split('.').next().and_then(from_base64url).ok_or(IdTokenError("not a JWT"))?;
        let header: Map<String, Value> =
            serde_json::from_slice(&header).map_err(|_| IdTokenError("the header is not JSON"))?;
        if header.contains_key("crit") {
            return Err(IdTokenError("the header asks for extensions"));
        }
        let algorithm = header.get("alg").and_then(Value::as_str).and_then(|name| name.parse().ok());
        let algorithm = algorithm
            .filter(|algorithm| pinned.contains(algorithm))
            .ok_or(IdTokenError("alg is not the provider's"))?;
        let kid = match header.get("kid") {
            None => None,
            Some(Value::String(kid)) => Some(kid.clone()),
            Some(_) => return Err(IdTokenError("kid is not a string")),
        };
        Ok(Self { token, algorithm, kid })
    }

    /// Whether it is authenticated with a secret that both sides have, and not signed.
    pub fn is_by_secret(&self) -> bool {
        is_hmac(self.algorithm)
    }

    /// The provider's key that must have signed the token: the one that it names or, where it names none, the only one.
    pub fn key<'k>(&self, keys: &'k [Jwk]) -> Option<&'k Jwk> {
        let mut fitting = keys.iter().filter(|key| {
            let named = self.kid.is_none() || key.common.key_id == self.kid;
            // A key's `alg` also covers encryption; comparing names keeps those apart.
            let for_algorithm =
                key.common.key_algorithm.is_none_or(|alg| alg.to_string() == format!("{:?}", self.algorithm));
            named && for_algorithm
        });
        let key = fitting.next()?;
        (self.kid.is_some() || fitting.next().is_none()).then_some(key)
    }

    /// Checks the signature with `key`, then every claim.
    ///
    /// # Errors
    ///
    /// The first lie that is found.
    pub fn verify(
        &self,
        key: IdTokenKey<'_>,
        expected: &Expected<'_>,
        now: Timestamp,
    ) -> Result<Map<String, Value>, IdTokenError> {
        let claims = self.signed(key)?;
        verify_claims(&claims, expected, now)?;
        Ok(claims)
    }

    /// Checks the signature of userinfo with `key`, then who says it to whom (OpenID Connect Core section 5.3.2). Of whom it
    /// speaks is for the caller to compare.
    ///
    /// # Errors
    ///
    /// The first lie that is found.
    pub fn verify_userinfo(
        &self,
        key: IdTokenKey<'_>,
        expected: &Expected<'_>,
        now: Timestamp,
    ) -> Result<Map<String, Value>, IdTokenError> {
        let claims = self.signed(key)?;
        verify_parties(&claims, expected)?;
        verify_times(&claims, now)?;
        Ok(claims)
    }

    /// What is signed with `key`. Nobody has verified the claims yet.
    pub(super) fn signed(&self, key: IdTokenKey<'_>) -> Result<Map<String, Value>, IdTokenError> {
        let key = match key {
            IdTokenKey::Published(key) => {
                DecodingKey::from_jwk(key).map_err(|_| IdTokenError("the key is not usable"))?
            }
            IdTokenKey::Shared(secret) => DecodingKey::from_secret(secret.reveal().as_bytes()),
        };
        let decoded = jsonwebtoken::decode::<Map<String, Value>>(self.token, &key, &signature_only(self.algorithm));
        decoded.map(|token| token.claims).map_err(|_| IdTokenError("the signature does not verify"))
    }
}

/// Judges the claims of a token whose signature is known to be good.
fn verify_claims(claims: &Map<String, Value>, expected: &Expected<'_>, now: Timestamp) -> Result<(), IdTokenError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    verify_parties(claims, expected)?;
    if expected.hosted_domain.is_some_and(|only| text("hd") != Some(only)) {
        return Err(IdTokenError("hd is not the hosted domain"));
    }
    for (name, problem) in [("exp", "exp is missing"), ("iat", "iat is missing")] {
        if !claims.contains_key(name) {
            return Err(IdTokenError(problem));
        }
    }
    verify_times(claims, now)?;
    if text("nonce") != Some(expected.nonce) {
        return Err(IdTokenError("nonce is not this sign-in's"));
    }
    match text("sub") {
        Some(subject) if (1..=MAX_SUBJECT).contains(&subject.len()) => Ok(()),
        _ => Err(IdTokenError("sub is not a string of 1 to 255 bytes")),
    }
}

/// Who says it, and to whom.
fn verify_parties(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), IdTokenError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let issuer = text("iss").ok_or(IdTokenError("iss is missing"))?;
    let fits = match expected.issuer.split_once(TENANT_ID) {
        None => issuer == expected.issuer || Some(issuer) == expected.issuer_alias,
        Some((before, after)) => {
            let tenant =
                text("tid").filter(|tenant| is_tenant_id(tenant)).ok_or(IdTokenError("tid is not a tenant's id"))?;
            if expected.tenant.is_some_and(|only| only != tenant) {
                return Err(IdTokenError("tid is another tenant"));
            }
            issuer == format!("{before}{tenant}{after}")
        }
    };
    if !fits {
        return Err(IdTokenError("iss is another issuer"));
    }
    match claims.get("aud") {
        Some(Value::String(audience)) if audience == expected.client_id => {}
        Some(Value::Array(audiences)) if audiences.iter().any(|audience| audience == expected.client_id) => {
            if audiences.len() > 1 && !claims.contains_key("azp") {
                return Err(IdTokenError("several audiences and no azp"));
            }
        }
        _ => return Err(IdTokenError("aud is not us")),
    }
    if claims.get("azp").is_some_and(|party| party != expected.client_id) {
        return Err(IdTokenError("azp is not us"));
    }
    Ok(())
}

/// The times that it names.
fn verify_times(claims: &Map<String, Value>, now: Timestamp) -> Result<(), IdTokenError> {
    if moment(claims, "exp")?.is_some_and(|end| end + LEEWAY <= now) {
        return Err(IdTokenError("expired"));
    }
    if moment(claims, "iat")?.is_some_and(|issued| issued > now + LEEWAY) {
        return Err(IdTokenError("iat is in the future"));
    }
    if moment(claims, "nbf")?.is_some_and(|not_before| not_before > now + LEEWAY) {
        return Err(IdTokenError("nbf is in the future"));
    }
    Ok(())
}

/// The time claim `name`, if there is one.
pub(super) fn moment(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, IdTokenError> {
    match claims.get(name) {
        None => Ok(None),
        // A NumericDate may have a fraction (RFC 7519 section 2).
        Some(value) => {
            let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64));
            seconds
                .map(|seconds| Some(Timestamp::from_seconds(seconds)))
                .ok_or(IdTokenError("a time claim is not a number"))
        }
    }
}

/// Whether this is an id of a Microsoft tenant, which stands in the claim `tid` as well.
pub(super) fn is_tenant_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// What stands for a token's own tenant in an issuer.
pub(super) const TENANT_ID: &str = "{tenantid}";

/// Whether this is an HMAC, whose key is a secret.
pub(super) const fn is_hmac(algorithm: Algorithm) -> bool {
    min_secret(algorithm).is_some()
}

/// How many bytes the key of an HMAC has at least: as many as its hash (RFC 7518 section 3.2). `None` for signatures.
pub(super) const fn min_secret(algorithm: Algorithm) -> Option<usize> {
    match algorithm {
        Algorithm::HS256 => Some(MIN_SECRET),
        Algorithm::HS384 => Some(48),
        Algorithm::HS512 => Some(64),
        _ => None,
    }
}

/// The least for HS256.
pub(super) const MIN_SECRET: usize = 32;

/// The longest subject (OpenID Connect Core section 2).
pub const MAX_SUBJECT: usize = 255;

/// How far a provider's clock may be from ours.
pub(super) const LEEWAY: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
    const EXPECTED: Expected<'_> = Expected {
        issuer: "https://idp.example",
        issuer_alias: Some("idp.example"),
        tenant: None,
        hosted_domain: None,
        client_id: "us",
        nonce: "n1",
    };

    /// An honest token with one claim replaced, or taken away by `null`.
    fn verified(claim: &str, value: Value) -> Result<(), IdTokenError> {
        let mut claims = json!({
            "iss": "https://idp.example", "aud": "us", "sub": "s1", "nonce": "n1",
            "iat": 1_000_000, "exp": 1_000_300,
        });
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(claim),
            value => claims.as_object_mut().unwrap().insert(claim.to_owned(), value),
        };
        verify_claims(claims.as_object().unwrap(), &EXPECTED, NOW)
    }

    #[test]
    fn an_honest_token_is_believed() {
        for (claim, value) in [
            ("unknown", json!({"any": "thing"})),
            ("aud", json!(["us"])),
            ("azp", json!("us")),
            ("iss", json!("idp.example")),
            ("exp", json!(1_000_000.5)),
            ("exp", json!(999_941)),
            ("iat", json!(1_000_060)),
            ("nbf", json!(1_000_060)),
            ("sub", json!("s".repeat(255))),
        ] {
            assert_eq!(verified(claim, value.clone()), Ok(()), "{claim} = {value}");
        }
    }

    #[test]
    fn every_claim_is_judged() {
        for (claim, value, lie) in [
            ("iss", json!(null), "iss is missing"),
            ("iss", json!("https://idp.example/"), "iss is another issuer"),
            ("aud", json!(null), "aud is not us"),
            ("aud", json!("them"), "aud is not us"),
            ("aud", json!(["them"]), "aud is not us"),
            ("aud", json!(["us", "them"]), "several audiences and no azp"),
            ("azp", json!("them"), "azp is not us"),
            ("azp", json!(7), "azp is not us"),
            ("exp", json!(null), "exp is missing"),
            ("exp", json!("1000300"), "a time claim is not a number"),
            ("exp", json!(999_940), "expired"),
            ("iat", json!(null), "iat is missing"),
            ("iat", json!("1000000"), "a time claim is not a number"),
            ("iat", json!(1_000_061), "iat is in the future"),
            ("nbf", json!(1_000_061), "nbf is in the future"),
            ("nbf", json!("soon"), "a time claim is not a number"),
            ("nonce", json!(null), "nonce is not this sign-in's"),
            ("nonce", json!("n2"), "nonce is not this sign-in's"),
            ("nonce", json!(1), "nonce is not this sign-in's"),
            ("sub", json!(null), "sub is not a string of 1 to 255 bytes"),
            ("sub", json!(""), "sub is not a string of 1 to 255 bytes"),
            ("sub", json!(7), "sub is not a string of 1 to 255 bytes"),
            ("sub", json!("s".repeat(256)), "sub is not a string of 1 to 255 bytes"),
        ] {
            assert_eq!(verified(claim, value.clone()), Err(IdTokenError(lie)), "{claim} = {value}");
        }
    }

    #[test]
    fn an_encrypted_token_is_refused_by_name() {
        let header = crate::secret::base64url(br#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#);
        let Err(IdTokenError(problem)) = Unverified::parse(&format!("{header}.k.i.c.t"), &[Algorithm::RS256]) else {
            panic!()
        };
        assert!(problem.starts_with("it is encrypted (JWE)"), "{problem}");
    }

    #[test]
    fn signed_userinfo_says_who_says_it_and_to_whom_and_need_not_say_when() {
        let secret = Secret::new("s".repeat(32));
        let key = jsonwebtoken::EncodingKey::from_secret(secret.reveal().as_bytes());
        let told = |claims: Value| {
            let token = jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key).unwrap();
            let unverified = Unverified::parse(&token, &[Algorithm::HS256]).unwrap();
            unverified.verify_userinfo(IdTokenKey::Shared(&secret), &EXPECTED, NOW).map(drop)
        };
        let iss = "https://idp.example";
        assert_eq!(told(json!({"iss": iss, "aud": "us", "sub": "s1"})), Ok(()));
        for (claims, lie) in [
            (json!({"aud": "us", "sub": "s1"}), "iss is missing"),
            (json!({"iss": iss, "sub": "s1"}), "aud is not us"),
            (json!({"iss": iss, "aud": "them", "sub": "s1"}), "aud is not us"),
            (json!({"iss": iss, "aud": "us", "exp": 999_940}), "expired"),
        ] {
            assert_eq!(told(claims), Err(IdTokenError(lie)));
        }
    }

    #[test]
    fn only_people_of_the_hosted_domain_come_in_where_there_is_one() {
        let verified = |hd: Value, only: Option<&str>| {
            let claims = json!({
                "iss": "https://idp.example", "aud": "us", "sub": "s1", "nonce": "n1",
                "iat": 1_000_000, "exp": 1_000_300, "email": "ada@corp.example", "hd": hd,
            });
            verify_claims(claims.as_object().unwrap(), &Expected { hosted_domain: only, ..EXPECTED }, NOW)
        };
        let only = Some("corp.example");
        assert_eq!(verified(json!("corp.example"), only), Ok(()));
        for hd in [json!(null), json!(""), json!("other.example"), json!("a.corp.example"), json!(["corp.example"])] {
            assert_eq!(verified(hd.clone(), only), Err(IdTokenError("hd is not the hosted domain")), "{hd}");
            assert_eq!(verified(hd, None), Ok(()));
        }
    }

    #[test]
    fn an_issuer_of_many_tenants_is_filled_with_the_tokens_own() {
        let (ours, theirs) = ("11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555");
        let verified = |tid: &str, iss: &str, only: Option<&str>| {
            let issuer = "https://login.example/{tenantid}/v2.0";
            let expected = Expected { issuer, issuer_alias: None, tenant: only, ..EXPECTED };
            let claims = json!({
                "iss": format!("https://login.example/{iss}/v2.0"), "tid": tid, "aud": "us", "sub": "s1",
                "nonce": "n1", "iat": 1_000_000, "exp": 1_000_300,
            });
            verify_claims(claims.as_object().unwrap(), &expected, NOW)
        };
        assert_eq!(verified(ours, ours, None), Ok(()));
        assert_eq!(verified(ours, ours, Some(ours)), Ok(()));
        assert_eq!(verified(ours, theirs, None), Err(IdTokenError("iss is another issuer")));
        assert_eq!(verified(theirs, theirs, Some(ours)), Err(IdTokenError("tid is another tenant")));
        assert_eq!(verified("{tenantid}", "{tenantid}", None), Err(IdTokenError("tid is not a tenant's id")));
    }
}
