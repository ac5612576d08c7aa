//! A browser on its way through a sign-in: navigations, forms and redirects. Whatever went wrong, it is told in fixed
//! codes, and nothing that a request brought comes back in an answer.

pub mod mailbox;
pub mod passkeys;
pub mod security;

use serde::Deserialize;

use domain::account::display_text;
use domain::account::email::EmailAddress;
use domain::account::invite::{InviteId, Names};
use domain::browser::binding::{Bindings, Shown, TransactionName};
use domain::error::{Denied, Failure, Unauthenticated};
use domain::language::Language;
use domain::magic_link::mail_code::{MailCode, RequestId};
use domain::magic_link::{Evidence, LinkOpened, LinkRequest, LinkSent, LinkWay, OpenedIn, VerifyRequest};
use domain::page::brand::Site;
use domain::provider::state::State;
use domain::redirect::channel::Channel;
use domain::second_factor::code::Code;
use domain::secret::SingleUseToken;
use domain::session::assurance::Answer;
use domain::session_id::SessionId;
use domain::sign_in::outcome::{Completed, Landing, Outcome, SignedIn};
use domain::sign_in::{CallbackRequest, LoginRequest, LoginStarted, ProviderAnswer, Way};

use super::pages::{self, Challenge, CodeFault, ConfirmLink, Factor, MailFault, Page, PassingOn, SignIn, View};
use super::reply::{self, Reply};
use super::request::{Parameters, Request, must_be};
use super::{cookie, v1};

/// Reads `GET /v1/auth/login/{provider}`.
///
/// # Errors
///
/// When a parameter comes twice, or `invite` can never have been one.
pub fn login(request: &Request, provider: &str) -> Result<LoginRequest, Denied> {
    let query = request.query()?;
    let invite =
        query.find("invite").map(|token| InviteId::of_token(token).ok_or(Denied::InvalidInvite)).transpose()?;
    Ok(LoginRequest {
        provider: provider.to_owned(),
        way: Way::Browser {
            target: query.text("redirect_uri"),
            language: chosen_language(&query),
            source: request.source(),
            invite,
        },
        scopes: Vec::new(),
        state: None,
        code_challenge: None,
        actor_type: query.text("actor_type"),
        link_to: None,
    })
}

/// Sends the browser to the provider, with the cookie that binds the sign-in to it.
pub fn login_started(started: &LoginStarted) -> Reply {
    let mut reply = reply::found(&started.auth_url);
    if let Some(binding) = &started.binding {
        cookie::bind(&mut reply, binding);
    }
    reply
}

/// Reads `GET,POST /v1/auth/callback/{provider}`.
///
/// # Errors
///
/// As [`returned`].
pub fn callback(request: &Request, provider: &str) -> Result<CallbackRequest, Denied> {
    returned(request, Channel::Browser, Some(provider))
}

/// Reads what a provider sent a browser back with, over `channel` and to the callback of `provider`.
///
/// # Errors
///
/// When the body is no form, or a parameter comes twice.
pub fn returned(request: &Request, channel: Channel, provider: Option<&str>) -> Result<CallbackRequest, Denied> {
    let parameters = request.parameters()?;
    let state = parameters.find("state").and_then(State::parse);
    let bindings = cookie::bindings_of(request);
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
        shows_pages: channel == Channel::Browser,
    })
}

/// The page that posts a provider's form once more: the cookie that binds the sign-in stays behind when another site posts
/// (`SameSite=Lax`). `None` when it came along, or when this is the second post.
pub fn passing_on(site: &Site, request: &Request) -> Option<Reply> {
    let fields = to_be_resent(request)?;
    Some(PassingOn { view: view(site, request), action: request.path(), fields: &fields }.reply())
}

