//! An app on this machine that uses Doorward: `--app`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use url::Url;

/// An app: where its pages come from, and where people may be sent back to.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalApp {
    origin: String,
    redirects: Vec<String>,
}

impl LocalApp {
    /// Lets each of `apps` call the API with the browser's cookie and have people sent back, beside what is allowed
    /// already.
    pub fn allow(apps: &[Self], settings: &mut BTreeMap<String, String>) {
        extend(settings, "ALLOWED_ORIGINS", apps.iter().map(|app| &*app.origin));
        extend(settings, "ALLOWED_REDIRECTS", apps.iter().flat_map(|app| &app.redirects).map(String::as_str));
    }
}

/// Adds `items` to a setting that is a list, but none twice.
pub fn extend<'a>(settings: &mut BTreeMap<String, String>, name: &str, items: impl Iterator<Item = &'a str>) {
    for item in items {
        let list = settings.entry(name.to_owned()).or_default();
        if list.split(',').all(|kept| kept.trim() != item) {
            if !list.is_empty() {
                list.push(',');
            }
            list.push_str(item);
        }
    }
}

impl FromStr for LocalApp {
    type Err = &'static str;

    /// An origin stands for its page `/` and for `/callback`; an address with a path stands for itself, because targets are
    /// compared byte for byte.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).ok().filter(|url| ["http", "https"].contains(&url.scheme()));
        let Some(url) = url.filter(|url| url.username().is_empty() && url.password().is_none()) else {
            return Err("write the app's origin, such as http://localhost:3000, or the page that people come back to");
        };
        let origin = url.origin().ascii_serialization();
        let redirects = match text.strip_prefix(&*origin) {
            Some("" | "/") => ["/", "/callback"].map(|path| format!("{origin}{path}")).to_vec(),
            _ => vec![text.to_owned()],
        };
        Ok(Self { origin, redirects })
    }
}

impl fmt::Display for LocalApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  may call the API, and people come back to {}", self.origin, self.redirects.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(apps: &[&str], given: &[(&str, &str)]) -> BTreeMap<String, String> {
        let mut settings = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let apps: Vec<LocalApp> = apps.iter().map(|app| app.parse().unwrap()).collect();
        LocalApp::allow(&apps, &mut settings);
        settings
    }

    #[test]
    fn an_origin_allows_calls_from_there_and_its_start_page_and_callback_as_targets() {
        for written in ["http://localhost:3000", "http://localhost:3000/"] {
            let settings = allowed(&[written], &[]);
            assert_eq!(settings["ALLOWED_ORIGINS"], "http://localhost:3000");
            assert_eq!(settings["ALLOWED_REDIRECTS"], "http://localhost:3000/,http://localhost:3000/callback");
        }
    }

    #[test]
    fn an_address_with_a_path_is_the_one_target_of_its_app() {
        let settings = allowed(&["http://localhost:5173/auth/done?from=doorward"], &[]);
        assert_eq!(settings["ALLOWED_ORIGINS"], "http://localhost:5173");
        assert_eq!(settings["ALLOWED_REDIRECTS"], "http://localhost:5173/auth/done?from=doorward");
    }

    #[test]
    fn apps_are_allowed_beside_each_other_and_beside_what_was_set_and_none_twice() {
        let given = [("ALLOWED_ORIGINS", "https://a.example, http://localhost:3000")];
        let settings = allowed(&["http://localhost:3000/in", "http://localhost:3001/in"], &given);
        assert_eq!(settings["ALLOWED_ORIGINS"], "https://a.example, http://localhost:3000,http://localhost:3001");
        assert_eq!(settings["ALLOWED_REDIRECTS"], "http://localhost:3000/in,http://localhost:3001/in");
        assert_eq!(allowed(&[], &[]), BTreeMap::new());
    }

    #[test]
    fn what_is_no_address_of_a_page_is_no_app() {
        for text in ["", "localhost:3000", "3000", "/callback", "ftp://localhost/", "http://a:b@localhost:3000/"] {
            assert!(text.parse::<LocalApp>().is_err(), "{text}");
        }
    }
}
