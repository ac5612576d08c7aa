//! Provider metadata (OpenID Connect Discovery 1.0, RFC 8414): where an issuer's endpoints are and what it signs with.

use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;

use super::client_auth::Offer;
use super::endpoints::Endpoints;
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
    /// What it signs userinfo with, where it does.
    pub userinfo_algorithms: Vec<Algorithm>,
    /// Where requests have to be pushed, where they have (RFC 9126).
    pub push_url: Option<String>,
    /// How it lets clients authenticate.
    pub offer: Offer,
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
    /// The endpoint for pushed authorization requests (RFC 9126).
    pub push_url: Option<String>,
    /// Whether they have to be, whatever the metadata says: a provider may want it of one client only.
    pub push: bool,
}

impl Metadata {
    /// The OAuth endpoints.
    pub fn endpoints(&self) -> Endpoints<'_> {
        Endpoints {
            authorize_url: &self.authorize_url,
            token_url: &self.token_url,
            push_url: self.push_url.as_deref(),
            offer: &self.offer,
        }
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
            userinfo_algorithms: self.algorithms.clone()?,
            push_url: match self.push {
                true => Some(self.push_url.clone()?),
                false => None,
            },
            offer: Offer::UNKNOWN.clone(),
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
    /// When it shows that nobody could sign in; what, and what to change.
    pub fn metadata(&self, known: &Known) -> Result<Metadata, String> {
        needs(&self.response_types_supported, "code", "response_types_supported lacks \"code\": allow the code flow")?;
        let pkce = "code_challenge_methods_supported lacks \"S256\": allow it, because every request uses it";
        needs(&self.code_challenge_methods_supported, "S256", pkce)?;
        let algorithms =
            known.algorithms.clone().unwrap_or_else(|| asymmetric(&self.id_token_signing_alg_values_supported));
        if algorithms.is_empty() {
            let problem = "id_token_signing_alg_values_supported has no asymmetric signature: have ID tokens signed by one, \
                           and not only encrypted, or name the HMAC in the row's algorithms";
            return Err(problem.to_owned());
        }
        let userinfo = asymmetric(&self.userinfo_signing_alg_values_supported);
        let pinned = known.algorithms.is_some() || userinfo.is_empty();
        let userinfo_algorithms = if pinned { algorithms.clone() } else { userinfo };
        let or = |known: &Option<String>, published: &String| known.as_ref().unwrap_or(published).clone();
        Ok(Metadata {
            authorize_url: or(&known.authorize_url, &self.authorization_endpoint),
            token_url: or(&known.token_url, &self.token_endpoint),
            userinfo_url: known.userinfo_url.as_ref().or(self.userinfo_endpoint.as_ref()).cloned(),
            jwks_url: or(&known.jwks_url, &self.jwks_uri),
            algorithms,
            userinfo_algorithms,
            push_url: self.push_url(known)?,
            offer: self.offer.clone(),
            sends_issuer: self.authorization_response_iss_parameter_supported,
        })
    }

    fn push_url(&self, known: &Known) -> Result<Option<String>, String> {
        if !known.push && !self.require_pushed_authorization_requests {
            return Ok(None);
        }
        let url = known.push_url.as_ref().or(self.pushed_authorization_request_endpoint.as_ref());
        let problem =
            "requests have to be pushed, and pushed_authorization_request_endpoint is missing: give a pushUrl";
        url.map(|url| Some(url.clone())).ok_or_else(|| problem.to_owned())
    }
}

/// Refuses a list that is there and lacks what we cannot do without.
fn needs(list: &[String], needed: &str, problem: &str) -> Result<(), String> {
    match list.is_empty() || list.iter().any(|name| name == needed) {
        true => Ok(()),
        false => Err(problem.to_owned()),
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
    pushed_authorization_request_endpoint: Option<String>,
    #[serde(default)]
    require_pushed_authorization_requests: bool,
    #[serde(default)]
    response_types_supported: Vec<String>,
    #[serde(default)]
    code_challenge_methods_supported: Vec<String>,
    #[serde(flatten)]
    offer: Offer,
    #[serde(default)]
    id_token_signing_alg_values_supported: Vec<String>,
    #[serde(default)]
    userinfo_signing_alg_values_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct KeyDocument {
    keys: Vec<serde_json::Value>,
}

/// Never `none`, and never an HMAC, whose key the public half of a pair could be passed off as.
fn asymmetric(names: &[String]) -> Vec<Algorithm> {
    names.iter().filter_map(|name| name.parse().ok()).filter(|algorithm| !is_hmac(*algorithm)).collect()
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
    fn metadata_that_shows_that_nobody_could_sign_in_says_what_to_change() {
        for (field, value, problem) in [
            (
                "response_types_supported",
                json!(["id_token", "code id_token"]),
                "response_types_supported lacks \"code\"",
            ),
            ("code_challenge_methods_supported", json!(["plain"]), "code_challenge_methods_supported lacks \"S256\""),
            ("require_pushed_authorization_requests", json!(true), "requests have to be pushed, and pushed_auth"),
        ] {
            let mut document = document();
            document[field] = value;
            let told = read(&document, &Known::default()).unwrap_err();
            assert!(told.starts_with(problem), "{told}");
        }
    }

    #[test]
    fn requests_are_pushed_only_where_metadata_or_the_row_wants_it() {
        let offering = |required: bool| {
            let mut document = document();
            document["pushed_authorization_request_endpoint"] = json!("https://idp.example/par");
            document["require_pushed_authorization_requests"] = json!(required);
            document
        };
        let pushed = |required, known: &Known| read(&offering(required), known).unwrap().push_url;
        let (asked, wanted) = (Known::default(), Known { push: true, ..Known::default() });
        let elsewhere = Known { push: true, push_url: Some("https://proxy.example/par".into()), ..Known::default() };
        assert_eq!(pushed(false, &asked), None);
        assert_eq!(pushed(true, &asked).as_deref(), Some("https://idp.example/par"));
        assert_eq!(pushed(false, &wanted).as_deref(), Some("https://idp.example/par"));
        assert_eq!(pushed(true, &elsewhere).as_deref(), Some("https://proxy.example/par"));
    }

    #[test]
    fn userinfo_is_signed_by_what_is_offered_for_it_or_as_id_tokens_are() {
        let mut document = document();
        assert_eq!(
            read(&document, &Known::default()).unwrap().userinfo_algorithms,
            [Algorithm::RS256, Algorithm::ES256]
        );
        document["userinfo_signing_alg_values_supported"] = json!(["none", "HS256", "PS256"]);
        assert_eq!(read(&document, &Known::default()).unwrap().userinfo_algorithms, [Algorithm::PS256]);
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
