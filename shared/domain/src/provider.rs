//! Providers: who may vouch for a person. A provider is a row of data; an operator's row fills or overrides the
//! catalog's.

pub mod client_auth;
pub mod client_secret;
pub mod complaint;
pub mod discovery;
pub mod exchange;
pub mod external;
pub mod id_token;
pub mod profile;
pub mod pushed;
mod row;
pub mod state;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::error::{Broken, Denied, Dependency, Failure};
use crate::secret::Secret;
use client_auth::{Credentials, Offer};
use external::{ApiKey, External, ExternalLogin};

/// A provider, ready to be used.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its name in the configuration and in our routes.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Our registration there.
    pub client_id: String,
    /// How we show that the registration is ours.
    pub credentials: Credentials,
    /// What it calls itself in an assertion of ours, where its row says so.
    pub assertion_audience: Option<String>,
    /// What is asked for at least.
    pub scopes: Vec<String>,
    /// What stands between two scopes: a space (RFC 6749 section 3.3), but for providers that want something else.
    pub scope_separator: String,
    /// What else its authorization endpoint wants to be told.
    pub authorize_params: Vec<(String, String)>,
    /// How far its word on an address goes.
    pub trust_email: crate::account::trust::TrustEmail,
    /// Where in its word about a person things stand.
    pub layout: profile::Layout,
    /// How it says that a code is not good, where it has words of its own for it.
    pub code_errors: exchange::CodeErrors,
    /// Where it is and what it speaks.
    pub protocol: Protocol,
}

impl Provider {
    /// Why nobody can sign in with it at the moment, for the log.
    pub fn unusable(&self, problem: &str) -> Broken {
        Broken::new(Dependency::Provider, of_row(&self.name, problem))
    }
}

/// A provider as a person chooses it. It is all that whoever only shows it has to know.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Listed {
    /// Its name in our routes.
    pub name: String,
    /// Its name for people.
    pub label: String,
}

impl Listed {
    /// Reads the secret that has the providers' labels.
    ///
    /// # Errors
    ///
    /// When it is no list of them.
    pub fn parse_all(json: &str) -> Result<Vec<Self>, String> {
        serde_json::from_str(json)
            .map_err(|error| format!("not a list of labels (line {}, column {})", error.line(), error.column()))
    }

    /// What stands for it where there is no mark of it: the first letter of its label.
    pub fn letter(&self) -> String {
        self.label.chars().next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default()
    }
}

/// What a provider speaks.
#[derive(Clone, Debug)]
pub enum Protocol {
    /// OpenID Connect; what the row does not say is discovered.
    OpenId(OpenId),
    /// OAuth 2.0 and a profile in JSON.
    OAuth2(OAuth2),
}

/// An OpenID provider as far as its row knows it.
#[derive(Clone, Debug)]
pub struct OpenId {
    /// Its issuer. One with `{tenantid}` in it stands for many (Microsoft): the token's own tenant fills it.
    pub issuer: String,
    /// Another spelling of the issuer that its tokens may carry.
    pub issuer_alias: Option<String>,
    /// Endpoints that the row gives; discovery fills the rest.
    pub known: discovery::Known,
    /// The only tenant whose people may come in, by its id.
    pub tenant: Option<String>,
    /// The only hosted domain whose people may come in (Google).
    pub hosted_domain: Option<String>,
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
    /// Where requests have to be pushed, where they have (RFC 9126).
    pub push_url: Option<String>,
    /// Where the profile is.
    pub userinfo: Userinfo,
    /// Where the addresses are, when the profile has none that counts.
    pub emails_url: Option<String>,
}

/// How a plain OAuth 2.0 provider is asked about a person.
#[derive(Clone, Debug)]
pub struct Userinfo {
    /// Where.
    pub url: String,
    /// Whether by POST, with an empty body.
    pub post: bool,
    /// With which headers beside the token.
    pub headers: Vec<(String, String)>,
    /// Whether it wants proof that the token came to us: `appsecret_proof` (Facebook).
    pub proof: bool,
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

impl OpenId {
    /// Whether its issuer stands for many, of which a token's own tenant names one.
    pub fn is_of_many_tenants(&self) -> bool {
        self.issuer.contains(TENANT_ID)
    }
}

impl OAuth2 {
    /// The OAuth endpoints.
    pub fn endpoints(&self) -> exchange::Endpoints<'_> {
        exchange::Endpoints {
            authorize_url: &self.authorize_url,
            token_url: &self.token_url,
            push_url: self.push_url.as_deref(),
            offer: Offer::UNKNOWN,
        }
    }
}

