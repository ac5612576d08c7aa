//! Providers: who may vouch for a person. A provider is a row of data; an operator's row fills or overrides the
//! catalog's.

pub mod catalog;
pub mod discovery;
pub mod exchange;
pub mod id_token;
pub mod profile;

use std::collections::HashMap;

use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::failure::{Broken, Denied, Dependency, Failure};
use crate::secret::Secret;

/// A provider, ready to be used.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its name in the configuration and in our routes.
    pub name: String,
    /// Our registration there.
    pub client_id: String,
    /// The secret of our registration; a public client has none.
    pub client_secret: Option<Secret>,
    /// How the token endpoint wants to be shown them.
    pub client_auth: ClientAuth,
    /// What is asked for at least.
    pub scopes: Vec<String>,
    /// Whether its word on an address counts for linking.
    pub trust_email: bool,
    /// Where it is and what it speaks.
    pub protocol: Protocol,
}

/// How a client authenticates at a token endpoint (RFC 6749 section 2.3.1).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub enum ClientAuth {
    /// In the `Authorization` header.
    #[serde(rename = "client_secret_basic")]
    Basic,
    /// In the form.
    #[serde(rename = "client_secret_post")]
    Post,
}

/// What a provider speaks.
#[derive(Clone, Debug)]
pub enum Protocol {
    /// OpenID Connect; what the row does not say is discovered.
    OpenId(OpenId),
    /// OAuth 2.0 and a profile in JSON.
    OAuth2(OAuth2),
}

impl Protocol {
    /// Who vouches for the subjects of this provider.
    pub fn issuer(&self) -> &str {
        match self {
            Self::OpenId(openid) => &openid.issuer,
            Self::OAuth2(oauth2) => &oauth2.issuer,
        }
    }
}

/// An OpenID provider as far as its row knows it.
#[derive(Clone, Debug)]
pub struct OpenId {
    /// Its issuer.
    pub issuer: String,
    /// Another spelling of the issuer that its tokens may carry.
    pub issuer_alias: Option<String>,
    /// Endpoints that the row gives; discovery fills the rest.
    pub known: discovery::Known,
}

/// A plain OAuth 2.0 provider.
#[derive(Clone, Debug)]
pub struct OAuth2 {
    /// What identities of this provider are filed under, and what an `iss` in the callback must be (RFC 9207).
    pub issuer: String,
    /// The authorization endpoint.
    pub authorize_url: String,
    /// The token endpoint.
    pub token_url: String,
    /// Where the profile is.
    pub userinfo_url: String,
    /// Where the addresses are, when the profile has none that counts.
    pub emails_url: Option<String>,
    /// Where in the profile things stand.
    pub pointers: catalog::Pointers,
}

impl OAuth2 {
    /// The two OAuth endpoints.
    pub fn endpoints(&self) -> exchange::Endpoints<'_> {
        exchange::Endpoints {
            authorize_url: &self.authorize_url,
            token_url: &self.token_url,
        }
    }
}

/// The operator's providers, by name. A row that cannot be used says why and leaves the others alone.
#[derive(Clone, Debug)]
pub struct Providers(HashMap<String, Result<Provider, String>>);

impl Providers {
    /// Reads the providers secret.
    ///
    /// # Errors
    ///
    /// When it is not a JSON object.
    pub fn parse(json: &str) -> Result<Self, String> {
        let rows: HashMap<String, serde_json::Value> =
            serde_json::from_str(json).map_err(|error| format!("not a JSON object of provider rows: {error}"))?;
        let resolve = |(name, row): (String, serde_json::Value)| {
            let provider = resolve(&name, row).map_err(|problem| format!("provider {name:?}: {problem}"));
            (name, provider)
        };
        Ok(Self(rows.into_iter().map(resolve).collect()))
    }

    /// The provider of that name.
    ///
    /// # Errors
    ///
    /// `InvalidProvider` when there is no row for it; what is wrong with its row, for the log, when it cannot be used.
    pub fn usable(&self, name: &str) -> Result<&Provider, Failure> {
        match self.0.get(name) {
            Some(Ok(provider)) => Ok(provider),
            Some(Err(problem)) => Err(Broken::new(Dependency::Secrets, problem).into()),
            None => Err(Denied::InvalidProvider.into()),
        }
    }
}

