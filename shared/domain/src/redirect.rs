//! Where a person may be sent back to: byte for byte one of the configured values, and nothing else.

pub mod channel;
mod explain;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::language::Language;
use crate::redirect::channel::ReturnChannel;

/// A redirect target that an operator allowed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// The page of `frontend_url` to which contract `social` sends a browser that signed in with `provider`.
    pub fn frontend(frontend_url: &str, provider: &str) -> Self {
        let page = Self(format!("{frontend_url}/login"));
        Self(page.with_query([("social_login", "success"), ("provider", provider)]))
    }

    /// The target as it was configured.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The target with more query parameters.
    pub fn with_query<'a>(&self, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let separator = if self.0.contains('?') { '&' } else { '?' };
        let pairs = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        format!("{}{separator}{pairs}", self.0)
    }
}

/// A target that people may not be sent back to, and why: for the operator's eyes only.
#[derive(Debug)]
pub struct RefusedTarget(String);

impl RefusedTarget {
    /// A refusal that is not about a difference from an allowed target.
    pub fn because(reason: &str) -> Self {
        Self(reason.to_owned())
    }

    /// Why.
    pub fn explanation(&self) -> &str {
        &self.0
    }
}

/// Our own addresses that people come back to.
#[derive(Clone, Debug)]
pub struct OwnAddresses {
    /// `PUBLIC_URL`: an origin.
    pub public_url: String,
}

impl OwnAddresses {
    /// The sign-in page, where people without another target end up, in the language that they chose.
    pub fn sign_in_page(&self, language: Option<Language>) -> ReturnTo {
        self.in_language(SIGN_IN_PAGE, language)
    }

    /// Which of our [`PAGES`] `address` names, in whatever language: that page in `language`.
    fn page(&self, address: &str, language: Option<Language>) -> Option<ReturnTo> {
        let languages = || Language::ALL.into_iter().map(Some).chain([None]);
        let is_named = |path: &&str| languages().any(|language| self.in_language(path, language).0 == address);
        PAGES.into_iter().find(is_named).map(|path| self.in_language(path, language))
    }

    fn in_language(&self, path: &str, language: Option<Language>) -> ReturnTo {
        let page = self.at(path);
        match language {
            None => page,
            Some(language) => ReturnTo(page.with_query([("lang", language.tag())])),
        }
    }

    /// Where a mailed link leads whose sign-in the sign-in page started.
    pub fn link_page(&self) -> ReturnTo {
        self.at("/v1/auth/verify")
    }

    /// Where a mailed link leads that asks something of its mailbox.
    pub fn wish_page(&self) -> ReturnTo {
        self.at("/v1/auth/verify/identity")
    }

    /// Where a notice leads whose reader says that it was not them.
    pub fn undo_page(&self) -> ReturnTo {
        self.at("/v1/auth/undo")
    }

    /// Where `provider` sends a browser that started at our pages.
    pub fn browser_callback(&self, provider: &str) -> ReturnTo {
        self.at(&format!("/v1/auth/callback/{provider}"))
    }

    /// Where `provider` sends a browser that contract `social` started.
    pub fn social_callback(&self, provider: &str) -> ReturnTo {
        self.at(&format!("/auth/social/{provider}/callback"))
    }

    /// Every callback of ours for `provider`, and the channel that it belongs to.
    pub fn callbacks(&self, provider: &str) -> [(ReturnChannel, ReturnTo); 3] {
        [
            (ReturnChannel::Browser, self.browser_callback(provider)),
            (ReturnChannel::Gateway, self.at("/accounts/oauth/callback")),
            (ReturnChannel::Social, self.social_callback(provider)),
        ]
    }

    /// The channel that `redirect_uri` belongs to, if it is a callback of ours for `provider`.
    pub fn channel_of(&self, redirect_uri: &str, provider: &str) -> Option<ReturnChannel> {
        let own = self.callbacks(provider).into_iter().find(|(_, callback)| callback.0 == redirect_uri);
        own.map(|(channel, _)| channel)
    }

    /// Where an invite leads whose sender named no page.
    pub fn invite_page(&self) -> ReturnTo {
        self.at("/login/invite")
    }

    fn at(&self, path: &str) -> ReturnTo {
        ReturnTo(format!("{}{path}", self.public_url))
    }
}

/// The configured targets.
#[derive(Clone, Debug)]
pub struct AllowedTargets(Vec<String>);

