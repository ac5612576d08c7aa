//! Settings: the environment, read once, into types. The settings that need a type say which variable they read.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use jsonwebtoken::Algorithm;
use url::{Host, Url};

use domain::account::resolution::{LinkPolicy, SignUpPolicy};
use domain::magic_link::OtherBrowser;
use domain::page::brand::{Brand, Color, Links, Logo, Site};
use domain::passkey::RelyingParty;
use domain::redirect::{AllowedTargets, OwnAddresses};
use domain::request::origin::AllowedOrigins;
use domain::session::access_token::{Issuer, Realm};

/// The environment of the process, as it was at the start.
#[derive(Clone, Debug)]
pub struct Env(HashMap<String, String>);

/// A setting that is missing or wrong. The function stops at INIT with this one line.
pub struct ConfigError {
    variable: String,
    problem: String,
}

impl Env {
    /// The environment of this process. Variables that are not UTF-8 do not exist.
    pub fn of_process() -> Self {
        let readable = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(readable).collect())
    }

    /// A setting that must be there and not empty.
    pub fn text(&self, variable: &str) -> Result<String, ConfigError> {
        self.optional(variable).ok_or_else(|| wrong(variable, "is missing"))
    }

    /// A setting that may be missing or empty.
    pub fn optional(&self, variable: &str) -> Option<String> {
        self.0.get(variable).filter(|value| !value.is_empty()).cloned()
    }

    /// A number of seconds from 0 to ten years.
    pub fn seconds(&self, variable: &str) -> Result<Duration, ConfigError> {
        let seconds = self.number(variable)?;
        if seconds > MAX_SECONDS {
            return Err(wrong(variable, "is more than ten years in seconds"));
        }
        Ok(Duration::from_secs(seconds.into()))
    }

    /// A number of seconds that is not 0.
    pub fn positive_seconds(&self, variable: &str) -> Result<Duration, ConfigError> {
        let span = self.seconds(variable)?;
        if span.is_zero() { Err(wrong(variable, "must be at least 1 second")) } else { Ok(span) }
    }

    /// A whole number.
    pub fn number(&self, variable: &str) -> Result<u32, ConfigError> {
        self.text(variable)?.parse().map_err(|_| wrong(variable, "is not a whole number"))
    }

    /// A whole number that is not 0.
    pub fn positive_number(&self, variable: &str) -> Result<u32, ConfigError> {
        let number = self.number(variable)?;
        if number == 0 { Err(wrong(variable, "must be at least 1")) } else { Ok(number) }
    }

    /// Values separated by commas; none when the setting is missing or empty.
    pub fn list(&self, variable: &str) -> Vec<String> {
        let value = self.optional(variable).unwrap_or_default();
        value.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    /// `PUBLIC_URL`: issuer and base of every link; an origin without a path, never derived from a request.
    pub fn public_url(&self) -> Result<String, ConfigError> {
        let value = self.text("PUBLIC_URL")?;
        let url = Url::parse(&value).map_err(|_| wrong("PUBLIC_URL", "is not a URL"))?;
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
        if url.scheme() != "https" && !(url.scheme() == "http" && local) {
            return Err(wrong("PUBLIC_URL", "must be https (http is for localhost)"));
        }
        if url.origin().ascii_serialization() != value {
            return Err(wrong(
                "PUBLIC_URL",
                "must be an origin such as https://auth.example.com, without a path or a trailing slash",
            ));
        }
        Ok(value)
    }

    /// `PUBLIC_URL`, `AUDIENCE` and `ACCESS_TOKEN_SECONDS`: who issues tokens, for whom, and for how long.
    pub fn issuer(&self) -> Result<Issuer, ConfigError> {
        let access_token_lifetime = self.positive_seconds("ACCESS_TOKEN_SECONDS")?;
        Ok(Issuer { realm: self.realm()?, access_token_lifetime })
    }

    /// `PUBLIC_URL` and `AUDIENCE`: whose tokens are accepted. `AUDIENCE` is `PUBLIC_URL` when it is not set.
    pub fn realm(&self) -> Result<Realm, ConfigError> {
        let issuer = self.public_url()?;
        Ok(Realm { audience: self.optional("AUDIENCE").unwrap_or_else(|| issuer.clone()), issuer })
    }

    /// `SIGNING_ALGORITHM`: what new signing keys are for.
    pub fn signing_algorithm(&self) -> Result<Algorithm, ConfigError> {
        match self.text("SIGNING_ALGORITHM")?.as_str() {
            "ES256" => Ok(Algorithm::ES256),
            "EdDSA" => Ok(Algorithm::EdDSA),
            "RS256" => Ok(Algorithm::RS256),
            _ => Err(wrong("SIGNING_ALGORITHM", "is not RS256, ES256 or EdDSA")),
        }
    }

    /// `ALLOWED_REDIRECTS`: where people may be sent back to.
    pub fn allowed_redirects(&self) -> Result<AllowedTargets, ConfigError> {
        let variable = "ALLOWED_REDIRECTS";
        AllowedTargets::new(self.list(variable)).map_err(|problem| wrong(variable, &problem))
    }

    /// `PUBLIC_URL` once more: our own addresses that people come back to.
    pub fn own_addresses(&self) -> Result<OwnAddresses, ConfigError> {
        Ok(OwnAddresses { public_url: self.public_url()? })
    }

    /// `PUBLIC_URL` and `ALLOWED_ORIGINS`: whose pages may act in a person's name.
    pub fn origins(&self) -> Result<AllowedOrigins, ConfigError> {
        let mut origins = self.list("ALLOWED_ORIGINS");
        let is_origin =
            |value: &String| Url::parse(value).is_ok_and(|url| url.origin().ascii_serialization() == *value);
        if let Some(value) = origins.iter().find(|value| !is_origin(value)) {
            let problem = format!(
                "has {value:?}, which is not an origin such as https://app.example.com, without a path or a trailing slash"
            );
            return Err(wrong("ALLOWED_ORIGINS", &problem));
        }
        origins.push(self.public_url()?);
        Ok(AllowedOrigins::new(origins))
    }

    /// `PASSKEY_RP_ID`, `PUBLIC_URL`, `ALLOWED_ORIGINS` and `BRAND_NAME`: whose passkeys these are. The domain is the host
    /// of `PUBLIC_URL` when it is not set.
    pub fn relying_party(&self) -> Result<RelyingParty, ConfigError> {
        let variable = "PASSKEY_RP_ID";
        let url = Url::parse(&self.public_url()?).map_err(|_| wrong("PUBLIC_URL", "is not a URL"))?;
        let Some(Host::Domain(host)) = url.host() else {
            let problem = "is an IP address, for which no browser makes a passkey: use a name, such as localhost";
            return Err(wrong("PUBLIC_URL", problem));
        };
        let id = self.optional(variable).unwrap_or_else(|| host.to_owned());
        let below = host.strip_suffix(&id).is_some_and(|name| name.is_empty() || name.ends_with('.'));
        if !below || id.starts_with('.') {
            let problem = format!("is {id:?}, which is neither the host of PUBLIC_URL ({host}) nor a domain above it");
            return Err(wrong(variable, &problem));
        }
        Ok(RelyingParty { id, name: self.text("BRAND_NAME")?, origins: self.origins()?.values().to_vec() })
    }

    /// `FRONTEND_URL`: where contract `social` sends people; a URL without a slash at its end. `PUBLIC_URL` when it is
    /// not set.
    pub fn frontend_url(&self) -> Result<String, ConfigError> {
        let Some(value) = self.optional("FRONTEND_URL") else { return self.public_url() };
        let url = Url::parse(&value).map_err(|_| wrong("FRONTEND_URL", "is not a URL"))?;
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
        let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if !(url.scheme() == "https" || url.scheme() == "http" && local) || !plain || value.ends_with('/') {
            return Err(wrong(
                "FRONTEND_URL",
                "must be https (http is for localhost), without a query or a trailing slash",
            ));
        }
        Ok(value)
    }

    /// `LINK_IN_OTHER_BROWSER`: whether a mailed link opens in another browser than the one that asked for it.
    pub fn link_in_other_browser(&self) -> Result<OtherBrowser, ConfigError> {
        match self.text("LINK_IN_OTHER_BROWSER")?.as_str() {
            "allow" => Ok(OtherBrowser::Allow),
            "refuse" => Ok(OtherBrowser::Refuse),
            _ => Err(wrong("LINK_IN_OTHER_BROWSER", "is neither \"allow\" nor \"refuse\"")),
        }
    }

    /// `BRAND_NAME`, `BRAND_LOGO_URL` and `BRAND_COLOR`: how the service presents itself.
    pub fn brand(&self) -> Result<Brand, ConfigError> {
        let logo = self.optional("BRAND_LOGO_URL").map(|address| Logo::new(&address)).transpose();
        let color = Color::parse(&self.text("BRAND_COLOR")?);
        Ok(Brand {
            name: self.text("BRAND_NAME")?,
            logo: logo.map_err(|problem| wrong("BRAND_LOGO_URL", problem))?,
            color: color.ok_or_else(|| wrong("BRAND_COLOR", "is not a colour such as #1d5c4f"))?,
        })
    }

    /// `TERMS_URL`, `PRIVACY_URL`, `IMPRINT_URL` and `SUPPORT_URL`: what every page links.
    pub fn links(&self) -> Result<Links, ConfigError> {
        let given =
            |variable: &'static str, address: Option<String>, read: fn(&str) -> Result<String, &'static str>| {
                address.map(|address| read(&address).map_err(|problem| wrong(variable, problem))).transpose()
            };
        Ok(Links {
            terms: given("TERMS_URL", self.optional("TERMS_URL"), Links::page)?,
            privacy: given("PRIVACY_URL", self.optional("PRIVACY_URL"), Links::page)?,
            imprint: given("IMPRINT_URL", self.optional("IMPRINT_URL"), Links::page)?,
            support: given("SUPPORT_URL", self.optional("SUPPORT_URL"), Links::contact)?,
        })
    }

    /// What every page needs: the brand, `PUBLIC_URL`, where forms may lead (`ALLOWED_REDIRECTS`, `FRONTEND_URL`), and what
    /// is linked.
    pub fn site(&self) -> Result<Site, ConfigError> {
        let (targets, frontend_url) = (self.allowed_redirects()?, self.frontend_url()?);
        let site = Site::new(self.brand()?, self.public_url()?, &targets, &frontend_url);
        Ok(Site { links: self.links()?, ..site })
    }

    /// `ACTOR_TYPES`: what people sign in as, and who may sign up.
    pub fn actor_types(&self) -> Result<ActorTypes, ConfigError> {
        ActorTypes::parse(&self.list("ACTOR_TYPES")).map_err(|problem| wrong("ACTOR_TYPES", &problem))
    }

    /// `ACCOUNT_LINKING`: whether proven addresses join identities to accounts.
    pub fn account_linking(&self) -> Result<LinkPolicy, ConfigError> {
        match self.text("ACCOUNT_LINKING")?.as_str() {
            "never" => Ok(LinkPolicy::Never),
            "verified" => Ok(LinkPolicy::Verified),
            _ => Err(wrong("ACCOUNT_LINKING", "is neither \"verified\" nor \"never\"")),
        }
    }

    /// `TRUSTED_VIEWER_ADDRESS`: whether CloudFront stands in front and says who asks.
    pub fn is_behind_cloudfront(&self) -> Result<bool, ConfigError> {
        match self.text("TRUSTED_VIEWER_ADDRESS")?.as_str() {
            "cloudfront" => Ok(true),
            "none" => Ok(false),
            _ => Err(wrong("TRUSTED_VIEWER_ADDRESS", "is neither \"none\" nor \"cloudfront\"")),
        }
    }

    /// `OUTBOUND_POLICY`: which addresses providers may have.
    pub fn outbound_policy(&self) -> Result<OutboundPolicy, ConfigError> {
        match self.text("OUTBOUND_POLICY")?.as_str() {
            "any" => Ok(OutboundPolicy::Any),
            "public" => Ok(OutboundPolicy::Public),
            _ => Err(wrong("OUTBOUND_POLICY", "is neither \"public\" nor \"any\"")),
        }
    }
}

