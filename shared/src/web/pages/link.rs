//! The page that a mailed link opens. It uses nothing up: a person presses its button.

use askama::Template;

use domain::secret::SingleUseToken;

use super::page::{Page, View};

/// The page that a mailed link opens.
#[derive(Debug, Template)]
#[template(path = "pages/link.html")]
pub struct ConfirmLinkPage<'a> {
    /// How it is shown.
    pub view: View<'a>,
    /// The link's token.
    pub token: &'a SingleUseToken,
    /// The request that the mail was sent for.
    pub request: &'a str,
    /// Whom it was sent to.
    pub email: &'a str,
    /// Whether another browser asked for it.
    pub elsewhere: bool,
}

impl Page for ConfirmLinkPage<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }

    fn place(&self) -> Option<(&str, Vec<(&str, &str)>)> {
        Some(("/v1/auth/verify", vec![("token", self.token.reveal())]))
    }
}
