//! Which pages may act in a person's name: a cookie comes along whoever asks the browser to send it.

use crate::failure::Denied;

/// Our own origin and those that an operator allowed.
#[derive(Clone, Debug)]
pub struct Origins(Vec<String>);

/// What a browser says about the page that sends a request.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// `Sec-Fetch-Site` (Fetch Metadata section 2.3): no page can forge it.
    pub fetch_site: Option<String>,
    /// `Origin` (RFC 6454 section 7).
    pub origin: Option<String>,
}

impl Source {
    /// Whether it is a page of ours.
    pub fn is_ours(&self) -> bool {
        self.fetch_site.as_deref() == Some("same-origin")
    }
}

impl Origins {
    /// Takes the exact values.
    pub fn new(values: Vec<String>) -> Self {
        Self(values)
    }

    /// The exact values.
    pub fn values(&self) -> &[String] {
        &self.0
    }

    /// Lets a page of an allowed origin act in the person's name.
    ///
    /// # Errors
    ///
    /// `Forbidden` for every other page, and for a request that does not say where it comes from.
    pub fn admit(&self, source: &Source) -> Result<(), Denied> {
        let allowed = source.origin.as_ref().is_some_and(|origin| self.0.contains(origin));
        if source.is_ours() || allowed { Ok(()) } else { Err(Denied::Forbidden) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(fetch_site: Option<&str>, origin: Option<&str>) -> bool {
        let origins = Origins::new(vec!["https://auth.example".to_owned(), "https://app.example".to_owned()]);
        let source = Source { fetch_site: fetch_site.map(str::to_owned), origin: origin.map(str::to_owned) };
        origins.admit(&source).is_ok()
    }

    #[test]
    fn our_own_pages_and_allowed_ones_are_admitted() {
        // A page whose referrer policy is no-referrer posts its forms with `Origin: null`.
        assert!(admits(Some("same-origin"), Some("null")));
        assert!(admits(Some("same-origin"), None));
        assert!(admits(Some("same-site"), Some("https://app.example")));
        assert!(admits(None, Some("https://auth.example")));
    }

    #[test]
    fn everybody_else_is_refused() {
        for (fetch_site, origin) in [
            (None, None),
            (Some("none"), None),
            (Some("cross-site"), Some("https://evil.example")),
            (Some("same-site"), Some("https://evil.auth.example")),
            (Some("same-site"), Some("null")),
            (None, Some("https://app.example.evil.example")),
            (None, Some("HTTPS://APP.EXAMPLE")),
            (None, Some("https://app.example/")),
        ] {
            assert!(!admits(fetch_site, origin), "{fetch_site:?} {origin:?}");
        }
    }
}
