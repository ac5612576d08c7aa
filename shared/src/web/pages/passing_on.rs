//! The page that posts once more what a provider posted, so that our own page is the one that posts and the browser
//! sends its cookies along.

use askama::Template;

use super::page::{Page, View};

/// The page that posts once more.
#[derive(Debug, Template)]
#[template(path = "pages/passing_on.html")]
pub struct RepostPage<'a> {
    /// How it is shown.
    pub view: View<'a>,
    /// Where it posts to.
    pub action: &'a str,
    /// What it posts: names and values.
    pub fields: &'a [(&'static str, String)],
}

impl Page for RepostPage<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }

    fn is_scripted(&self) -> bool {
        true
    }
}
