//! Why a redirect target is not one of the configured values, said so that an operator sees what to change.

use std::fmt;

use url::Url;

use super::{AllowedTargets, ReturnTo};

impl AllowedTargets {
    /// How a refused target differs from the one that comes closest among the configured ones and `own`.
    /// Of what was asked for, it repeats scheme, host, port and path; a query may hold a secret.
    pub(super) fn explain(&self, wanted: &str, own: &[ReturnTo]) -> String {
        let Ok(wanted_url) = Url::parse(wanted) else {
            return "the target is not an absolute URL".to_owned();
        };
        let differences = self.beside(own).map(|allowed| (allowed, differences(allowed, wanted, &wanted_url)));
        match differences.min_by_key(|(_, differences)| differences.iter().map(Difference::weight).sum::<u32>()) {
            Some((closest, differences)) => {
                let differences: Vec<_> = differences.iter().map(ToString::to_string).collect();
                format!("the closest allowed target is {closest:?}; {}", differences.join("; "))
            }
            None => "no target is configured".to_owned(),
        }
    }
}

/// One way in which a target is not the configured one. Texts are the configured one's, then the wanted one's.
#[derive(Debug)]
enum Difference {
    Scheme(String, String),
    Host(String, String),
    Port(String, String),
    Path(String, String),
    TrailingSlash,
    Case,
    Query,
    Fragment,
    Credentials,
    Spelling,
}

impl Difference {
    /// How far it leads away: another host is another place, another query is the same one.
    const fn weight(&self) -> u32 {
        match self {
            Self::Host(..) => 32,
            Self::Path(..) => 16,
            Self::Scheme(..) | Self::Port(..) => 8,
            Self::Query | Self::Fragment | Self::Credentials => 4,
            Self::TrailingSlash | Self::Case | Self::Spelling => 1,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Quoted and cut: what was asked for is somebody else's text.
        let mut instead = |part: &str, allowed: &str, wanted: &str| {
            let wanted: String = wanted.chars().take(100).collect();
            write!(f, "its {part} is {allowed:?}, not {wanted:?}")
        };
        match self {
            Self::Scheme(allowed, wanted) => instead("scheme", allowed, wanted),
            Self::Host(allowed, wanted) => instead("host", allowed, wanted),
            Self::Port(allowed, wanted) => instead("port", allowed, wanted),
            Self::Path(allowed, wanted) => instead("path", allowed, wanted),
            Self::TrailingSlash => f.write_str("they differ by a trailing slash"),
            Self::Case => f.write_str("they differ in upper and lower case"),
            Self::Query => f.write_str("their queries differ"),
            Self::Fragment => f.write_str("a target must not have a fragment"),
            Self::Credentials => f.write_str("a target must not have a user name or password"),
            Self::Spelling => {
                f.write_str("they are two spellings of one address, and targets are compared byte for byte")
            }
        }
    }
}

fn differences(allowed: &str, wanted: &str, wanted_url: &Url) -> Vec<Difference> {
    let Ok(allowed_url) = Url::parse(allowed) else { return Vec::new() };
    let texts = |part: fn(&Url) -> String| (part(&allowed_url), part(wanted_url));
    let mut found = Vec::new();
    let mut differs = |(allowed, wanted): (String, String), difference: fn(String, String) -> Difference| {
        if allowed != wanted {
            found.push(difference(allowed, wanted));
        }
    };
    differs(texts(|url| url.scheme().to_owned()), Difference::Scheme);
    differs(texts(|url| url.host_str().unwrap_or_default().to_owned()), Difference::Host);
    // The port that is not written goes with the scheme.
    differs(texts(|url| url.port().map_or("the scheme's".to_owned(), |port| port.to_string())), Difference::Port);
    differs(texts(|url| url.path().to_owned()), |allowed, wanted| {
        if allowed.trim_end_matches('/') == wanted.trim_end_matches('/') {
            Difference::TrailingSlash
        } else if allowed.eq_ignore_ascii_case(&wanted) {
            Difference::Case
        } else {
            Difference::Path(allowed, wanted)
        }
    });
    differs(texts(|url| url.query().unwrap_or_default().to_owned()), |_, _| Difference::Query);
    if wanted_url.fragment().is_some() {
        found.push(Difference::Fragment);
    }
    if !wanted_url.username().is_empty() || wanted_url.password().is_some() {
        found.push(Difference::Credentials);
    }
    if found.is_empty() {
        // A URL's parts are normalised and a target is not: an upper-case host, a written default port, dots in a path.
        found.push(if allowed.eq_ignore_ascii_case(wanted) { Difference::Case } else { Difference::Spelling });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_target_is_explained_by_the_one_that_comes_closest() {
        let targets = ["https://app.example/in", "https://app.example/settings?tab=1", "http://localhost:3000/in"];
        let targets = AllowedTargets::new(targets.map(str::to_owned).to_vec()).unwrap();
        for (wanted, closest, difference) in [
            ("http://app.example/in", 0, r#"its scheme is "https", not "http""#),
            ("https://app.exmaple/in", 0, r#"its host is "app.example", not "app.exmaple""#),
            ("https://app.example:8443/in", 0, r#"its port is "the scheme's", not "8443""#),
            ("http://localhost:3001/in", 2, r#"its port is "3000", not "3001""#),
            ("https://app.example/out", 0, r#"its path is "/in", not "/out""#),
            ("https://app.example/in/", 0, "they differ by a trailing slash"),
            ("https://app.example/In", 0, "they differ in upper and lower case"),
            ("https://APP.example/in", 0, "they differ in upper and lower case"),
            ("https://app.example/in?x=1", 0, "their queries differ"),
            ("https://app.example/settings?tab=2", 1, "their queries differ"),
            ("https://app.example/in#top", 0, "a target must not have a fragment"),
            ("https://me:pw@app.example/in", 0, "a target must not have a user name or password"),
            (
                "https://app.example:443/in",
                0,
                "they are two spellings of one address, and targets are compared byte for byte",
            ),
            (
                "https://app.example/x/../in",
                0,
                "they are two spellings of one address, and targets are compared byte for byte",
            ),
        ] {
            let closest = &targets.0[closest];
            let expected = format!("the closest allowed target is {closest:?}; {difference}");
            assert_eq!(targets.explain(wanted, &[]), expected, "{wanted}");
        }
        assert_eq!(targets.explain("/in", &[]), "the target is not an absolute URL");
        assert_eq!(AllowedTargets(Vec::new()).explain("https://app.example/in", &[]), "no target is configured");
    }

    #[test]
    fn our_own_callbacks_are_allowed_and_so_they_can_be_the_closest() {
        let allowed = AllowedTargets::new(vec!["https://app.example/in".to_owned()]).unwrap();
        let own = [ReturnTo("https://auth.example/v1/auth/callback/google".to_owned())];
        let explained = allowed.explain("https://auth.example/v1/auth/callback/google/", &own);
        assert!(explained.contains("callback/google\"; they differ by a trailing slash"), "{explained}");
    }

    #[test]
    fn an_explanation_repeats_no_query_and_cannot_bend_a_log_line() {
        let allowed = AllowedTargets::new(vec!["https://app.example/in".to_owned()]).unwrap();
        let explained = allowed.explain("https://evil.example/a%0ab?token=hunter2#hunter2", &[]);
        assert!(!explained.contains("hunter2") && !explained.contains('\n'), "{explained}");
        let long = allowed.explain(&format!("https://app.example/{}", "x".repeat(10_000)), &[]);
        assert!(long.len() < 300, "{long}");
    }
}