/// One row of the providers secret. Unknown fields are refused, so that a misspelt one is noticed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OperatorRow {
    client_id: String,
    client_secret: Option<Secret>,
    client_auth: Option<ClientAuth>,
    issuer: Option<String>,
    authorize_url: Option<String>,
    token_url: Option<String>,
    userinfo_url: Option<String>,
    jwks_url: Option<String>,
    emails_url: Option<String>,
    scopes: Option<Vec<String>>,
    trust_email: Option<bool>,
    #[serde(rename = "label")]
    _label: Option<IgnoredAny>,
    #[serde(rename = "icon")]
    _icon: Option<IgnoredAny>,
}

fn resolve(name: &str, row: serde_json::Value) -> Result<Provider, String> {
    if !is_name(name) {
        return Err("a name has 1 to 32 lower-case letters, digits or hyphens and is no reserved word".to_owned());
    }
    // serde_json's message names the field and, for a wrong type, would quote the value: a secret must not get there.
    let row: OperatorRow = serde_json::from_value(row).map_err(|error| without_values(&error.to_string()))?;
    if row.client_id.is_empty() {
        return Err("clientId is empty".to_owned());
    }
    let builtin = catalog::find(name);
    let protocol = match builtin {
        Some(catalog::Row {
            pointers: Some(pointers),
            ..
        }) => plain_oauth2(&row, builtin, *pointers)?,
        _ => openid(&row, builtin)?,
    };
    let default_scopes = builtin.map_or(&["openid", "profile", "email"][..], |builtin| builtin.scopes);
    Ok(Provider {
        name: name.to_owned(),
        client_id: row.client_id,
        client_secret: row.client_secret,
        client_auth: row
            .client_auth
            .unwrap_or(builtin.map_or(ClientAuth::Basic, |builtin| builtin.client_auth)),
        scopes: row
            .scopes
            .unwrap_or_else(|| default_scopes.iter().map(|scope| (*scope).to_owned()).collect()),
        trust_email: row
            .trust_email
            .unwrap_or(builtin.is_some_and(|builtin| builtin.trust_email)),
        protocol,
    })
}

fn openid(row: &OperatorRow, builtin: Option<&catalog::Row>) -> Result<Protocol, String> {
    // Whoever names another issuer means another provider: none of the catalog's endpoints hold for it.
    let builtin = builtin.filter(|builtin| row.issuer.as_deref().is_none_or(|issuer| issuer == builtin.issuer));
    let issuer = row
        .issuer
        .clone()
        .or(builtin.map(|builtin| builtin.issuer.to_owned()))
        .ok_or("not a provider that Doorward knows by name, so its row needs an issuer (the OpenID provider's URL)")?;
    let url = |given: &Option<String>, known: fn(&catalog::Row) -> &'static str| {
        given
            .clone()
            .or(builtin.map(known).filter(|url| !url.is_empty()).map(str::to_owned))
    };
    Ok(Protocol::OpenId(OpenId {
        known: discovery::Known {
            authorize_url: url(&row.authorize_url, |builtin| builtin.authorize_url),
            token_url: url(&row.token_url, |builtin| builtin.token_url),
            userinfo_url: url(&row.userinfo_url, |builtin| builtin.userinfo_url),
            jwks_url: url(&row.jwks_url, |builtin| builtin.jwks_url),
            algorithms: builtin.map(|_| vec![Algorithm::RS256]),
        },
        issuer_alias: builtin.and_then(|builtin| builtin.issuer_alias).map(str::to_owned),
        issuer,
    }))
}

fn plain_oauth2(
    row: &OperatorRow,
    builtin: Option<&catalog::Row>,
    pointers: catalog::Pointers,
) -> Result<Protocol, String> {
    let url = |given: &Option<String>, known: fn(&catalog::Row) -> &'static str| {
        given
            .clone()
            .or(builtin.map(known).map(str::to_owned))
            .filter(|url| !url.is_empty())
    };
    let required = |url: Option<String>, field: &str| url.ok_or(format!("{field} is missing"));
    Ok(Protocol::OAuth2(OAuth2 {
        issuer: required(url(&row.issuer, |builtin| builtin.issuer), "issuer")?,
        authorize_url: required(url(&row.authorize_url, |builtin| builtin.authorize_url), "authorizeUrl")?,
        token_url: required(url(&row.token_url, |builtin| builtin.token_url), "tokenUrl")?,
        userinfo_url: required(url(&row.userinfo_url, |builtin| builtin.userinfo_url), "userinfoUrl")?,
        emails_url: url(&row.emails_url, |builtin| builtin.emails_url),
        pointers,
    }))
}

