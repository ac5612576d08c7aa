//! What all pages have in common: how one is shown, where it is, and what it is answered with.

use askama::Template;
use http::StatusCode;
use http::header::{CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, VARY};
use lambda_http::Body;

use domain::language::Language;
use domain::page::brand::Site;
use domain::provider::Listed;
use domain::text::Texts;

use super::style;
use crate::web::response::Response;

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

    pub(super) fn sign_in_page(&self, return_to: &str) -> String {
        self.address("/login", &[("return_to", return_to)])
    }

    pub(super) fn words_on(&self, provider: &Listed) -> String {
        self.language.texts().sign_in.with_provider.fill([&provider.label])
    }

    pub(super) fn security_page(&self) -> String {
        self.address("/login/security", &[])
    }

    pub(super) fn sign_in_heading(&self) -> String {
        self.language.texts().sign_in.heading.fill([&self.site.brand.name])
    }
}

/// The address of a page of ours with its parameters, in `language`; parameters without a value are left out.
pub fn address(path: &str, parameters: &[(&str, &str)], language: Language) -> String {
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
    fn response(&self) -> Response {
        // Writing into a string fails only when a template calls a function that does, and none does.
        let (status, body) = match self.render() {
            Ok(body) => (self.status(), body),
            Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let view = self.view();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(view.language.tag()));
        headers.insert(VARY, HeaderValue::from_static("Accept-Language, Cookie"));
        // Origins are ASCII, as the settings that they come from are.
        if let Ok(policy) = HeaderValue::try_from(style::policy(view.site, &self.style(), self.is_scripted())) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}
