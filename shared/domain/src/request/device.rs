//! What a request was made with, as far as a person can recognise it: names from a short list, and nothing that the
//! client wrote itself.

use crate::clock::Timestamp;
use crate::language::Language;
use crate::request::RequestContext;

/// A browser and its operating system.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Device {
    browser: Option<&'static str>,
    system: Option<&'static str>,
}

/// When something was asked for or happened, and with what.
#[derive(Clone, Copy, Debug)]
pub struct RequestDetails {
    at: Timestamp,
    device: Option<Device>,
}

impl Device {
    /// Reads a `User-Agent`; `None` when it says nothing that a person would recognise.
    pub fn read(user_agent: &str) -> Option<Self> {
        let find = |names: &[(&str, &'static str)]| {
            names.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, name)| *name)
        };
        let device = Self { browser: find(&BROWSERS), system: find(&SYSTEMS) };
        (device.browser.is_some() || device.system.is_some()).then_some(device)
    }

    /// What a person recognises it by, in the words of `language`.
    pub fn told(self, language: Language) -> Option<String> {
        match (self.browser, self.system) {
            (Some(browser), Some(system)) => Some(language.texts().common.device.fill([browser, system])),
            (one, other) => one.or(other).map(str::to_owned),
        }
    }
}

impl RequestDetails {
    /// The request of `caller`.
    pub fn of(caller: &RequestContext) -> Self {
        Self { at: caller.now, device: caller.client.as_deref().and_then(Device::read) }
    }

    /// When, and with what if that is known, in the words of `language`.
    pub fn told(self, language: Language) -> (String, Option<String>) {
        (language.texts().common.moment(self.at), self.device.and_then(|device| device.told(language)))
    }
}

/// What gives a browser away, and its name. Most claim to be others as well, so that the order matters.
const BROWSERS: [(&str, &str); 12] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
    ("curl/", "curl"),
];

/// The same for systems.
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn told(user_agent: &str) -> Option<String> {
        Device::read(user_agent)?.told(Language::En)
    }

    #[test]
    fn the_usual_browsers_are_recognised() {
        let webkit = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
        for (user_agent, expected) in [
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Windows"),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                "Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                &format!("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) {webkit} Version/19.0 Safari/604.1"),
                "Safari on iPhone",
            ),
            (
                &format!("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {webkit} Version/19.0 Safari/605.1"),
                "Safari on macOS",
            ),
            ("curl/8.14.1", "curl"),
        ] {
            assert_eq!(told(user_agent).as_deref(), Some(expected), "{user_agent}");
        }
    }

    #[test]
    fn nothing_that_the_client_wrote_is_told() {
        for user_agent in ["", "<b>Bank</b>", "Call 555-0100 now", "firefox on windows", "python-requests/2.32"] {
            assert_eq!(told(user_agent), None, "{user_agent}");
        }
        assert_eq!(told("<script>Firefox/</script> Linux").as_deref(), Some("Firefox on Linux"));
    }
}