/// Which addresses outbound requests may go to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OutboundPolicy {
    /// Every address, and plain http: for a local stack.
    Any,
    /// https at public addresses.
    Public,
}

/// What people sign in as. The first is the default.
#[derive(Clone, Debug)]
pub struct ActorTypes(Vec<(String, SignUpPolicy)>);

impl ActorTypes {
    fn parse(items: &[String]) -> Result<Self, String> {
        let parsed = items.iter().map(|item| {
            let (name, policy) = item.split_once(':').ok_or(format!("{item:?} is not of the form name:policy"))?;
            let policy = match policy {
                "closed" => SignUpPolicy::Closed,
                "invite" => SignUpPolicy::Invite,
                "open" => SignUpPolicy::Open,
                _ => return Err(format!("{policy:?} is not open, invite or closed")),
            };
            let well_formed = (1..=32).contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            // These would collide with routes of another meaning.
            if !well_formed || ["mfa", "session", "social", "token"].contains(&name) {
                return Err(format!("{name:?} is reserved, or not 1 to 32 lower-case letters, digits and hyphens"));
            }
            Ok((name.to_owned(), policy))
        });
        let types = parsed.collect::<Result<Vec<_>, String>>()?;
        if types.is_empty() {
            return Err("is missing".to_owned());
        }
        let twice = |name: &String| types.iter().filter(|(other, _)| other == name).count() > 1;
        if let Some((name, _)) = types.iter().find(|(name, _)| twice(name)) {
            return Err(format!("names {name:?} twice"));
        }
        Ok(Self(types))
    }

