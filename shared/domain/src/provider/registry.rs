//! What an operator has configured: the providers' rows, by name, and the external login.

use std::collections::HashMap;

use super::external::{self, ApiKey, External, ExternalLogin};
use super::row;
use super::{Listed, Provider, of_row};
use crate::error::{Dependency, Error, Fault, Rejection};
use crate::secret::Secret;

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
    pub fn usable(&self, name: &str) -> Result<&Provider, Error> {
        match self.rows.get(name) {
            Some(Ok(provider)) => Ok(provider),
            Some(Err(problem)) => Err(Fault::new(Dependency::Secrets, problem).into()),
            None => Err(Rejection::InvalidProvider.into()),
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
    pub fn external_login(&self) -> Result<&ExternalLogin, Error> {
        match &self.external {
            Some(Ok(External { login: Some(Ok(login)), .. })) => Ok(login),
            Some(Ok(External { login: Some(Err(problem)), .. }) | Err(problem)) => {
                Err(Fault::new(Dependency::Secrets, of_row(external::NAME, problem)).into())
            }
            Some(Ok(External { login: None, .. })) | None => Err(Rejection::InvalidProvider.into()),
        }
    }

    /// The API key that was presented, if it is one of the operator's.
    ///
    /// # Errors
    ///
    /// What is wrong with the row that has them, for the log.
    pub fn api_key(&self, presented: &Secret) -> Result<Option<&ApiKey>, Fault> {
        match &self.external {
            Some(Ok(external)) => Ok(external.api_keys.find(presented)),
            Some(Err(problem)) => Err(Fault::new(Dependency::Secrets, of_row(external::NAME, problem))),
            None => Ok(None),
        }
    }
}

/// Those that most people have an account with.
const FAMILIAR: [&str; 6] = ["google", "apple", "microsoft", "facebook", "github", "discord"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Protocol;

    #[test]
    fn a_faulty_row_is_named_and_leaves_the_others_alone() {
        let json = r#"{"google": {"clientId": "us", "clientSecret": "s"}, "corp": {"clientId": "us"}}"#;
        let providers = Providers::parse(json).unwrap();
        assert!(providers.usable("google").is_ok());
        assert!(matches!(providers.usable("other"), Err(Error::Rejection(Rejection::InvalidProvider))));
        let Err(Error::Fault(fault)) = providers.usable("corp") else { panic!("a row without an issuer") };
        assert!(fault.causes().starts_with("provider \"corp\": "), "{fault}");
        assert_eq!(providers.problem(), Some(fault.causes()));
    }

    #[test]
    fn an_external_login_is_usable_or_says_what_to_give_unless_its_row_has_api_keys_alone() {
        let providers = |row: &str| Providers::parse(&format!(r#"{{"external": {row}}}"#)).unwrap();
        let good = providers(r#"{"loginUrl": "https://a.example/", "userinfoUrl": "https://a.example/me"}"#);
        assert!(good.external_login().is_ok() && good.problem().is_none());

        let unchecked = providers(r#"{"loginUrl": "https://a.example/"}"#);
        let Err(Error::Fault(fault)) = unchecked.external_login() else { panic!("tokens that nothing checks") };
        let cause = "provider \"external\": nothing verifies a token: give tokenJwksUrl, tokenSecret or userinfoUrl";
        assert_eq!((&*fault.causes(), unchecked.problem().as_deref()), (cause, Some(cause)));

        let keys = providers(r#"{"apiKeys": []}"#);
        assert!(matches!(keys.external_login(), Err(Error::Rejection(Rejection::InvalidProvider))));
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
            r#"{{"github": {registration}, "line": {registration}, "our-idp": {moved}, "zebra": {own}, "fault": {{}},
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
