//! The cookies: one that binds each transaction to its browser, one that keeps its session, and one that stays when the
//! session is over and opens nothing.
//!
//! `__Host-` means that only this very host can have set them, over TLS (RFC 6265bis section 4.1.3.2).

use std::time::Duration;

use http::header::{HeaderValue, SET_COOKIE};

use domain::browser::binding::{Binding, Bindings, TransactionName};
use domain::browser::known_browser::Mark;
use domain::clock::Timestamp;
use domain::session::Session;
use domain::session::session_token::SessionToken;
use domain::sign_in::outcome::{BrowserCredentials, SignedIn};

use super::response::Response;

/// The bindings that the browser brings along.
pub fn bindings_of<'a>(cookies: impl Iterator<Item = (&'a str, &'a str)>) -> Bindings {
    Bindings::new(cookies.filter_map(|(name, value)| Some((name.strip_prefix(TRANSACTION)?, value))))
}

/// The session token that the browser brings along, if it can be one.
pub fn session_of<'a>(mut cookies: impl Iterator<Item = (&'a str, &'a str)>) -> Option<SessionToken> {
    let (_, value) = cookies.find(|(name, _)| *name == SESSION)?;
    SessionToken::parse(value)
}

/// Has the browser keep `binding` until its transaction is over.
pub fn bind(response: &mut Response, binding: &Binding) {
    let name = format!("{TRANSACTION}{}", binding.transaction.as_str());
    set(response, &name, binding.verifier.reveal(), binding.lifetime);
}

/// Has the browser forget the binding of a transaction that is over.
pub fn release(response: &mut Response, transaction: &TransactionName) {
    set(response, &format!("{TRANSACTION}{}", transaction.as_str()), "", Duration::ZERO);
}

/// The mark that the browser brings along, whatever it is worth.
pub fn mark_of<'a>(mut cookies: impl Iterator<Item = (&'a str, &'a str)>) -> Option<Mark> {
    cookies.find(|(name, _)| *name == KNOWN_BROWSER).map(|(_, value)| Mark::presented(value))
}

/// Has the browser keep `session` by its token for as long as it can last, and remember that it signed in here.
pub fn sign_in(response: &mut Response, session: &Session, kept: &BrowserCredentials, now: Timestamp) {
    set(response, SESSION, kept.session.reveal().reveal(), session.valid_until.since(now));
    set(response, KNOWN_BROWSER, kept.mark.reveal(), YEAR);
}

/// Has the browser keep what it is to keep of `signed_in`, if that is anything.
pub fn keep(response: &mut Response, signed_in: &SignedIn, now: Timestamp) {
    if let Some(kept) = signed_in.credentials.kept() {
        sign_in(response, &signed_in.session, kept, now);
    }
}

/// Has the browser forget its session.
pub fn sign_out(response: &mut Response) {
    set(response, SESSION, "", Duration::ZERO);
}

fn set(response: &mut Response, name: &str, value: &str, lifetime: Duration) {
    let seconds = lifetime.as_secs();
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax");
    // Names and values are base64url and our own words, which every header can carry.
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

const KNOWN_BROWSER: &str = "__Host-doorward-known";
const SESSION: &str = "__Host-doorward-session";
const TRANSACTION: &str = "__Host-doorward-tx-";
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
