//! The hosted pages: what a person sees. Each page is a pure struct and a template; all of them work without scripts, carry
//! one stylesheet, and load nothing else but our icon, the operator's logo and, where it helps, one small script of our own.

mod check_mail;
mod invite;
mod link;
mod mark;
mod page;
mod passing_on;
mod problem;
mod second_factor;
mod sign_in;
mod signed_in;
mod style;
#[cfg(test)]
mod tests;
mod wish;

pub use check_mail::CheckMailPage;
pub use invite::InvitePage;
pub use link::ConfirmLinkPage;
pub use page::{Page, View, address};
pub use passing_on::RepostPage;
pub use problem::{error_response, link_closed, link_mailed, registration_required, told_again, wish_elsewhere};
pub use second_factor::{CodeFault, EnrolPage, FactorChoice, RecoveryCodesPage, SecondFactorPage, SecurityPage};
pub use sign_in::{MailFault, SignInPage};
pub use signed_in::SignedInPage;
pub use wish::{AskMailboxPage, DonePage, UndoPage};

use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue};
use lambda_http::Body;

use domain::page::brand::Site;

use super::response::Response;

/// `GET /login/doorward.js`: what makes pages handier where scripts run.
pub fn script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("../../templates/doorward.js").to_owned())
}

/// `GET /login/icon.svg`: what a browser shows beside the page's title.
pub fn icon(site: &Site) -> Response {
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
fn asset(content_type: &'static str, text: String) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    let mut response = Response::new(Body::from(text));
    *response.headers_mut() = headers;
    response
}