fn to_be_resent(request: &Request) -> Option<Vec<(&'static str, String)>> {
    let form = request.form().ok().filter(|form| form.find(RESENT).is_none())?;
    let state = form.find("state").and_then(State::parse)?;
    if cookie::bindings_of(request).find(&state.transaction()).is_some() {
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

/// Sends the browser where it wanted to go from the start, signed in or with the code of what went wrong.
pub fn landed(landing: &Landing, transaction: Option<&TransactionName>, request: &Request) -> Reply {
    let mut reply = match &landing.result {
        Ok(Outcome::Session(signed_in)) => {
            let mut reply = reply::see_other(landing.target.as_str());
            cookie::sign_in(&mut reply, &signed_in.session, &signed_in.credentials, request.caller().now);
            reply
        }
        Ok(Outcome::SecondFactorRequired(partial)) => {
            reply::see_other(&address(CHALLENGE_PAGE, &[("session_id", &partial.id.to_string())], request))
        }
        Ok(Outcome::MailboxAsked(binding)) => mailbox::asked(binding, request),
        Ok(Outcome::RegistrationRequired(_)) => registration_required(request),
        Err(failure) => {
            let (code, ..) = v1::told(failure);
            reply::see_other(&landing.target.with_query([("error", code)]))
        }
    };
    if let Some(transaction) = transaction {
        cookie::release(&mut reply, transaction);
    }
    reply
}

/// Sends the browser to the page that says that an account takes an invitation here.
pub fn registration_required(request: &Request) -> Reply {
    reply::see_other(&address("/login/registration", &[], request))
}

/// Reads the mail form: `email`, and `return_to` for where the browser ends up.
///
/// # Errors
///
/// When the address is missing or none.
pub fn magic_link(request: &Request) -> Result<LinkRequest, Denied> {
    let form = request.form()?;
    let email = EmailAddress::parse(form.find("email").unwrap_or_default().trim());
    Ok(LinkRequest {
        email: email.map_err(|_| must_be("email", "one e-mail address, without a display name"))?,
        way: LinkWay::Browser {
            target: form.text("return_to"),
            source: request.source(),
            language: chosen_language(&form),
            bindings: cookie::bindings_of(request),
        },
        actor_type: form.text("actor_type"),
        language: request.language(),
        mark: cookie::mark_of(request),
    })
}

/// Sends the browser to the page that waits for the code, with the cookie that makes it the only one to use it.
pub fn link_sent(sent: &LinkSent, request: &Request) -> Reply {
    let waiting = address("/login/check-mail", &[("request", sent.request_id.as_str())], request);
    let mut reply = reply::see_other(&waiting);
    if let Some(binding) = &sent.binding {
        cookie::bind(&mut reply, binding);
    }
    reply
}

/// Shows the mail form once more with what is wrong with it, or else a page for the failure.
pub fn link_refused(site: &Site, request: &Request, failure: &Failure) -> Reply {
    let Ok(form) = request.form() else { return refused(site, request, failure) };
    let email = form.find("email").unwrap_or_default();
    let fault = match failure {
        Failure::Denied(Denied::RateLimited(pause)) => MailFault::TooMany(*pause),
        Failure::Denied(Denied::MailedLately(mailed)) => MailFault::Lately(mailed),
        Failure::Denied(Denied::InvalidRequest(_)) if EmailAddress::parse(email.trim()).is_err() => {
            MailFault::NotAnAddress
        }
        _ => return refused(site, request, failure),
    };
    let page = SignIn {
        view: view(site, request),
        return_to: form.find("return_to").unwrap_or_default(),
        providers: &[],
        mail: true,
        problem: None,
        email,
        fault: Some(fault),
    };
    let mut reply = page.reply();
    v1::add_headers(&mut reply, failure);
    reply
}

/// The bindings that the browser brings along.
pub fn bindings(request: &Request) -> Bindings {
    cookie::bindings_of(request)
}

/// Shows the page of a link that was opened: a button, or why there is none and what else there is.
pub fn link_opened(site: &Site, request: &Request, token: &SingleUseToken, opened: &LinkOpened) -> Reply {
    let view = view(site, request);
    match opened.browser {
        Ok(browser @ (OpenedIn::TheSame | OpenedIn::Another)) => ConfirmLink {
            view,
            token,
            request: opened.request_id.as_str(),
            email: &opened.email.to_string(),
            elsewhere: browser == OpenedIn::Another,
        }
        .reply(),
        Ok(OpenedIn::AnotherRefused) | Err(_) => pages::link_closed(view, token, opened),
    }
}

/// Leads a code that is not taken back to where it is typed, where the person is told why; anything else is a page.
pub fn verify_refused(site: &Site, request: &Request, failure: &Failure) -> Reply {
    let mail_request =
        request.form().ok().filter(|form| form.find("token").is_none()).and_then(|form| mail_request(&form));
    match (failure, mail_request) {
        (Failure::Denied(Denied::InvalidCode | Denied::CodeExpired | Denied::CodeUsed), Some(id)) => {
            let (code, ..) = v1::told(failure);
            let waiting = [("request", id.as_str()), ("error", code)];
            reply::see_other(&address("/login/check-mail", &waiting, request))
        }
        _ => refused(site, request, failure),
    }
}

/// Reads the form of the invite's page: the invite, `None` when what came can never have been one, and the language.
///
/// # Errors
///
/// When the body is no form, or a parameter comes twice.
pub fn acceptance(request: &Request) -> Result<(Option<InviteId>, Option<Language>), Denied> {
    let form = request.form()?;
    Ok((form.find("token").and_then(InviteId::of_token), chosen_language(&form)))
}

/// Reads the token of a link that was opened; `None` for what can never have been one.
///
/// # Errors
///
/// When a parameter comes twice.
pub fn link_token(request: &Request) -> Result<Option<SingleUseToken>, Denied> {
    Ok(request.query()?.find("token").and_then(SingleUseToken::parse))
}

/// Reads the form of the link's page (`token`) or of the page that waits for the code (`code`), each with the `request`
/// that the mail was sent for.
///
/// # Errors
///
/// When the body is no form, or a parameter comes twice.
pub fn verify(request: &Request) -> Result<VerifyRequest, Denied> {
    let form = request.form()?;
    let request_id = mail_request(&form);
    let bindings = cookie::bindings_of(request);
    let shown = Shown::Browser(request_id.as_ref().and_then(|id| bindings.find(&id.transaction())));
    let evidence = match form.find("token") {
        Some(token) => Evidence::Token(SingleUseToken::parse(token)),
        None => Evidence::Code(request_id.zip(form.find("code").and_then(MailCode::parse))),
    };
    Ok(VerifyRequest { evidence, shown, language: request.language() })
}

/// The transaction that a form of [`verify`] belongs to, so that its cookie can go when it is over.
pub fn mail_transaction(request: &Request) -> Option<TransactionName> {
    Some(mail_request(&request.form().ok()?)?.transaction())
}

/// Reads the form of the page that asks for a second factor: `session_id` and `code`.
///
/// # Errors
///
/// When the body is no form, or a parameter comes twice.
pub fn second_factor(request: &Request) -> Result<Answer, Denied> {
    let form = request.form()?;
    Ok(Answer { partial: partial_session(&form), code: form.find("code").and_then(Code::parse) })
}

/// What the page that asks for a second factor is asked to show.
#[derive(Debug)]
pub struct Challenged {
    /// The partial session.
    pub partial: SessionId,
    session: String,
    method: Option<Factor>,
    fault: Option<CodeFault>,
}

/// Reads `GET /login/second-factor`.
///
/// # Errors
///
/// When there is no partial session that could be asked for.
pub fn challenge(query: &Parameters) -> Result<Challenged, Denied> {
    let partial = partial_session(query).ok_or(Unauthenticated::Malformed)?;
    let method = query.find("method").and_then(Factor::of);
    Ok(Challenged { partial, session: partial.to_string(), method, fault: security::fault(query) })
}

impl Challenged {
    /// The page, as `view` shows it to a person who has `methods`: it asks for the first, unless another is wanted.
    pub fn page<'a>(&'a self, view: View<'a>, methods: &[&str]) -> Challenge<'a> {
        let has: Vec<_> = methods.iter().filter_map(|method| Factor::of(method)).collect();
        let wanted = self.method.filter(|method| has.contains(method));
        let factor = wanted.or(has.first().copied()).unwrap_or(Factor::RecoveryCode);
        let others = has.into_iter().filter(|other| *other != factor).collect();
        Challenge { view, session: &self.session, factor, others, fault: self.fault }
    }
}

/// Sends a browser that has shown its second factor where it wanted to go from the start.
pub fn completed(completed: &Completed, request: &Request) -> Reply {
    let mut reply = reply::see_other(completed.target.as_str());
    let SignedIn { session, credentials, .. } = &completed.signed_in;
    cookie::sign_in(&mut reply, session, credentials, request.caller().now);
    reply
}

/// Sends a browser whose second factor was not taken back to the page that asks for it; anything else is a page.
pub fn second_factor_refused(site: &Site, request: &Request, failure: &Failure) -> Reply {
    let form = request.form().ok();
    let partial = form.as_ref().and_then(partial_session);
    match (partial, failure) {
        (
            Some(partial),
            Failure::Denied(Denied::SecondFactorClosed | Denied::SecondFactorInvalid | Denied::SecondFactorLocked(_)),
        ) => {
            let ([(error, code), (wait, seconds)], partial) = (security::told(failure), partial.to_string());
            let method = form.as_ref().and_then(|form| Factor::of(form.find("method")?)).map_or("", Factor::method);
            let parameters = [("session_id", &partial[..]), ("method", method), (error, &code), (wait, &seconds)];
            reply::see_other(&address(CHALLENGE_PAGE, &parameters, request))
        }
        _ => refused(site, request, failure),
    }
}

/// Sends a browser that has no session any more to the sign-in page.
pub fn logged_out(request: &Request) -> Reply {
    signed_out(&[], request)
}

/// The same with parameters for that page. The browser is told to forget its session only when it showed one: when another
/// site posts, it keeps the cookie back, but would take an answer that ends it.
fn signed_out(parameters: &[(&str, &str)], request: &Request) -> Reply {
    let mut reply = reply::see_other(&address("/login", parameters, request));
    if cookie::session_of(request).is_some() {
        cookie::sign_out(&mut reply);
    }
    reply
}

pub(super) fn partial_session(form: &Parameters) -> Option<SessionId> {
    form.find("session_id").and_then(SessionId::parse)
}

/// The partial session of somebody whom contract `social` sends to us for a second factor.
pub fn second_factor_due(query: &Parameters) -> Option<&str> {
    query.find("requires_2fa").filter(|due| *due == "true").and_then(|_| query.find("session_id"))
}

/// Whose session is over already is logged out, too; anything else is a page.
pub fn logout_refused(site: &Site, request: &Request, failure: &Failure) -> Reply {
    match failure {
        Failure::Denied(Denied::Unauthorized(_)) => logged_out(request),
        _ => refused(site, request, failure),
    }
}

/// Shows a page that says what went wrong.
pub fn refused(site: &Site, request: &Request, failure: &Failure) -> Reply {
    pages::refused(view(site, request), failure, &request.caller().request_id)
}

fn view<'a>(site: &'a Site, request: &Request) -> View<'a> {
    View { site, language: request.language() }
}

/// The address of a page of ours, in the language of the request.
fn address(path: &str, parameters: &[(&str, &str)], request: &Request) -> String {
    pages::address(path, parameters, request.language())
}

fn chosen_language(parameters: &Parameters) -> Option<Language> {
    parameters.find("lang").and_then(Language::parse)
}

/// The request that a mail was sent for.
pub fn mail_request(form: &Parameters) -> Option<RequestId> {
    form.find("request").and_then(RequestId::parse)
}

/// The names in the field `user` of Apple's form, which comes once and unsigned: display data.
pub(super) fn names(user: &str) -> Option<Names> {
    #[derive(Deserialize)]
    struct User {
        name: Name,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Name {
        first_name: Option<String>,
        last_name: Option<String>,
    }
    let User { name } = serde_json::from_str(user).ok()?;
    let [first, last] = [name.first_name, name.last_name].map(|part| part.as_deref().and_then(display_text));
    Some(match first {
        Some(first) => Names { name: Some(first), last_name: last, user_name: None },
        None => Names { name: last, ..Names::default() },
    })
}

/// Our page that asks for a second factor.
const CHALLENGE_PAGE: &str = "/login/second-factor";

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
