//! The external login: an operator's own sign-in page, which tells Doorward by API key whom it let in, and how what it
//! hands over is checked.

use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use url::Url;

use super::id_token::{IdTokenError, IdTokenKey, LEEWAY, MIN_SECRET, Unverified, moment};
use super::profile::ClaimMapping;
use super::row::without_values;
use crate::account::trust::TrustEmail;
use crate::clock::Timestamp;
use crate::request::reach::Reach;
use crate::secret::{Secret, equal, sha256};

/// The row `external` of the providers secret: a login page, and the keys of the systems that may call us.
#[derive(Clone, Debug)]
pub struct External {
    /// Who may call us.
    pub api_keys: ApiKeys,
    /// The login; what is wrong with its part of the row when it cannot be used. None where the row has API keys alone.
    pub login: Option<Result<ExternalLogin, String>>,
}

/// The operator's own sign-in page and what its tokens are checked against.
#[derive(Clone, Debug)]
pub struct ExternalLogin {
    login_url: Url,
    /// How a token shows whose it is.
    pub evidence: LoginProof,
    /// `iss` that a signed token must have, where one is set.
    token_issuer: Option<String>,
    /// `aud` that a signed token must have, where one is set.
    pub audience: Option<String>,
    /// Where in claims or userinfo things stand.
    pub layout: ClaimMapping,
    /// How far its word on an address goes.
    pub trust_email: TrustEmail,
    /// Whether a sign-in may be finished by whoever started it, without the code that the browser was sent on with that
    /// logged in: whoever sends somebody the login's link then gets their session.
    pub allow_unbound_browser: bool,
}

/// How a token of the external login shows whose it is.
#[derive(Clone, Debug)]
pub enum LoginProof {
    /// It is a JWT, signed with a key of this set.
    KeySet(String),
    /// It is a JWT, authenticated with this secret (RFC 7518 section 3.2).
    Shared(Secret),
    /// It is opaque: this address says whose it is.
    Userinfo(String),
}

impl LoginProof {
    /// What a JWT may be signed with; nothing else is accepted.
    pub const fn algorithms(&self) -> &'static [Algorithm] {
        match self {
            Self::KeySet(_) => &[
                Algorithm::RS256,
                Algorithm::RS384,
                Algorithm::RS512,
                Algorithm::PS256,
                Algorithm::PS384,
                Algorithm::PS512,
                Algorithm::ES256,
                Algorithm::ES384,
                Algorithm::EdDSA,
            ],
            Self::Shared(_) => &[Algorithm::HS256, Algorithm::HS384, Algorithm::HS512],
            Self::Userinfo(_) => &[],
        }
    }
}

impl ExternalLogin {
    /// The claims of a token whose header was read, if they are signed with `key` and hold (RFC 7519 section 4.1). A
    /// token may leave out when it ends: whoever hands it over says that as well.
    ///
    /// # Errors
    ///
    /// The first lie that is found.
    pub fn claims(&self, token: &Unverified<'_>, key: IdTokenKey<'_>, now: Timestamp) -> Result<Value, IdTokenError> {
        let claims = token.signed(key)?;
        let audience = |wanted: &String| match claims.get("aud") {
            Some(Value::String(audience)) => audience == wanted,
            Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience == wanted),
            _ => false,
        };
        if self.token_issuer.as_ref().is_some_and(|wanted| claims.get("iss").and_then(Value::as_str) != Some(wanted)) {
            return Err(IdTokenError("iss is another issuer"));
        }
        if self.audience.as_ref().is_some_and(|wanted| !audience(wanted)) {
            return Err(IdTokenError("aud is another audience"));
        }
        if moment(&claims, "exp")?.is_some_and(|expires_at| expires_at + LEEWAY <= now) {
            return Err(IdTokenError("expired"));
        }
        if moment(&claims, "nbf")?.is_some_and(|not_before| not_before > now + LEEWAY) {
            return Err(IdTokenError("nbf is in the future"));
        }
        Ok(Value::Object(claims))
    }

    /// What identities of this login are filed under: another login system gives its numbers to other people.
    pub fn issuer(&self) -> String {
        self.token_issuer.clone().unwrap_or_else(|| self.login_url.origin().ascii_serialization())
    }

    /// Where to send a person: the login page, with the state that has to come back.
    pub fn address(&self, state: &str) -> String {
        let mut url = self.login_url.clone();
        url.query_pairs_mut().append_pair("state", state);
        url.into()
    }
}

/// The keys of the systems that may call us.
#[derive(Clone, Debug, Default)]
pub struct ApiKeys(Vec<ApiKey>);

/// A key of a system that may call us. The key itself is with that system.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// What the operator calls it; it stands in the audit log.
    pub label: String,
    /// For which actor types it is good.
    pub reach: Reach,
    sha256: [u8; 32],
    allows: Vec<Allowed>,
}

