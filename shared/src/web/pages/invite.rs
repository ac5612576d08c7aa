//! The page that an invite's link opens. It uses nothing up: a person presses a button.

use askama::Template;

use domain::page::Invited;
use domain::provider::Listed;
use domain::redirect::ReturnTo;

use super::page::{Page, View};

/// The page that an invite's link opens.
#[derive(Debug, Template)]
#[template(path = "pages/invite.html")]
pub struct InvitePage<'a> {
    /// How it is shown.
    pub view: View<'a>,
    /// Who was invited, and the ways in.
    pub invited: &'a Invited,
}

impl InvitePage<'_> {
    fn heading(&self) -> String {
        self.texts().invite.heading.fill([&self.view.site.brand.name])
    }

    fn role(&self) -> Option<String> {
        self.invited.invite.role.as_ref().map(|role| self.texts().invite.role.fill([role]))
    }

    fn lifetime(&self) -> String {
        self.texts().invite.lifetime.fill([&self.texts().common.moment(self.invited.invite.valid_until)])
    }

    fn providers(&self) -> &[Listed] {
        &self.invited.providers
    }

    fn start_of(&self, provider: &str) -> String {
        let Invited { token, invite, return_to, .. } = self.invited;
        let target = return_to.as_ref().map(ReturnTo::as_str).unwrap_or_default();
        let carried = [("redirect_uri", target), ("actor_type", &invite.actor_type), ("invite", token.reveal())];
        self.view.address(&format!("/v1/auth/login/{provider}"), &carried)
    }
}

impl Page for InvitePage<'_> {
    fn view(&self) -> &View<'_> {
        &self.view
    }

    fn place(&self) -> Option<(&str, Vec<(&str, &str)>)> {
        Some(("/login/invite", vec![("token", self.invited.token.reveal())]))
    }
}
