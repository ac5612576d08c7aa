//! What a provider sends a browser back with (RFC 6749 section 4.1.2), in the query or in a form.

use serde::Deserialize;

use domain::account::invite::Names;
use domain::account::profile::display_text;
use domain::browser::binding::TransactionName;
use domain::error::Rejection;
use domain::page::brand::Site;
use domain::provider::state::State;
use domain::redirect::channel::ReturnChannel;
use domain::sign_in::callback::{CallbackRequest, ProviderAnswer};

use super::cookie;
use super::pages::{Page, RepostPage, View};
use super::request::Request;
use super::response::Response;

/// Reads what a provider sent a browser back with, over `channel` and to the callback of `provider`.
///
/// # Errors
///
/// When the body is no form, or a parameter comes twice.
pub fn read(request: &Request, channel: ReturnChannel, provider: Option<&str>) -> Result<CallbackRequest, Rejection> {
    let parameters = request.parameters()?;
    let state = parameters.find("state").and_then(State::parse);
    let bindings = cookie::bindings_of(request.cookies());
    Ok(CallbackRequest {
        channel,
        provider: provider.map(str::to_owned),
        actor_type: None,
        answer: ProviderAnswer::of(
            parameters.text("code"),
            parameters.find("error"),
            parameters.find("error_description"),
        ),
        code_challenge: state.as_ref().and_then(|state| bindings.find(&state.transaction())),
        state,
        iss: parameters.text("iss"),
        names: parameters.find("user").and_then(names).unwrap_or_default(),
        repeatable: None,
        language: request.language(),
        shows_pages: channel == ReturnChannel::Browser,
    })
}

/// The page that posts a provider's form once more: the cookie that binds the sign-in stays behind when another site posts
/// (`SameSite=Lax`). `None` when it came along, or when this is the second post.
pub fn passing_on(site: &Site, request: &Request) -> Option<Response> {
    let fields = to_be_resent(request)?;
    Some(
        RepostPage { view: View { site, language: request.language() }, action: request.path(), fields: &fields }
            .response(),
    )
}

fn to_be_resent(request: &Request) -> Option<Vec<(&'static str, String)>> {
    let form = request.form().ok().filter(|form| form.find(RESENT).is_none())?;
    let state = form.find("state").and_then(State::parse)?;
    if cookie::bindings_of(request.cookies()).find(&state.transaction()).is_some() {
        return None;
    }
    let fields = ["code", "error", "error_description", "iss", "state", "user"].into_iter();
    let again = fields.filter_map(|name| Some((name, form.text(name)?)));
    Some(again.chain([(RESENT, "1".to_owned())]).collect())
}

/// The transaction that a callback belongs to, so that its cookie can go when it is over.
pub fn transaction(request: &Request) -> Option<TransactionName> {
    Some(State::parse(request.parameters().ok()?.find("state")?)?.transaction())
}

/// The names in the field `user` of Apple's form, which comes once and unsigned: display data.
pub(super) fn names(user: &str) -> Option<Names> {
    #[derive(Deserialize)]
    struct AppleUser {
        name: AppleName,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct AppleName {
        first_name: Option<String>,
        last_name: Option<String>,
    }
    let AppleUser { name } = serde_json::from_str(user).ok()?;
    let [first, last] = [name.first_name, name.last_name].map(|part| part.as_deref().and_then(display_text));
    Some(match first {
        Some(first) => Names { name: Some(first), last_name: last, user_name: None },
        None => Names { name: last, ..Names::default() },
    })
}

/// Marks the form that a page of ours posts again.
const RESENT: &str = "resent";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apples_name_is_read_and_anything_else_is_no_name() {
        let user = r#"{"name": {"firstName": "Ada", "lastName": "Lovelace"}, "email": "ada@example.com"}"#;
        let read = |user| names(user).map(|names| (names.name, names.last_name));
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(read(user), Some((text("Ada"), text("Lovelace"))));
        assert_eq!(read(r#"{"name": {"lastName": "Love\u0007lace"}}"#), Some((text("Lovelace"), None)));
        assert_eq!(read(r#"{"name": {}}"#), Some((None, None)));
        for user in ["", "Ada", "{}", r#"{"name": "Ada"}"#, r#"{"name": {"firstName": 1}}"#] {
            assert_eq!(read(user), None, "{user}");
        }
    }
}
