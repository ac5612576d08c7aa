//! A browser on its way through a sign-in: navigations, forms and redirects. Whatever went wrong, it is told in fixed
//! codes, and nothing that a request brought comes back in an answer.

pub mod mailbox;
pub mod passkeys;
pub mod security;

pub use super::authorization_response::{passing_on, transaction};
pub use super::landing::landed;

use std::time::Duration;

use domain::account::email::EmailAddress;
use domain::account::invite::InviteId;
use domain::browser::binding::{Bindings, Shown, TransactionName};
use domain::error::{Error, Rejection, Unauthenticated};
use domain::language::Language;
use domain::magic_link::mail_code::{MailCode, RequestId};
use domain::magic_link::{LinkInitiator, LinkOpened, LinkRequest, LinkSent, MailedProof, OpenedIn, VerifyRequest};
use domain::page::brand::Site;
use domain::redirect::channel::ReturnChannel;
use domain::second_factor::code::Code;
use domain::secret::SingleUseToken;
use domain::session::assurance::SecondFactorAnswer;
use domain::session_id::SessionId;
use domain::sign_in::callback::CallbackRequest;
use domain::sign_in::login::{Initiator, LoginRequest, LoginStarted};
use domain::sign_in::outcome::BrowserSignIn;

use super::landing::CHALLENGE_PAGE;
use super::pages::{
    self, CodeFault, ConfirmLinkPage, FactorChoice, MailFault, Page, SecondFactorPage, SignInPage, View,
};
use super::refusal::{add_headers, error_parts};
use super::request::{Parameters, Request, Text, must_be};
use super::response::{self, Response};
use super::{authorization_response, cookie};