/// What an API key may be good for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Allowed {
    /// Stating whom it serves, by their network address, where it signs people in for its users.
    Backend,
    /// Saying whom the external login let in.
    External,
    /// Inviting people.
    Invites,
    /// Inviting them with a role; of use together with `Invites`. So the first admin comes.
    Roles,
}

impl ApiKeys {
    /// The key that was presented, if it is one of these. Several are live at once, so that one can be replaced.
    pub fn find(&self, presented: &Secret) -> Option<&ApiKey> {
        let hash = sha256(presented.reveal().as_bytes());
        self.0.iter().find(|key| equal(&key.sha256, &hash))
    }
}

impl ApiKey {
    /// Whether the key is good for `what`.
    pub fn allows(&self, what: Allowed) -> bool {
        self.allows.contains(&what)
    }
}

/// The name of its row, and of the provider in requests.
pub const NAME: &str = "external";

/// The row as it is written. Unknown fields are refused, so that a misspelt one is noticed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ExternalRow {
    login_url: Option<String>,
    #[serde(alias = "tokenJwks")]
    token_jwks_url: Option<String>,
    token_secret: Option<Secret>,
    userinfo_url: Option<String>,
    token_issuer: Option<String>,
    token_audience: Option<String>,
    #[serde(default)]
    trust_email: TrustEmail,
    #[serde(default)]
    allow_unbound_browser: bool,
    profile: Option<ClaimMapping>,
    #[serde(default)]
    api_keys: Vec<ApiKeyRow>,
    // Rows may name both, and no page shows them.
    #[serde(rename = "label")]
    _label: Option<IgnoredAny>,
    #[serde(rename = "icon")]
    _icon: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ApiKeyRow {
    label: String,
    sha256: String,
    allows: Vec<Allowed>,
    actor_types: Option<Vec<String>>,
}

impl External {
    /// Reads the operator's row. A login that cannot be used leaves the API keys alone.
    ///
    /// # Errors
    ///
    /// What to change, without the row's values: secrets are among them.
    pub(super) fn resolve(row: Value) -> Result<Self, String> {
        let row: ExternalRow = serde_json::from_value(row).map_err(|error| without_values(&error.to_string()))?;
        let keys = row.api_keys.iter().map(ApiKeyRow::resolve).collect::<Result<Vec<_>, String>>()?;
        if let Some(twice) = keys.iter().find(|key| keys.iter().filter(|other| other.label == key.label).count() > 1) {
            return Err(format!("apiKeys: two keys have the label {:?}", twice.label));
        }
        Ok(Self { api_keys: ApiKeys(keys), login: row.has_login().then(|| row.login()) })
    }
}

impl ExternalRow {
    fn has_login(&self) -> bool {
        let evidence = [&self.token_jwks_url, &self.userinfo_url].into_iter().flatten().next();
        self.login_url.is_some() || evidence.is_some() || self.token_secret.is_some()
    }

    fn login(self) -> Result<ExternalLogin, String> {
        let login_url = self.login_url.ok_or("loginUrl is missing")?;
        let evidence = match (self.token_jwks_url, self.token_secret, self.userinfo_url) {
            (Some(url), None, None) => LoginProof::KeySet(address(&url, "tokenJwksUrl")?.into()),
            (None, Some(secret), None) if secret.reveal().len() >= MIN_SECRET => LoginProof::Shared(secret),
            (None, Some(_), None) => return Err(format!("tokenSecret has fewer than {MIN_SECRET} bytes")),
            (None, None, Some(url)) => LoginProof::Userinfo(address(&url, "userinfoUrl")?.into()),
            (None, None, None) => {
                return Err("nothing verifies a token: give tokenJwksUrl, tokenSecret or userinfoUrl".to_owned());
            }
            _ => return Err("give one of tokenJwksUrl, tokenSecret and userinfoUrl, not several".to_owned()),
        };
        // People are filed under it, and what follows a # is whose they are (`Pointer::identity`).
        if self.token_issuer.as_ref().is_some_and(|issuer| issuer.contains('#')) {
            return Err("tokenIssuer has a #".to_owned());
        }
        Ok(ExternalLogin {
            login_url: address(&login_url, "loginUrl")?,
            evidence,
            token_issuer: self.token_issuer,
            audience: self.token_audience,
            layout: self.profile.unwrap_or_default(),
            trust_email: self.trust_email,
            allow_unbound_browser: self.allow_unbound_browser,
        })
    }
}