    /// Whether everybody may sign up, whatever as.
    pub fn are_open(&self) -> bool {
        self.0.iter().all(|(_, policy)| *policy == SignUpPolicy::Open)
    }

    /// Whether people who were invited may join as `actor_type`.
    pub fn take_invited(&self, actor_type: &str) -> bool {
        self.find(Some(actor_type)).is_some_and(|(_, policy)| policy != SignUpPolicy::Closed)
    }

    /// Every type.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The type that was asked for, or the default one; `None` when there is no such type.
    pub fn find(&self, wanted: Option<&str>) -> Option<(&str, SignUpPolicy)> {
        let mut types = self.0.iter().map(|(name, policy)| (name.as_str(), *policy));
        match wanted {
            None => types.next(),
            Some(wanted) => types.find(|(name, _)| *name == wanted),
        }
    }
}

/// The same line, because `Debug` is what Rust prints when `main` fails.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "setting {} {}", self.variable, self.problem)
    }
}

impl std::error::Error for ConfigError {}

fn wrong(variable: &str, problem: &str) -> ConfigError {
    ConfigError { variable: variable.to_owned(), problem: problem.to_owned() }
}

const MAX_SECONDS: u32 = 10 * 366 * 24 * 3600;

#[cfg(test)]
mod tests {
    use super::*;

