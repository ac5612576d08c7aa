//! The pages for people: the start page, the mailbox and their assets.

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{StatusCode, header};

/// Our own scripts and styles, frames without scripts for mails, and nothing from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// `/`: sign in both ways and see what comes back. `providers` are names and labels.
pub fn start(providers: &[(String, String)]) -> String {
    let button = |(number, (name, label)): (usize, &(String, String))| {
        let (emphasis, label) =
            if number == 0 { (" main", format!("Sign in with {label}")) } else { ("", label.clone()) };
        include_str!("page/provider.html")
            .replace("{{emphasis}}", emphasis)
            .replace("{{name}}", &escape(name))
            .replace("{{label}}", &escape(&label))
    };
    let buttons: String = providers.iter().enumerate().map(button).collect();
    include_str!("page/start.html").replace("{{providers}}", &buttons)
}

/// `/`, where a provider posts a form to the page: its script reads what comes in the address.
pub async fn posted(form: String) -> Redirect {
    Redirect::to(&format!("/?{form}"))
}

/// What answers while the functions are being built: a page that looks again until somebody else answers.
pub fn meanwhile() -> Router {
    let waiting = async || {
        // The next request shall not meet this router over the same connection.
        let headers = [(header::CONNECTION, "close"), (header::RETRY_AFTER, "2")];
        (StatusCode::SERVICE_UNAVAILABLE, headers, html(include_str!("page/meanwhile.html")))
    };
    Router::new().route("/_local/assets/{name}", get(asset)).fallback(waiting)
}

/// `/_local/`: what there is, and what happened.
pub async fn index() -> Response {
    html(include_str!("page/index.html"))
}

/// `/_local/mail/`: the mails.
pub async fn mailbox() -> Response {
    html(include_str!("page/mailbox.html"))
}

/// `/_local/assets/{name}`: styles and scripts.
pub async fn asset(Path(name): Path<String>) -> Response {
    let (kind, content) = match name.as_str() {
        "page.css" => ("text/css; charset=utf-8", include_str!("page/page.css")),
        "page.js" => ("text/javascript; charset=utf-8", include_str!("page/page.js")),
        "post.js" => ("text/javascript; charset=utf-8", include_str!("page/post.js")),
        "start.js" => ("text/javascript; charset=utf-8", include_str!("page/start.js")),
        "index.js" => ("text/javascript; charset=utf-8", include_str!("page/index.js")),
        "mailbox.js" => ("text/javascript; charset=utf-8", include_str!("page/mailbox.js")),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], content).into_response()
}

/// A mail's own HTML: styles of its own, no scripts, no requests, links in a new tab.
pub fn mail(content: &str) -> Response {
    let policy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
                  style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";
    let content = match content.split_once("<head>") {
        Some((before, after)) => format!("{before}<head><base target=\"_blank\">{after}"),
        None => format!("<!doctype html><base target=\"_blank\">{content}"),
    };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, content).into_response()
}

/// A page of ours.
pub fn html(content: impl Into<String>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        // Not `no-referrer`: a form of such a page posts with `Origin: null`, which /_local refuses.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, content.into()).into_response()
}

/// Text that stands in HTML or in an attribute.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
