//! The page of somebody who is signed in.

use askama::Template;

use domain::page::SignedInVisitor;

use super::page::{Page, View};

/// The page of somebody who is signed in.
#[derive(Debug, Template)]
#[template(path = "pages/signed_in.html")]
pub struct SignedInPage<'a> {
    /// How it is shown.
    pub view: View<'a>,
    /// Who it is.
    pub inside: &'a SignedInVisitor,
}

impl Page for SignedInPage<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }

    fn place(&self) -> Option<(&str, Vec<(&str, &str)>)> {
        Some(("/login", vec![("return_to", self.inside.return_to.as_str())]))
    }
}
