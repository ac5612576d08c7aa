//! Where a person may be sent back to: byte for byte one of the configured values, and nothing else.

mod explain;

use serde::{Deserialize, Serialize};
use url::Url;

/// A redirect target that an operator allowed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// The target as it was configured.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The target with one more query parameter.
    pub fn with_query(&self, name: &str, value: &str) -> String {
        let separator = if self.0.contains('?') { '&' } else { '?' };
        let pair = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
        format!("{}{separator}{pair}", self.0)
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

    /// The target that equals `wanted` byte for byte: no wildcard, no prefix, no normalisation (RFC 9700 section 2.1).
    pub fn find(&self, wanted: &str) -> Option<ReturnTo> {
        self.0.iter().find(|allowed| *allowed == wanted).cloned().map(ReturnTo)
    }
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
            assert_eq!(allowed().find(wanted), None, "{wanted:?}");
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
        let with_token = |wanted| targets.find(wanted).unwrap().with_query("token", "a b");
        assert_eq!(with_token("https://a.example/"), "https://a.example/?token=a+b");
        assert_eq!(with_token("https://a.example/?x=1"), "https://a.example/?x=1&token=a+b");
    }
}
