//! Which pages may act in a person's name: a cookie comes along whoever asks the browser to send it.

use crate::error::Rejection;

/// Our own origin and those that an operator allowed.
#[derive(Clone, Debug)]
pub struct AllowedOrigins(Vec<String>);

/// What a browser says about the page that sends a request.
#[derive(Clone, Debug, Default)]
pub struct RequestOrigin {
    /// `Sec-Fetch-Site` (Fetch Metadata section 2.3): no page can forge it.
    pub fetch_site: Option<String>,
    /// `Origin` (RFC 6454 section 7).
    pub origin: Option<String>,
    /// What the browser does with the answer, if it says so and does anything but show it to the person who went there: an
    /// image, a frame, a script, a guess at where they might go next (`Sec-Fetch-Mode`, `Sec-Fetch-Dest`, `Sec-Purpose`).
    pub embedded: bool,
}

impl RequestOrigin {
    /// Whether it is a page of ours.
    pub fn is_ours(&self) -> bool {
        self.fetch_site.as_deref() == Some("same-origin")
    }

    /// Lets a person start a sign-in who goes to it. Any page on the web can have its visitors' browsers load something,
    /// and what they start counts for everybody at their address.
    ///
    /// # Errors
    ///
    /// `NotPermitted` when the browser says that nobody goes anywhere.
    pub fn navigates(&self) -> Result<(), Rejection> {
        if self.embedded {
            let problem = "A sign-in starts when a browser goes there: by a link, a form or a redirect, not by an image, a \
                           frame or a script.";
            return Err(Rejection::NotPermitted(problem.to_owned()));
        }
        Ok(())
    }
}

impl AllowedOrigins {
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
    pub fn admit(&self, source: &RequestOrigin) -> Result<(), Rejection> {
        let allowed = source.origin.as_ref().is_some_and(|origin| self.0.contains(origin));
        if source.is_ours() || allowed { Ok(()) } else { Err(Rejection::Forbidden) }
    }

    /// Lets in whoever is no browser, and of browsers our pages and those of allowed origins. This is for what acts in
    /// nobody's name and still counts for everybody at the visitor's address.
    ///
    /// # Errors
    ///
    /// `Forbidden` when a browser says that a page of another site sends it.
    pub fn tolerate(&self, source: &RequestOrigin) -> Result<(), Rejection> {
        match source.fetch_site.as_deref() {
            Some("cross-site" | "same-site") => self.admit(source),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(fetch_site: Option<&str>, origin: Option<&str>) -> bool {
        let origins = AllowedOrigins::new(vec!["https://auth.example".to_owned(), "https://app.example".to_owned()]);
        origins.admit(&source(fetch_site, origin)).is_ok()
    }

    fn source(fetch_site: Option<&str>, origin: Option<&str>) -> RequestOrigin {
        let (fetch_site, origin) = (fetch_site.map(str::to_owned), origin.map(str::to_owned));
        RequestOrigin { fetch_site, origin, embedded: false }
    }

    #[test]
    fn whoever_is_no_browser_is_tolerated_and_another_sites_page_is_not() {
        let origins = AllowedOrigins::new(vec!["https://app.example".to_owned()]);
        let tolerates = |fetch_site, origin| origins.tolerate(&source(fetch_site, origin)).is_ok();
        assert!(tolerates(None, None) && tolerates(Some("same-origin"), None) && tolerates(Some("none"), None));
        assert!(tolerates(Some("cross-site"), Some("https://app.example")));
        for fetch_site in ["cross-site", "same-site"] {
            assert!(!tolerates(Some(fetch_site), Some("https://evil.example")) && !tolerates(Some(fetch_site), None));
        }
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
