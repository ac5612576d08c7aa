//! A provider as a row of data: what the catalog knows, and what an operator fills in or overrides.

use std::collections::BTreeMap;

use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::client_auth::{ClientAuth, ClientCredentials, ClientKey, Held};
use super::client_secret::AppleKey;
use super::discovery::Known;
use super::id_token::{is_tenant_id, min_secret};
use super::profile::ClaimMapping;
use super::provider_error::CodeErrors;
use super::{OAuth2, OpenId, Protocol, Provider, Userinfo};
use crate::account::trust::TrustEmail;
use crate::secret::Secret;

/// One row, complete. Unknown fields are refused, so that a misspelt one is noticed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProviderRow {
    client_id: String,
    client_secret: Option<Secret>,
    client_auth: Option<ClientAuth>,
    assertion_audience: Option<String>,
    #[serde(default)]
    speaks: Speaks,
    issuer: String,
    issuer_alias: Option<String>,
    authorize_url: Option<String>,
    #[serde(default)]
    authorize_params: BTreeMap<String, String>,
    token_url: Option<String>,
    #[serde(default)]
    push: bool,
    push_url: Option<String>,
    #[serde(default)]
    code_errors: CodeErrors,
    jwks_url: Option<String>,
    algorithms: Option<Vec<Algorithm>>,
    userinfo_url: Option<String>,
    #[serde(default)]
    userinfo_method: TokenEndpointAuth,
    #[serde(default)]
    userinfo_headers: BTreeMap<String, String>,
    #[serde(default)]
    userinfo_proof: bool,
    emails_url: Option<String>,
    scopes: Option<Vec<String>>,
    scope_separator: Option<String>,
    profile: Option<ClaimMapping>,
    #[serde(default)]
    trust_email: TrustEmail,
    tenant: Option<String>,
    version: Option<String>,
    hosted_domain: Option<String>,
    team_id: Option<String>,
    key_id: Option<String>,
    private_key: Option<Secret>,
    label: Option<String>,
    // Rows may name one, and no page shows it.
    #[serde(rename = "icon")]
    _icon: Option<IgnoredAny>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Speaks {
    OAuth2,
    #[default]
    OpenId,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "UPPERCASE")]
enum TokenEndpointAuth {
    #[default]
    Get,
    Post,
}

/// Resolves the operator's row `given` for the provider `name`.
///
/// # Errors
///
/// What to change, without the row's values: secrets are among them.
pub(super) fn resolve(name: &str, given: Value) -> Result<Provider, String> {
    if !is_name(name) {
        return Err("a name has 1 to 32 lower-case letters, digits or hyphens and is no reserved word".to_owned());
    }
    let Value::Object(given) = given else {
        return Err("the row is not a JSON object".to_owned());
    };
    let merged = merge(known(name)?, given);
    if !merged.contains_key("issuer") {
        let problem =
            "not a provider that Doorward knows by name, so its row needs an issuer (the OpenID provider's URL)";
        return Err(problem.to_owned());
    }
    // serde_json's message names the field and, for a wrong type, would quote the value: a secret must not get there.
    let row: ProviderRow =
        serde_json::from_value(Value::Object(merged)).map_err(|error| without_values(&error.to_string()))?;
    row.provider(name)
}

impl ProviderRow {
    fn provider(mut self, name: &str) -> Result<Provider, String> {
        if self.client_id.is_empty() {
            return Err("clientId is empty".to_owned());
        }
        self.fill_in();
        let (credentials, protocol) = (self.credentials()?, self.protocol()?);
        let standard_scopes = || ["openid", "profile", "email"].map(str::to_owned).to_vec();
        Ok(Provider {
            name: name.to_owned(),
            label: self.label.unwrap_or_else(|| capitalized(name)),
            client_id: self.client_id,
            credentials,
            assertion_audience: self.assertion_audience,
            scopes: self.scopes.unwrap_or_else(standard_scopes),
            scope_separator: self.scope_separator.unwrap_or_else(|| " ".to_owned()),
            authorize_params: self.authorize_params.into_iter().collect(),
            trust_email: self.trust_email,
            layout: self.profile.unwrap_or_default(),
            code_errors: self.code_errors,
            protocol,
        })
    }

    /// Puts the settings into the places that are kept for them.
    fn fill_in(&mut self) {
        let urls = [
            &mut self.authorize_url,
            &mut self.token_url,
            &mut self.push_url,
            &mut self.jwks_url,
            &mut self.userinfo_url,
            &mut self.emails_url,
        ];
        let settings = [("{tenant}", &self.tenant), ("{version}", &self.version)];
        let settings = settings.into_iter().filter_map(|(place, setting)| Some((place, setting.as_deref()?)));
        for url in urls.into_iter().flatten() {
            settings.clone().for_each(|(place, setting)| *url = url.replace(place, setting));
        }
        if let Some(domain) = &mut self.hosted_domain {
            domain.make_ascii_lowercase();
            // So that Google offers no account that will be refused. It is a wish: what counts is what the token says.
            self.authorize_params.entry("hd".to_owned()).or_insert_with(|| domain.clone());
        }
    }