impl AllowedTargets {
    /// Takes the operator's list.
    ///
    /// # Errors
    ///
    /// The first value that can never be a safe target: not absolute, not https (http is for loopback hosts), with a
    /// fragment (RFC 6749 section 3.1.2), or with credentials in it.
    pub fn new(values: Vec<String>) -> Result<Self, String> {
        match values.iter().find(|value| !is_safe(value)) {
            Some(value) => Err(format!(
                "{value:?} is no redirect target: give an absolute https URL (or http on localhost, or an app's own \
                 scheme) without fragment, credentials and wildcards"
            )),
            None => Ok(Self(values)),
        }
    }

    /// The one that is meant where none is named.
    pub fn first(&self) -> Option<ReturnTo> {
        self.0.first().cloned().map(ReturnTo)
    }

    /// The target that equals `wanted` byte for byte: no wildcard, no prefix, no normalisation (RFC 9700 section 2.1).
    ///
    /// # Errors
    ///
    /// Which one comes closest, when none does.
    pub fn find(&self, wanted: &str) -> Result<ReturnTo, RefusedTarget> {
        self.find_beside(&[], wanted)
    }

    /// The same, where addresses of our `own` would have done as well.
    ///
    /// # Errors
    ///
    /// Which one comes closest, when none does.
    pub fn find_beside(&self, own: &[ReturnTo], wanted: &str) -> Result<ReturnTo, RefusedTarget> {
        let found = self.beside(own).find(|allowed| *allowed == wanted);
        found.map(|found| ReturnTo(found.to_owned())).ok_or_else(|| RefusedTarget(self.explain(wanted, own)))
    }

    fn beside<'a>(&'a self, own: &'a [ReturnTo]) -> impl Iterator<Item = &'a str> {
        self.0.iter().map(String::as_str).chain(own.iter().map(ReturnTo::as_str))
    }

    /// Where a browser ends up: a configured value, or one of our `PAGES` in `language`; the sign-in page is also meant
    /// when nothing is wanted.
    ///
    /// # Errors
    ///
    /// Which one comes closest, when what is wanted is none of them.
    pub fn find_page(
        &self,
        wanted: Option<&str>,
        language: Option<Language>,
        own: &OwnAddresses,
    ) -> Result<ReturnTo, RefusedTarget> {
        let Some(wanted) = wanted else { return Ok(own.sign_in_page(language)) };
        let page = own.page(wanted, language);
        page.map_or_else(|| self.find_beside(&PAGES.map(|path| own.at(path)), wanted), Ok)
    }

    /// What the targets' origins are called in a page's content security policy, each once: `https://app.example`, and
    /// the scheme alone (`com.example.app:`) for an app's own.
    pub fn sources(&self) -> Vec<String> {
        let mut sources: Vec<String> = self.0.iter().filter_map(|target| source(target)).collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }
}

/// The page of ours where people sign in.
const SIGN_IN_PAGE: &str = "/login";

/// The page of ours where people see to it that nobody else does.
pub const SECURITY_PAGE: &str = "/login/security";

/// Pages of ours where a sign-in may end.
const PAGES: [&str; 2] = [SIGN_IN_PAGE, SECURITY_PAGE];

/// What an address is called in a page's content security policy: its origin, or the scheme alone.
pub fn source(target: &str) -> Option<String> {
    let url = Url::parse(target).ok()?;
    let origin = url.origin();
    Some(if origin.is_tuple() { origin.ascii_serialization() } else { format!("{}:", url.scheme()) })
}