/// Reads `GET /v1/auth/login/{provider}`.
///
/// # Errors
///
/// When a parameter comes twice, or `invite` can never have been one.
pub fn login(request: &Request, provider: &str) -> Result<LoginRequest, Rejection> {
    let query = request.query()?;
    let invite =
        query.find("invite").map(|token| InviteId::of_token(token).ok_or(Rejection::InvalidInvite)).transpose()?;
    Ok(LoginRequest {
        provider: provider.to_owned(),
        way: Initiator::Browser {
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
pub fn login_started(started: &LoginStarted) -> Response {
    let mut response = response::found(&started.auth_url);
    if let Some(binding) = &started.binding {
        cookie::bind(&mut response, binding);
    }
    response
}

/// Reads `GET,POST /v1/auth/callback/{provider}`.
///
/// # Errors
///
/// As the reader of authorization responses has it.
pub fn callback(request: &Request, provider: &str) -> Result<CallbackRequest, Rejection> {
    authorization_response::read(request, ReturnChannel::Browser, Some(provider))
}

/// Reads the mail form: `email`, and `return_to` for where the browser ends up.
///
/// # Errors
///
/// When the address is missing or none.
pub fn magic_link(request: &Request) -> Result<LinkRequest, Rejection> {
    let form = request.form()?;
    let email = EmailAddress::parse(form.find("email").unwrap_or_default().trim());
    Ok(LinkRequest {
        email: email.map_err(|_| must_be("email", EmailAddress::MUST_BE))?,
        way: LinkInitiator::Browser {
            target: form.text("return_to"),
            source: request.source(),
            language: chosen_language(&form),
            bindings: cookie::bindings_of(request.cookies()),
        },
        actor_type: form.text("actor_type"),
        language: request.language(),
        mark: cookie::mark_of(request.cookies()),
    })
}

/// Sends the browser to the page that waits for the code, with the cookie that makes it the only one to use it.
pub fn link_sent(sent: &LinkSent, request: &Request) -> Response {
    let waiting = address("/login/check-mail", &[("request", sent.request_id.as_str())], request);
    let mut response = response::see_other(&waiting);
    if let Some(binding) = &sent.binding {
        cookie::bind(&mut response, binding);
    }
    response
}

/// Shows the mail form once more with what is wrong with it, or else a page for the failure.
pub fn link_error_response(site: &Site, request: &Request, failure: &Error) -> Response {
    let Ok(form) = request.form() else { return error_response(site, request, failure) };
    let email = form.find("email").unwrap_or_default();
    let fault = match failure {
        Error::Rejection(Rejection::RateLimited(pause)) => MailFault::TooMany(*pause),
        Error::Rejection(Rejection::MailedLately(mailed)) => MailFault::Lately(mailed),
        Error::Rejection(Rejection::InvalidRequest(_)) if EmailAddress::parse(email.trim()).is_err() => {
            MailFault::NotAnAddress
        }
        _ => return error_response(site, request, failure),
    };
    let page = SignInPage {
        view: view(site, request),
        return_to: form.find("return_to").unwrap_or_default(),
        providers: &[],
        mail: true,
        problem: None,
        email,
        fault: Some(fault),
    };
    let mut response = page.response();
    add_headers(&mut response, failure);
    response
}

/// The bindings that the browser brings along.
pub fn bindings(request: &Request) -> Bindings {
    cookie::bindings_of(request.cookies())
}

/// Shows the page of a link that was opened: a button, or why there is none and what else there is.
pub fn link_opened(site: &Site, request: &Request, token: &SingleUseToken, opened: &LinkOpened) -> Response {
    let view = view(site, request);
    match opened.browser {
        Ok(browser @ (OpenedIn::TheSame | OpenedIn::Another)) => ConfirmLinkPage {
            view,
            token,
            request: opened.request_id.as_str(),
            email: &opened.email.to_string(),
            elsewhere: browser == OpenedIn::Another,
        }
        .response(),
        Ok(OpenedIn::AnotherRefused) | Err(_) => pages::link_closed(view, token, opened),
    }
}

/// Leads a code that is not taken back to where it is typed, where the person is told why; anything else is a page.
pub fn verify_error_response(site: &Site, request: &Request, failure: &Error) -> Response {
    let mail_request =
        request.form().ok().filter(|form| form.find("token").is_none()).and_then(|form| mail_request(&form));
    match (failure, mail_request) {
        (Error::Rejection(Rejection::InvalidCode | Rejection::CodeExpired | Rejection::CodeUsed), Some(id)) => {
            let (code, ..) = error_parts(failure);
            let waiting = [("request", id.as_str()), ("error", code)];
            response::see_other(&address("/login/check-mail", &waiting, request))
        }
        _ => error_response(site, request, failure),
    }
}

/// Reads the form of the invite's page: the invite, `None` when what came can never have been one, and the language.
///
/// # Errors
///
/// When the body is no form, or a parameter comes twice.
pub fn acceptance(request: &Request) -> Result<(Option<InviteId>, Option<Language>), Rejection> {
    let form = request.form()?;
    Ok((form.find("token").and_then(InviteId::of_token), chosen_language(&form)))
}

/// Reads the token of a link that was opened; `None` for what can never have been one.
///
/// # Errors
///
/// When a parameter comes twice.
pub fn link_token(request: &Request) -> Result<Option<SingleUseToken>, Rejection> {
    Ok(request.query()?.find("token").and_then(SingleUseToken::parse))
}

/// Reads the form of the link's page (`token`) or of the page that waits for the code (`code`), each with the `request`
/// that the mail was sent for.
///
/// # Errors
///
/// When the body is no form, or a parameter comes twice.
pub fn verify(request: &Request) -> Result<VerifyRequest, Rejection> {
    let form = request.form()?;
    let request_id = mail_request(&form);
    let bindings = cookie::bindings_of(request.cookies());
    let shown = Shown::Browser(request_id.as_ref().and_then(|id| bindings.find(&id.transaction())));
    let evidence = match form.find("token") {
        Some(token) => MailedProof::Token(SingleUseToken::parse(token)),
        None => MailedProof::Code(request_id.zip(form.find("code").and_then(MailCode::parse))),
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
pub fn second_factor(request: &Request) -> Result<SecondFactorAnswer, Rejection> {
    let form = request.form()?;
    Ok(SecondFactorAnswer { partial: partial_session(&form), code: form.find("code").and_then(Code::parse) })
}

/// What the page that asks for a second factor is asked to show.
#[derive(Debug)]
pub struct Challenged {
    /// The partial session.
    pub partial: SessionId,
    session: String,
    method: Option<FactorChoice>,
    fault: Option<CodeFault>,
}

/// Reads `GET /login/second-factor`.
///
/// # Errors
///
/// When there is no partial session that could be asked for.
pub fn challenge(query: &Parameters) -> Result<Challenged, Rejection> {
    let partial = partial_session(query).ok_or(Unauthenticated::Malformed)?;
    let method = query.find("method").and_then(FactorChoice::of);
    Ok(Challenged { partial, session: partial.to_string(), method, fault: code_fault(query) })
}

impl Challenged {
    /// The page, as `view` shows it to a person who has `methods`: it asks for the first, unless another is wanted.
    pub fn page<'a>(&'a self, view: View<'a>, methods: &[&str]) -> SecondFactorPage<'a> {
        let has: Vec<_> = methods.iter().filter_map(|method| FactorChoice::of(method)).collect();
        let wanted = self.method.filter(|method| has.contains(method));
        let factor = wanted.or(has.first().copied()).unwrap_or(FactorChoice::RecoveryCode);
        let others = has.into_iter().filter(|other| *other != factor).collect();
        SecondFactorPage { view, session: &self.session, factor, others, fault: self.fault }
    }
}

/// Sends a browser that has shown its second factor where it wanted to go from the start.
pub fn completed(completed: &BrowserSignIn, request: &Request) -> Response {
    let mut response = response::see_other(completed.target.as_str());
    cookie::keep(&mut response, &completed.signed_in, request.caller().now);
    response
}

/// Sends a browser whose second factor was not taken back to the page that asks for it; anything else is a page.
pub fn second_factor_error_response(site: &Site, request: &Request, failure: &Error) -> Response {
    let form = request.form().ok();
    let partial = form.as_ref().and_then(partial_session);
    match (partial, failure) {
        (
            Some(partial),
            Error::Rejection(
                Rejection::SecondFactorClosed | Rejection::SecondFactorInvalid | Rejection::SecondFactorLocked(_),
            ),
        ) => {
            let ([(error, code), (wait, seconds)], partial) = (fault_parameters(failure), partial.to_string());
            let method =
                form.as_ref().and_then(|form| FactorChoice::of(form.find("method")?)).map_or("", FactorChoice::method);
            let parameters = [("session_id", &partial[..]), ("method", method), (error, &code), (wait, &seconds)];
            response::see_other(&address(CHALLENGE_PAGE, &parameters, request))
        }
        _ => error_response(site, request, failure),
    }
}

/// Sends a browser that has no session any more to the sign-in page.
pub fn logged_out(request: &Request) -> Response {
    signed_out(&[], request)
}

/// The same with parameters for that page. The browser is told to forget its session only when it showed one: when another
/// site posts, it keeps the cookie back, but would take an answer that ends it.
fn signed_out(parameters: &[(&str, &str)], request: &Request) -> Response {
    let mut response = response::see_other(&address("/login", parameters, request));
    if cookie::session_of(request.cookies()).is_some() {
        cookie::sign_out(&mut response);
    }
    response
}

pub(super) fn partial_session(form: &Parameters) -> Option<SessionId> {
    form.find("session_id").and_then(SessionId::parse)
}

/// The partial session of somebody whom contract `social` sends to us for a second factor.
pub fn second_factor_due(query: &Parameters) -> Option<&str> {
    query.find("requires_2fa").filter(|due| *due == "true").and_then(|_| query.find("session_id"))
}

/// Whose session is over already is logged out, too; anything else is a page.
pub fn logout_error_response(site: &Site, request: &Request, failure: &Error) -> Response {
    match failure {
        Error::Rejection(Rejection::Unauthorized(_)) => logged_out(request),
        _ => error_response(site, request, failure),
    }
}

/// Shows a page that says what went wrong.
pub fn error_response(site: &Site, request: &Request, failure: &Error) -> Response {
    pages::error_response(view(site, request), failure, &request.caller().request_id)
}

/// What is wrong with the code that was typed before, as the page's own address says.
fn code_fault(query: &Parameters) -> Option<CodeFault> {
    match query.find("error") {
        Some("SECOND_FACTOR_INVALID") => Some(CodeFault::Wrong),
        Some("INVALID_CODE") => Some(CodeFault::Passkey),
        Some("SECOND_FACTOR_LOCKED") => Some(match query.find("wait").and_then(|wait| wait.parse().ok()) {
            Some(seconds) => CodeFault::Locked(Duration::from_secs(seconds)),
            None => CodeFault::Closed,
        }),
        _ => None,
    }
}

/// What the page's own address says of a failure: its code and, where waiting helps, for how many seconds.
fn fault_parameters(failure: &Error) -> [(&'static str, String); 2] {
    let wait = match failure {
        Error::Rejection(Rejection::SecondFactorLocked(wait)) => wait.as_secs().to_string(),
        Error::Rejection(_) | Error::Fault(_) => String::new(),
    };
    [("error", error_parts(failure).0.to_owned()), ("wait", wait)]
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