    /// What shows that the registration is ours.
    fn credentials(&self) -> Result<ClientCredentials, String> {
        let credentials = ClientCredentials::new(self.held()?, self.client_auth)?;
        // OpenID Connect Core sections 10.1 and 16.19.
        if let Some(least) = self.algorithms.iter().flatten().filter_map(|algorithm| min_secret(*algorithm)).max()
            && credentials.secret().is_none_or(|secret| secret.reveal().len() < least)
        {
            return Err(format!("algorithms has an HMAC, which needs a clientSecret of at least {least} bytes"));
        }
        Ok(credentials)
    }

    fn held(&self) -> Result<Held, String> {
        Ok(match (&self.client_secret, &self.team_id, &self.key_id, &self.private_key) {
            (None, Some(team), Some(id), Some(key)) => Held::Apple(AppleKey::read(team.clone(), id.clone(), key)?),
            (None, None, id, Some(key)) => {
                let problem = "privateKey is not an RSA key of 2048 bits or more, or a P-256, P-384 or Ed25519 key (PKCS #8 in PEM)";
                Held::Key(ClientKey::read(key, id.clone()).ok_or(problem)?)
            }
            (Some(secret), None, None, None) => Held::Secret(secret.clone()),
            (None, None, None, None) => Held::Nothing,
            _ => {
                let problem =
                    "give either clientSecret, or privateKey with its keyId, or Apple's teamId, keyId and privateKey";
                return Err(problem.to_owned());
            }
        })
    }

    fn protocol(&self) -> Result<Protocol, String> {
        match self.speaks {
            Speaks::OAuth2 if self.hosted_domain.is_some() => {
                Err("hostedDomain needs an ID token, and this provider does not speak OpenID Connect".to_owned())
            }
            Speaks::OAuth2 => self.oauth2().map(Protocol::OAuth2),
            Speaks::OpenId => Ok(Protocol::OpenId(self.openid())),
        }
    }

    fn openid(&self) -> OpenId {
        OpenId {
            issuer: self.issuer.clone(),
            issuer_alias: self.issuer_alias.clone(),
            known: Known {
                authorize_url: self.authorize_url.clone(),
                token_url: self.token_url.clone(),
                userinfo_url: self.userinfo_url.clone(),
                jwks_url: self.jwks_url.clone(),
                algorithms: self.algorithms.clone(),
                push: self.push || self.push_url.is_some(),
                push_url: self.push_url.clone(),
            },
            // Names such as "common" stand for many tenants; only an id can be held against a token.
            tenant: self.tenant.as_deref().filter(|tenant| is_tenant_id(tenant)).map(str::to_ascii_lowercase),
            hosted_domain: self.hosted_domain.clone(),
        }
    }

    fn oauth2(&self) -> Result<OAuth2, String> {
        let required = |url: &Option<String>, field: &str| url.clone().ok_or(format!("{field} is missing"));
        Ok(OAuth2 {
            issuer: self.issuer.clone(),
            authorize_url: required(&self.authorize_url, "authorizeUrl")?,
            token_url: required(&self.token_url, "tokenUrl")?,
            push_url: match self.push {
                true => Some(required(&self.push_url, "pushUrl")?),
                false => self.push_url.clone(),
            },
            userinfo: Userinfo {
                url: required(&self.userinfo_url, "userinfoUrl")?,
                post: self.userinfo_method == TokenEndpointAuth::Post,
                headers: self.userinfo_headers.clone().into_iter().collect(),
                proof: self.userinfo_proof,
            },
            emails_url: self.emails_url.clone(),
        })
    }
}

/// A name as people would write it: `our-idp` is `Our idp`.
fn capitalized(name: &str) -> String {
    let mut letters = name.chars().map(|letter| if letter == '-' { ' ' } else { letter });
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Whether the catalog has a provider of this name.
pub(super) fn is_known(name: &str) -> bool {
    known(name).is_ok_and(|row| !row.is_empty())
}

fn known(name: &str) -> Result<Map<String, Value>, String> {
    let mut catalog: Map<String, Value> =
        serde_json::from_str(CATALOG).map_err(|error| format!("the catalog is unreadable: {error}"))?;
    Ok(match catalog.remove(name) {
        Some(Value::Object(row)) => row,
        _ => Map::new(),
    })
}

fn merge(mut known: Map<String, Value>, given: Map<String, Value>) -> Map<String, Value> {
    if given.get("issuer").is_some_and(|issuer| Some(issuer) != known.get("issuer")) {
        // Whoever names another issuer means another provider. Nothing that is known of an OpenID provider holds for it;
        // a plain OAuth 2.0 one may be a server of one's own that speaks as the known one does. Neither is trusted
        // because of the name that it was given.
        if known.contains_key("speaks") {
            drop(known.remove("trustEmail"))
        } else {
            known.retain(|field, _| field == "label")
        }
    }
    known.extend(given);
    known
}

/// Names are path segments of our routes; these would collide with routes of another meaning.
fn is_name(name: &str) -> bool {
    let well_formed = (1..=32).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    well_formed && !["external", "invites", "session", "current"].contains(&name)
}

pub(super) fn without_values(message: &str) -> String {
    let (kind, rest) = message.split_once(": ").unwrap_or((message, ""));
    match kind {
        "invalid type" | "invalid value" | "invalid length" => {
            let expected = rest.rsplit_once("expected ").map_or("something else", |(_, expected)| expected);
            format!("a field has the wrong type: expected {expected}")
        }
        _ => message.to_owned(),
    }
}

/// The providers that Doorward knows by name.
const CATALOG: &str = include_str!("catalog.json");

#[cfg(test)]
mod tests;