    fn env(variable: &str, value: &str) -> Env {
        Env(HashMap::from([(variable.to_owned(), value.to_owned())]))
    }

    fn problem<T>(result: Result<T, ConfigError>) -> String {
        result.err().unwrap().to_string()
    }

    #[test]
    fn a_missing_or_empty_setting_is_named() {
        assert_eq!(problem(env("X", "").text("PUBLIC_URL")), "setting PUBLIC_URL is missing");
        assert_eq!(problem(env("PUBLIC_URL", "").text("PUBLIC_URL")), "setting PUBLIC_URL is missing");
    }

    #[test]
    fn the_public_url_is_an_https_origin_or_localhost() {
        for value in ["https://auth.example", "https://auth.example:8443", "http://localhost:9100"] {
            assert_eq!(env("PUBLIC_URL", value).public_url().unwrap(), value);
        }
        for value in
            ["auth.example", "http://auth.example", "https://auth.example/", "https://auth.example/x", "https://A.b"]
        {
            assert!(problem(env("PUBLIC_URL", value).public_url()).starts_with("setting PUBLIC_URL"), "{value}");
        }
    }

    #[test]
    fn passkeys_are_of_the_host_or_of_a_domain_above_it() {
        let of = |public_url: &str, id: &str| {
            let values = [("PUBLIC_URL", public_url), ("PASSKEY_RP_ID", id), ("BRAND_NAME", "Acme")];
            Env(values.map(|(name, value)| (name.to_owned(), value.to_owned())).into()).relying_party()
        };
        let host = "https://auth.example.com";
        for (public_url, id, expected) in [
            ("http://localhost:9100", "", "localhost"),
            (host, "", "auth.example.com"),
            (host, "auth.example.com", "auth.example.com"),
            (host, "example.com", "example.com"),
        ] {
            assert_eq!(of(public_url, id).unwrap().id, expected);
        }
        for id in ["other.example.com", "xample.com", ".example.com", "https://example.com", "AUTH.example.com"] {
            assert!(problem(of(host, id)).starts_with("setting PASSKEY_RP_ID is "), "{id}");
        }
        assert!(problem(of("http://127.0.0.1:9100", "")).starts_with("setting PUBLIC_URL is an IP address"));
    }