impl ApiKeyRow {
    fn resolve(&self) -> Result<ApiKey, String> {
        let complaint = |what: &str| format!("apiKeys: the key {:?} {what}", self.label);
        if self.label.is_empty() {
            return Err("apiKeys: a key has no label".to_owned());
        }
        if self.allows.is_empty() {
            return Err(complaint("allows nothing"));
        }
        let reach = match &self.actor_types {
            None => Reach::All,
            Some(none) if none.is_empty() => {
                return Err(complaint("has an empty actorTypes: name some, or leave it out"));
            }
            Some(actor_types) => Reach::Only(actor_types.clone()),
        };
        let sha256 = from_hex(&self.sha256).ok_or_else(|| complaint("needs sha256 as 64 hexadecimal digits"))?;
        Ok(ApiKey { label: self.label.clone(), reach, sha256, allows: self.allows.clone() })
    }
}

/// An address that the operator gave: absolute, https or http, without a fragment.
fn address(text: &str, field: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.fragment().is_none());
    url.ok_or_else(|| format!("{field} is not an absolute http address without a fragment"))
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// SHA-256 of "abc" (FIPS 180-2 appendix B.1).
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn row(change: Value) -> Value {
        let mut row =
            json!({"loginUrl": "https://login.example/in?tenant=a", "userinfoUrl": "https://login.example/me"});
        row.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        row
    }

    fn problem(row: Value) -> String {
        External::resolve(row).map_or_else(|problem| problem, |external| external.login.unwrap().unwrap_err())
    }

    #[test]
    fn the_state_joins_the_login_address() {
        let login = External::resolve(row(json!({}))).unwrap().login.unwrap().unwrap();
        assert_eq!(login.address("a b"), "https://login.example/in?tenant=a&state=a+b");
        assert_eq!(login.trust_email, TrustEmail::default());
        assert!(!login.allow_unbound_browser);
    }

    #[test]
    fn people_are_filed_under_the_issuer_of_their_tokens_or_where_they_log_in() {
        let issuer = |change: Value| External::resolve(row(change)).unwrap().login.unwrap().unwrap().issuer();
        assert_eq!(issuer(json!({})), "https://login.example");
        assert_eq!(issuer(json!({"loginUrl": "https://LOGIN.example:8443/x"})), "https://login.example:8443");
        assert_eq!(issuer(json!({"tokenIssuer": "urn:people"})), "urn:people");
    }

    #[test]
    fn a_login_whose_tokens_nothing_can_check_is_refused_and_says_what_to_give() {
        let none = problem(json!({"loginUrl": "https://login.example/"}));
        assert_eq!(none, "nothing verifies a token: give tokenJwksUrl, tokenSecret or userinfoUrl");
        let both = problem(row(json!({"tokenJwksUrl": "https://login.example/keys"})));
        assert_eq!(both, "give one of tokenJwksUrl, tokenSecret and userinfoUrl, not several");
    }

    #[test]
    fn what_is_wrong_with_a_row_is_said_without_its_values() {
        for (row, expected) in [
            (json!({"userinfoUrl": "https://login.example/me"}), "loginUrl is missing"),
            (row(json!({"loginUrl": "login"})), "loginUrl is not an absolute http address without a fragment"),
            (json!({"loginUrl": "https://a.example/", "tokenSecret": "short"}), "tokenSecret has fewer than 32 bytes"),
            (row(json!({"tokenIssuer": "urn:a#b"})), "tokenIssuer has a #"),
            (
                row(json!({"trustEmail": "hunter2"})),
                "trustEmail is true, \"confirmed\", false, or an object with domains and domainClaim",
            ),
            (
                row(json!({"apiKeys": [{"label": "a", "sha256": "hunter2", "allows": ["external"]}]})),
                "apiKeys: the key \"a\" needs sha256 as 64 hexadecimal digits",
            ),
            (
                row(json!({"apiKeys": [{"label": "a", "sha256": ABC, "allows": []}]})),
                "apiKeys: the key \"a\" allows nothing",
            ),
            (
                row(json!({"apiKeys": [{"label": "a", "sha256": ABC, "allows": ["invites"], "actorTypes": []}]})),
                "apiKeys: the key \"a\" has an empty actorTypes: name some, or leave it out",
            ),
            (
                row(json!({"apiKeys": [
                    {"label": "a", "sha256": ABC, "allows": ["external"]},
                    {"label": "a", "sha256": ABC, "allows": ["invites"]},
                ]})),
                "apiKeys: two keys have the label \"a\"",
            ),
        ] {
            assert_eq!(problem(row), expected);
        }
    }

    #[test]
    fn an_api_key_is_found_by_its_hash_and_allows_what_it_says() {
        let keys = json!({"apiKeys": [{"label": "a", "sha256": ABC.to_uppercase(), "allows": ["invites"]}]});
        let external = External::resolve(keys).unwrap();
        let key = external.api_keys.find(&Secret::new("abc")).unwrap();
        assert_eq!((&key.label[..], key.allows(Allowed::Invites), key.allows(Allowed::External)), ("a", true, false));
        assert!(external.api_keys.find(&Secret::new("abd")).is_none());
        assert_eq!(key.reach, Reach::All);
        assert!(external.login.is_none(), "a row may have nothing but keys");
    }
}
