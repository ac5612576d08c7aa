//! Provider metadata (OpenID Connect Discovery 1.0, RFC 8414): where an issuer's endpoints are and what it signs with.

use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

use super::exchange::Endpoints;
use super::id_token::is_hmac;

/// An OpenID provider's endpoints and promises.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// The authorization endpoint.
    pub authorize_url: String,
    /// The token endpoint.
    pub token_url: String,
    /// The userinfo endpoint, where there is one.
    pub userinfo_url: Option<String>,
    /// The JSON Web Key Set.
    pub jwks_url: String,
    /// What it signs ID tokens with. Nothing else is accepted.
    pub algorithms: Vec<Algorithm>,
    /// Whether it promises `iss` in every callback (RFC 9207 section 3).
    pub sends_issuer: bool,
}

/// What a row knows without asking.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The authorization endpoint.
    pub authorize_url: Option<String>,
    /// The token endpoint.
    pub token_url: Option<String>,
    /// The userinfo endpoint.
    pub userinfo_url: Option<String>,
    /// The JSON Web Key Set.
    pub jwks_url: Option<String>,
    /// What ID tokens are signed with.
    pub algorithms: Option<Vec<Algorithm>>,
}

impl Metadata {
    /// The two OAuth endpoints.
    pub fn endpoints(&self) -> Endpoints<'_> {
        Endpoints { authorize_url: &self.authorize_url, token_url: &self.token_url }
    }
}

impl Known {
    /// The metadata, when the row knows all of it and nothing needs to be asked.
    pub fn complete(&self) -> Option<Metadata> {
        Some(Metadata {
            authorize_url: self.authorize_url.clone()?,
            token_url: self.token_url.clone()?,
            userinfo_url: self.userinfo_url.clone(),
            jwks_url: self.jwks_url.clone()?,
            algorithms: self.algorithms.clone()?,
            sends_issuer: false,
        })
    }
}

/// Where an issuer publishes its metadata (OpenID Connect Discovery section 4).
pub fn metadata_url(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

/// Reads an issuer's metadata document.
///
/// # Errors
///
/// When the document is not the issuer's own (section 4.3), or lacks an endpoint.
pub fn read_document(document: &[u8], issuer: &str) -> Result<Document, String> {
    let document: Document = serde_json::from_slice(document).map_err(|error| format!("metadata: {error}"))?;
    if document.issuer != issuer {
        return Err(format!("metadata names the issuer {:?} instead of {issuer:?}", document.issuer));
    }
    Ok(document)
}

impl Document {
    /// The metadata for one row: what it knows wins over what the issuer publishes. Another row of the same issuer may
    /// know better, so that this is made anew for each use.
    ///
    /// # Errors
    ///
    /// When no signature that is safe is offered.
    pub fn metadata(&self, known: &Known) -> Result<Metadata, String> {
        let algorithms: Vec<Algorithm> = known.algorithms.clone().unwrap_or_else(|| {
            self.id_token_signing_alg_values_supported.iter().filter_map(|name| asymmetric(name)).collect()
        });
        if algorithms.is_empty() {
            return Err("metadata offers no asymmetric signature for ID tokens".to_owned());
        }
        let or = |known: &Option<String>, published: &String| known.as_ref().unwrap_or(published).clone();
        Ok(Metadata {
            authorize_url: or(&known.authorize_url, &self.authorization_endpoint),
            token_url: or(&known.token_url, &self.token_endpoint),
            userinfo_url: known.userinfo_url.as_ref().or(self.userinfo_endpoint.as_ref()).cloned(),
            jwks_url: or(&known.jwks_url, &self.jwks_uri),
            algorithms,
            sends_issuer: self.authorization_response_iss_parameter_supported,
        })
    }
}

/// Reads a JSON Web Key Set (RFC 7517 section 5): the keys for signatures, without those of a kind that we do not know.
///
/// # Errors
///
/// When it is not a key set.
pub fn read_key_set(document: &[u8]) -> Result<Vec<Jwk>, String> {
    let document: KeyDocument = serde_json::from_slice(document).map_err(|error| format!("key set: {error}"))?;
    let for_signatures = |key: &Jwk| {
        let use_fits = key.common.public_key_use.as_ref().is_none_or(|use_| *use_ == PublicKeyUse::Signature);
        use_fits && DecodingKey::from_jwk(key).is_ok()
    };
    let keys = document.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    Ok(keys.filter(for_signatures).collect())
}

/// What an issuer publishes about itself, the same for every row.
#[derive(Debug, Deserialize)]
pub struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: Option<String>,
    jwks_uri: String,
    #[serde(default)]
    id_token_signing_alg_values_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct KeyDocument {
    keys: Vec<serde_json::Value>,
}

/// Never `none`, and never an HMAC, whose key the public half of a pair could be passed off as.
fn asymmetric(name: &str) -> Option<Algorithm> {
    let algorithm: Algorithm = name.parse().ok()?;
    (!is_hmac(algorithm)).then_some(algorithm)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://idp.example";

    fn document() -> serde_json::Value {
        json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://idp.example/auth",
            "token_endpoint": "https://idp.example/token",
            "jwks_uri": "https://idp.example/jwks",
            "id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "ES256", "unheard-of"],
        })
    }

    fn read(document: &serde_json::Value, known: &Known) -> Result<Metadata, String> {
        read_document(document.to_string().as_bytes(), ISSUER)?.metadata(known)
    }

    #[test]
    fn only_asymmetric_algorithms_are_pinned() {
        let metadata = read(&document(), &Known::default()).unwrap();
        assert_eq!(metadata.algorithms, [Algorithm::RS256, Algorithm::ES256]);
    }

    #[test]
    fn metadata_of_another_issuer_is_refused() {
        let mut document = document();
        document["issuer"] = json!("https://idp.example/");
        assert!(read(&document, &Known::default()).unwrap_err().contains("instead of"));
    }

    #[test]
    fn metadata_that_offers_only_unsafe_signatures_is_refused() {
        let mut document = document();
        document["id_token_signing_alg_values_supported"] = json!(["none", "HS256"]);
        assert!(read(&document, &Known::default()).is_err());
    }

    #[test]
    fn what_the_row_says_wins() {
        let known = Known { token_url: Some("https://proxy.example/token".into()), ..Known::default() };
        assert_eq!(read(&document(), &known).unwrap().token_url, "https://proxy.example/token");
    }

    #[test]
    fn keys_for_encryption_and_of_unknown_kinds_are_left_out() {
        let keys = json!({"keys": [
            {"kty": "RSA", "kid": "1", "use": "enc", "n": "AQAB", "e": "AQAB"},
            {"kty": "XYZ", "kid": "2"},
            {"kty": "RSA", "kid": "3", "n": "AQAB", "e": "AQAB"},
        ]});
        let kept = read_key_set(keys.to_string().as_bytes()).unwrap();
        assert_eq!(kept.iter().map(|key| key.common.key_id.as_deref()).collect::<Vec<_>>(), [Some("3")]);
    }
}