/// The operator's providers, by name. A row that cannot be used says why and leaves the others alone.
#[derive(Clone, Debug)]
pub struct Providers {
    rows: HashMap<String, Result<Provider, String>>,
    external: Option<Result<External, String>>,
}

impl Providers {
    /// Reads the providers secret.
    ///
    /// # Errors
    ///
    /// When it is not a JSON object.
    pub fn parse(json: &str) -> Result<Self, String> {
        let mut rows: HashMap<String, serde_json::Value> = serde_json::from_str(json).map_err(|error| {
            format!("not a JSON object of provider rows (line {}, column {})", error.line(), error.column())
        })?;
        let resolve = |(name, row): (String, serde_json::Value)| {
            let provider = row::resolve(&name, row).map_err(|problem| of_row(&name, &problem));
            (name, provider)
        };
        let external = rows.remove(external::NAME).map(External::resolve);
        Ok(Self { rows: rows.into_iter().map(resolve).collect(), external })
    }

    /// The provider of that name.
    ///
    /// # Errors
    ///
    /// `InvalidProvider` when there is no row for it; what is wrong with its row, for the log, when it cannot be used.
    pub fn usable(&self, name: &str) -> Result<&Provider, Failure> {
        match self.rows.get(name) {
            Some(Ok(provider)) => Ok(provider),
            Some(Err(problem)) => Err(Broken::new(Dependency::Secrets, problem).into()),
            None => Err(Denied::InvalidProvider.into()),
        }
    }

    /// What is wrong with a row that cannot be used, where there is one.
    pub fn problem(&self) -> Option<String> {
        let external = match &self.external {
            Some(Ok(External { login: Some(Err(problem)), .. }) | Err(problem)) => {
                Some(of_row(external::NAME, problem))
            }
            Some(Ok(_)) | None => None,
        };
        self.rows.values().filter_map(|row| row.as_ref().err().cloned()).chain(external).min()
    }

    /// The usable providers as a person chooses among them: the operator's own first, then those that most people have
    /// an account with, then the others; each by their labels.
    pub fn listed(&self) -> Vec<Listed> {
        let usable = self.rows.values().flatten();
        let mut listed: Vec<_> =
            usable.map(|provider| Listed { name: provider.name.clone(), label: provider.label.clone() }).collect();
        let rank = |name: &str| match FAMILIAR.iter().position(|familiar| *familiar == name) {
            Some(place) => 1 + place,
            None if row::is_known(name) => 1 + FAMILIAR.len(),
            None => 0,
        };
        listed.sort_by_cached_key(|provider| (rank(&provider.name), provider.label.to_lowercase()));
        listed
    }

    /// The external login.
    ///
    /// # Errors
    ///
    /// `InvalidProvider` when there is none; what is wrong with its row, for the log, when it cannot be used.
    pub fn external_login(&self) -> Result<&ExternalLogin, Failure> {
        match &self.external {
            Some(Ok(External { login: Some(Ok(login)), .. })) => Ok(login),
            Some(Ok(External { login: Some(Err(problem)), .. }) | Err(problem)) => {
                Err(Broken::new(Dependency::Secrets, of_row(external::NAME, problem)).into())
            }
            Some(Ok(External { login: None, .. })) | None => Err(Denied::InvalidProvider.into()),
        }
    }

    /// The API key that was presented, if it is one of the operator's.
    ///
    /// # Errors
    ///
    /// What is wrong with the row that has them, for the log.
    pub fn api_key(&self, presented: &Secret) -> Result<Option<&ApiKey>, Broken> {
        match &self.external {
            Some(Ok(external)) => Ok(external.api_keys.find(presented)),
            Some(Err(problem)) => Err(Broken::new(Dependency::Secrets, of_row(external::NAME, problem))),
            None => Ok(None),
        }
    }
}

