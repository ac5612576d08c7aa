//! A second factor completes a sign-in in the words of the contract that it began under.

use domain::sign_in::outcome::{Credentials, SignedIn};

use super::outcome::SessionBody;
use super::request::Request;
use super::response::{Response, data};
use super::social;

/// Writes that a second factor completed a sign-in.
pub fn completed(signed_in: &SignedIn<Credentials>, request: &Request) -> Response {
    match &signed_in.credentials {
        Credentials::Tokens(tokens) => data(SessionBody::new(&signed_in.user, tokens)),
        Credentials::Social { kept, provider, json } => social::completed(signed_in, kept, provider, *json, request),
    }
}