fn is_safe(value: &str) -> bool {
    let Ok(url) = Url::parse(value) else { return false };
    let scheme_fits = match url.scheme() {
        "https" => true,
        "http" => matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")),
        // A native app's own scheme is a reversed domain name (RFC 8252 section 7.1).
        scheme => scheme.contains('.'),
    };
    let plain = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    scheme_fits && plain && value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed() -> AllowedTargets {
        AllowedTargets::new(vec!["https://app.example/in".to_owned()]).unwrap()
    }

    #[test]
    fn only_the_very_bytes_match() {
        assert_eq!(allowed().find("https://app.example/in").unwrap().as_str(), "https://app.example/in");
        for wanted in [
            "",
            "https://app.example/",
            "https://app.example/in/",
            "https://app.example/in?x=1",
            "https://app.example/in#x",
            "https://app.example/in/../in",
            "https://APP.example/in",
            "https://app.example:443/in",
            "https://app.example/i%6e",
            "https://app.example.evil.example/in",
            "https://app.example@evil.example/in",
            "http://app.example/in",
            "//app.example/in",
            "https://app.example/in\n",
        ] {
            assert!(allowed().find(wanted).is_err(), "{wanted:?}");
        }
    }

    #[test]
    fn a_configured_value_that_could_never_be_safe_is_refused() {
        for value in [
            "",
            "https://*.a.example/",
            "/in",
            "http://app.example/",
            "https://a.example/#x",
            "https://u:p@a.example/",
            "javascript:1",
        ] {
            assert!(AllowedTargets::new(vec![value.to_owned()]).is_err(), "{value:?}");
        }
        for value in ["http://localhost:3000/", "com.example.app:/in", "https://a.example/?x=1"] {
            assert!(AllowedTargets::new(vec![value.to_owned()]).is_ok(), "{value:?}");
        }
    }

    #[test]
    fn a_parameter_joins_the_query_that_is_there() {
        let targets = AllowedTargets::new(vec!["https://a.example/".into(), "https://a.example/?x=1".into()]).unwrap();
        let with_token = |wanted| targets.find(wanted).unwrap().with_query([("token", "a b")]);
        assert_eq!(with_token("https://a.example/"), "https://a.example/?token=a+b");
        assert_eq!(with_token("https://a.example/?x=1"), "https://a.example/?x=1&token=a+b");
    }

    fn own() -> OwnAddresses {
        OwnAddresses { public_url: "https://auth.example".to_owned() }
    }

    #[test]
    fn a_callback_of_ours_is_one_for_its_own_provider_only() {
        let channel = |redirect_uri| own().channel_of(redirect_uri, "google");
        assert_eq!(channel("https://auth.example/v1/auth/callback/google"), Some(ReturnChannel::Browser));
        assert_eq!(channel("https://auth.example/auth/social/google/callback"), Some(ReturnChannel::Social));
        assert_eq!(channel("https://auth.example/accounts/oauth/callback"), Some(ReturnChannel::Gateway));
        for other in [
            "https://auth.example/v1/auth/callback/github",
            "https://auth.example/v1/auth/callback/google/",
            "https://auth.example.evil.example/v1/auth/callback/google",
            "https://app.example/in",
        ] {
            assert_eq!(channel(other), None, "{other}");
        }
    }

    #[test]
    fn a_browser_ends_up_at_a_configured_page_or_at_ours() {
        let page = |wanted| allowed().find_page(wanted, None, &own()).map(|page| page.as_str().to_owned()).ok();
        assert_eq!(page(None).unwrap(), "https://auth.example/login");
        assert_eq!(page(Some("https://auth.example/login")).unwrap(), "https://auth.example/login");
        assert_eq!(page(Some("https://app.example/in")).unwrap(), "https://app.example/in");
        assert_eq!(page(Some("https://auth.example/login?lang=de")).unwrap(), "https://auth.example/login");
        assert_eq!(
            page(Some("https://auth.example/login/security?lang=de")).unwrap(),
            own().at(SECURITY_PAGE).as_str()
        );
        assert_eq!(page(Some("https://auth.example/login?lang=tlh")), None);
        assert_eq!(page(Some("https://auth.example/login/second-factor")), None);
        assert_eq!(page(Some("https://auth.example/")), None);
        assert_eq!(page(Some("")), None);
    }

    #[test]
    fn our_page_comes_in_the_language_that_was_chosen() {
        let page = |wanted| allowed().find_page(wanted, Some(Language::Fr), &own()).unwrap();
        assert_eq!(page(None).as_str(), "https://auth.example/login?lang=fr");
        assert_eq!(page(Some("https://auth.example/login")).as_str(), "https://auth.example/login?lang=fr");
        let security = "https://auth.example/login/security";
        assert_eq!(page(Some(security)).as_str(), format!("{security}?lang=fr"));
        assert_eq!(page(Some("https://app.example/in")).as_str(), "https://app.example/in");
    }

    #[test]
    fn a_policy_names_each_origin_once_and_an_apps_scheme() {
        let values = ["https://a.example/x", "https://a.example/y?z", "http://localhost:3000/", "com.example.app:/in"];
        let targets = AllowedTargets::new(values.map(str::to_owned).to_vec()).unwrap();
        assert_eq!(targets.sources(), ["com.example.app:", "http://localhost:3000", "https://a.example"]);
    }
}