fn of_row(name: &str, problem: &str) -> String {
    format!("provider {name:?}: {problem}")
}

/// What stands for a token's own tenant in an issuer.
const TENANT_ID: &str = "{tenantid}";

/// Those that most people have an account with.
const FAMILIAR: [&str; 6] = ["google", "apple", "microsoft", "facebook", "github", "discord"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_faulty_row_is_named_and_leaves_the_others_alone() {
        let json = r#"{"google": {"clientId": "us", "clientSecret": "s"}, "corp": {"clientId": "us"}}"#;
        let providers = Providers::parse(json).unwrap();
        assert!(providers.usable("google").is_ok());
        assert!(matches!(providers.usable("other"), Err(Failure::Denied(Denied::InvalidProvider))));
        let Err(Failure::Broken(broken)) = providers.usable("corp") else { panic!("a row without an issuer") };
        assert!(broken.cause.starts_with("provider \"corp\": "), "{}", broken.cause);
        assert_eq!(providers.problem(), Some(broken.cause));
    }

    #[test]
    fn an_external_login_is_usable_or_says_what_to_give_unless_its_row_has_api_keys_alone() {
        let providers = |row: &str| Providers::parse(&format!(r#"{{"external": {row}}}"#)).unwrap();
        let good = providers(r#"{"loginUrl": "https://a.example/", "userinfoUrl": "https://a.example/me"}"#);
        assert!(good.external_login().is_ok() && good.problem().is_none());

        let unchecked = providers(r#"{"loginUrl": "https://a.example/"}"#);
        let Err(Failure::Broken(broken)) = unchecked.external_login() else { panic!("tokens that nothing checks") };
        let cause =
            "provider \"external\": nothing says whose a token is: give tokenJwksUrl, tokenSecret or userinfoUrl";
        assert_eq!((broken.cause.as_str(), unchecked.problem().as_deref()), (cause, Some(cause)));

        let keys = providers(r#"{"apiKeys": []}"#);
        assert!(matches!(keys.external_login(), Err(Failure::Denied(Denied::InvalidProvider))));
        assert_eq!(keys.problem(), None);
    }

    #[test]
    fn google_needs_nothing_but_its_registration() {
        let providers = Providers::parse(r#"{"google": {"clientId": "us", "clientSecret": "s"}}"#).unwrap();
        let google = providers.usable("google").unwrap();
        let Protocol::OpenId(openid) = &google.protocol else { panic!("google speaks OpenID Connect") };
        assert_eq!(openid.known.complete().unwrap().token_url, "https://oauth2.googleapis.com/token");
        assert!(matches!(google.trust_email, crate::account::trust::TrustEmail::Domains(_)));
    }

    #[test]
    fn people_choose_among_the_usable_providers_in_a_good_order() {
        let registration = r#"{"clientId": "us", "clientSecret": "0123456789abcdef0123456789abcdef"}"#;
        let own = r#"{"clientId": "us", "issuer": "https://idp.example", "label": "Zebra Inc."}"#;
        let moved = r#"{"clientId": "us", "issuer": "https://idp.example"}"#;
        let providers = Providers::parse(&format!(
            r#"{{"github": {registration}, "line": {registration}, "our-idp": {moved}, "zebra": {own}, "broken": {{}},
                "google": {moved}, "box": {registration}}}"#
        ))
        .unwrap();
        let labels: Vec<_> = providers.listed().into_iter().map(|provider| provider.label).collect();
        assert_eq!(labels, ["Our idp", "Zebra Inc.", "Google", "GitHub", "Box", "LINE"]);
        assert_eq!(providers.listed()[1].letter(), "Z");
    }

    #[test]
    fn a_secret_that_is_no_object_is_described_without_its_text() {
        let problem = Providers::parse("hunter2").unwrap_err();
        assert_eq!(problem, "not a JSON object of provider rows (line 1, column 1)");
        assert_eq!(Listed::parse_all("hunter2").unwrap_err(), "not a list of labels (line 1, column 1)");
    }
}
