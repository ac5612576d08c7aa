//! The hosted pages: what a person sees. Each page is a pure struct and a template; all of them work without scripts, carry
//! one stylesheet, and load nothing else but our icon, the operator's logo and, where it helps, one small script of our own.

mod check_mail;
mod invite;
mod link;
mod mark;
mod passing_on;
mod problem;
mod second_factor;
mod sign_in;
mod signed_in;
mod style;
#[cfg(test)]
mod tests;
mod wish;

pub use check_mail::CheckMail;
pub use invite::AcceptInvite;
pub use link::ConfirmLink;
pub use passing_on::PassingOn;
pub use problem::{link_closed, link_mailed, refused, registration_required, told_again, wish_elsewhere};
pub use second_factor::{Challenge, CodeFault, Enrol, Factor, Manage, RecoveryCodes};
pub use sign_in::{MailFault, SignIn};
pub use signed_in::SignedIn;
pub use wish::{AskMailbox, Done, UndoChange};

use askama::Template;
use http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderValue, VARY,
};
use http::{Response, StatusCode};
use lambda_http::Body;

use domain::language::Language;
use domain::page::brand::Site;
use domain::provider::Listed;
use domain::text::Texts;

use super::reply::Reply;

/// How a page is shown to somebody.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Whose page it is.
    pub site: &'a Site,
    /// The language to read it in.
    pub language: Language,
}

impl View<'_> {
    /// The address of a page of ours with its parameters, in the language of this view.
    pub fn address(&self, path: &str, parameters: &[(&str, &str)]) -> String {
        address(path, parameters, self.language)
    }

    fn sign_in_page(&self, return_to: &str) -> String {
        self.address("/login", &[("return_to", return_to)])
    }

    fn words_on(&self, provider: &Listed) -> String {
        self.language.texts().sign_in.with_provider.fill([&provider.label])
    }

    fn security_page(&self) -> String {
        self.address("/login/security", &[])
    }

    fn sign_in_heading(&self) -> String {
        self.language.texts().sign_in.heading.fill([&self.site.brand.name])
    }
}

/// The address of a page of ours with its parameters, in `language`; parameters without a value are left out.
pub(super) fn address(path: &str, parameters: &[(&str, &str)], language: Language) -> String {
    let given = parameters.iter().filter(|(_, value)| !value.is_empty());
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(given)
        .append_pair("lang", language.tag())
        .finish();
    format!("{path}?{query}")
}

/// What all pages have in common.
pub trait Page: Template {
    /// How it is shown.
    fn view(&self) -> &View<'_>;

    /// The status that it is answered with.
    fn status(&self) -> StatusCode {
        StatusCode::OK
    }

    /// Where a person finds the same page, so that it can be read in another language: path and parameters.
    fn place(&self) -> Option<(&str, Vec<(&str, &str)>)> {
        None
    }

    /// Whether the script makes the page handier.
    fn is_scripted(&self) -> bool {
        false
    }

    /// The texts in the language of the page.
    fn texts(&self) -> &'static Texts {
        self.view().language.texts()
    }

    /// The stylesheet in the colours of the brand.
    fn style(&self) -> String {
        style::sheet(&self.view().site.brand)
    }

    /// The languages and where each has this page.
    fn languages(&self) -> Vec<(Language, String)> {
        let Some((path, parameters)) = self.place() else { return Vec::new() };
        Language::ALL.into_iter().map(|language| (language, address(path, &parameters, language))).collect()
    }

    /// What the operator links on every page: words and address.
    fn links(&self) -> Vec<(&'static str, &str)> {
        let (words, links) = (&self.texts().common, &self.view().site.links);
        let all = [
            (words.terms, &links.terms),
            (words.privacy, &links.privacy),
            (words.imprint, &links.imprint),
            (words.support, &links.support),
        ];
        all.into_iter().filter_map(|(words, address)| Some((words, address.as_deref()?))).collect()
    }

    /// The answer.
    fn reply(&self) -> Reply {
        // Writing into a string fails only when a template calls a function that does, and none does.
        let (status, body) = match self.render() {
            Ok(body) => (self.status(), body),
            Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
        };
        let mut reply = Response::new(Body::from(body));
        *reply.status_mut() = status;
        let view = self.view();
        let headers = reply.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(view.language.tag()));
        headers.insert(VARY, HeaderValue::from_static("Accept-Language, Cookie"));
        // Origins are ASCII, as the settings that they come from are.
        if let Ok(policy) = HeaderValue::try_from(style::policy(view.site, &self.style(), self.is_scripted())) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        reply
    }
}

/// `GET /login/doorward.js`: what makes pages handier where scripts run.
pub fn script() -> Reply {
    asset("text/javascript; charset=utf-8", include_str!("../../templates/doorward.js").to_owned())
}

/// `GET /login/icon.svg`: what a browser shows beside the page's title.
pub fn icon(site: &Site) -> Reply {
    let brand = &site.brand;
    let (color, text) = (brand.color, brand.color.text_on());
    asset(
        "image/svg+xml",
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\"><rect width=\"32\" height=\"32\" rx=\"8\" \
             fill=\"{color}\"/><path d=\"M11 25V13a5 5 0 0 1 10 0v12\" fill=\"none\" stroke=\"{text}\" stroke-width=\"2.5\" \
             stroke-linecap=\"round\"/><circle cx=\"18\" cy=\"18.5\" r=\"1.4\" fill=\"{text}\"/></svg>"
        ),
    )
}

/// Something that every page may share, and that changes with a deployment only.
fn asset(content_type: &'static str, text: String) -> Reply {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    let mut reply = Response::new(Body::from(text));
    *reply.headers_mut() = headers;
    reply
}