/// Names are path segments of our routes; these would collide with routes of another meaning (CONTRACTS 6.5).
fn is_name(name: &str) -> bool {
    let well_formed = (1..=32).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    well_formed && !["external", "invites", "session", "current"].contains(&name)
}

fn without_values(message: &str) -> String {
    message
        .split(": string")
        .next()
        .map_or_else(String::new, |kept| kept.replace("invalid type", "a wrong type"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(row: &str) -> Result<Provider, String> {
        let providers = Providers::parse(&format!("{{{row}}}")).unwrap();
        match providers.usable(row.split('"').nth(1).unwrap()) {
            Ok(provider) => Ok(provider.clone()),
            Err(Failure::Broken(broken)) => Err(broken.cause),
            Err(Failure::Denied(denied)) => panic!("{denied:?}"),
        }
    }

    #[test]
    fn google_needs_nothing_but_its_registration() {
        let google = provider(r#""google": {"clientId": "us", "clientSecret": "s"}"#).unwrap();
        let Protocol::OpenId(openid) = google.protocol else {
            panic!("google speaks OpenID Connect")
        };
        assert_eq!(
            openid.known.complete().unwrap().token_url,
            "https://oauth2.googleapis.com/token"
        );
        assert!(google.trust_email);
    }

    #[test]
    fn another_issuer_under_a_known_name_is_discovered() {
        let row = r#""google": {"clientId": "us", "clientSecret": "s", "issuer": "https://idp.example"}"#;
        let Protocol::OpenId(openid) = provider(row).unwrap().protocol else {
            panic!("OpenID Connect")
        };
        assert_eq!(
            (openid.issuer.as_str(), openid.issuer_alias.as_deref()),
            ("https://idp.example", None)
        );
        assert!(openid.known.complete().is_none());
    }

    #[test]
    fn a_provider_that_nobody_knows_needs_an_issuer_and_is_not_trusted_for_linking() {
        assert!(
            provider(r#""corp": {"clientId": "us"}"#)
                .unwrap_err()
                .contains("needs an issuer")
        );
        assert!(
            !provider(r#""corp": {"clientId": "us", "issuer": "https://idp.example"}"#)
                .unwrap()
                .trust_email
        );
    }

    #[test]
    fn a_plain_oauth_provider_may_be_moved_to_other_addresses() {
        let row = r#""github": {"clientId": "us", "clientSecret": "s", "userinfoUrl": "https://ghe.example/user"}"#;
        let Protocol::OAuth2(oauth2) = provider(row).unwrap().protocol else {
            panic!("OAuth 2.0")
        };
        assert_eq!(oauth2.userinfo_url, "https://ghe.example/user");
        assert_eq!(oauth2.issuer, "https://github.com/login/oauth");
    }

    #[test]
    fn a_faulty_row_is_named_without_its_values_and_leaves_the_others_alone() {
        let json = r#"{"google": {"clientId": "us"}, "corp": {"clientid": "us"}, "x": {"clientId": ["hunter2"]}}"#;
        let providers = Providers::parse(json).unwrap();
        assert!(providers.usable("google").is_ok());
        let problem = |name| match providers.usable(name) {
            Err(Failure::Broken(broken)) => broken.cause,
            other => panic!("{other:?}"),
        };
        assert!(
            problem("corp").contains("unknown field `clientid`"),
            "{}",
            problem("corp")
        );
        assert!(
            problem("x").starts_with("provider \"x\"") && !problem("x").contains("hunter2"),
            "{}",
            problem("x")
        );
    }

    #[test]
    fn a_reserved_or_ill_formed_name_is_refused() {
        for name in ["external", "current", "Google", "a b", ""] {
            assert!(
                provider(&format!(
                    r#""{name}": {{"clientId": "us", "issuer": "https://i.example"}}"#
                ))
                .is_err(),
                "{name}"
            );
        }
    }
}