    #[test]
    fn seconds_are_whole_and_bounded() {
        assert_eq!(env("S", "900").seconds("S").unwrap(), Duration::from_secs(900));
        for value in ["-1", "1.5", "soon", "999999999"] {
            assert!(env("S", value).seconds("S").is_err(), "{value}");
        }
        assert!(env("S", "0").positive_seconds("S").is_err());
    }

    #[test]
    fn a_brand_is_a_name_a_colour_and_perhaps_a_logo() {
        let given = |color: &str, logo: &str| {
            let values = [("BRAND_NAME", "Acme"), ("BRAND_COLOR", color), ("BRAND_LOGO_URL", logo)];
            Env(values.map(|(name, value)| (name.to_owned(), value.to_owned())).into()).brand()
        };
        assert!(given("#1d5c4f", "").unwrap().logo.is_none());
        assert_eq!(problem(given("green", "")), "setting BRAND_COLOR is not a colour such as #1d5c4f");
        let logo = "http://cdn.example/logo.svg";
        assert_eq!(problem(given("#1d5c4f", logo)), "setting BRAND_LOGO_URL must be an https URL without credentials");
    }

    #[test]
    fn the_first_actor_type_is_the_default() {
        let types = env("ACTOR_TYPES", "user:open, staff:invite").actor_types().unwrap();
        assert_eq!(types.find(None), Some(("user", SignUpPolicy::Open)));
        assert_eq!(types.find(Some("staff")), Some(("staff", SignUpPolicy::Invite)));
        assert_eq!(types.find(Some("admin")), None);
    }

    #[test]
    fn an_actor_type_that_collides_or_has_no_policy_is_refused() {
        for value in ["", "user", "user:maybe", "social:open", "session:open", "User:open", ":open"] {
            assert!(problem(env("ACTOR_TYPES", value).actor_types()).starts_with("setting ACTOR_TYPES"), "{value}");
        }
    }
}
