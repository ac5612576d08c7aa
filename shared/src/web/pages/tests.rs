//! The hosted pages in every state, to be checked and to be pictured.

mod every_page;
mod single_pages;

use std::convert::Infallible;
use std::time::Duration;

use domain::account::email::EmailAddress;
use domain::account::invite::Invite;
use domain::account::profile::Profile;
use domain::account::proof::Proof;
use domain::account::trust::Word;
use domain::account::undo::{LinkChange, Undo};
use domain::clock::Timestamp;
use domain::error::{MailedLately, Rejection, StateProblem};
use domain::keys::KeySet;
use domain::keys::token_key::TokenKey;
use domain::language::Language;
use domain::magic_link::mail_code::RequestId;
use domain::magic_link::{LinkOpened, LinkPurpose, OpenedIn, Wish};
use domain::page::brand::{Brand, Color, Links, Logo};
use domain::page::{Invited, MailSent, MailState, SecurityOverview, SignedInVisitor};
use domain::passkey::{PasskeyId, StoredPasskeys};
use domain::provider::Listed;
use domain::redirect::{AllowedTargets, ReturnTo};
use domain::second_factor::recovery::{GivenCodes, RecoveryCode};
use domain::second_factor::totp::{Enrolment, Seed};
use domain::secret::{Secret, SingleUseToken};

use super::*;

/// Markup that must not get into a page unescaped.
const MARKUP: &str = "<b>\"A&'</b>";

fn site() -> Site {
    let logo = Logo::new("https://cdn.example/logo.svg").unwrap();
    let brand = Brand { name: format!("Acme{MARKUP}"), logo: Some(logo), color: Color::parse("#ffee00").unwrap() };
    let targets = AllowedTargets::new(vec!["https://app.example/in".to_owned(), "com.example.app:/in".to_owned()]);
    let site = Site::new(brand, "https://auth.example".to_owned(), &targets.unwrap(), "https://front.example");
    Site { links: links(), ..site }
}

fn links() -> Links {
    let at = |page: &str| Some(Links::page(&format!("https://acme.example/{page}?a=1&b")).unwrap());
    let support = Some(Links::contact("help@acme.example").unwrap());
    Links { terms: at("terms"), privacy: at("privacy"), imprint: at("imprint"), support }
}

/// One passkey with this name.
fn passkeys(title: &str) -> StoredPasskeys {
    let passkey = serde_json::json!({
        "title": title, "created_at": 1_788_000_000, "last_used_at": 1_795_000_000, "backed_up": true, "sign_count": 0,
        "credential": "{}",
    });
    serde_json::from_value(serde_json::json!({ (PasskeyId::random().to_string()): passkey })).unwrap()
}

/// An enrolment as an authenticator app takes it.
fn invitation() -> Enrolment {
    Seed::from(*b"12345678901234567890").invitation("Acme", "ada.lovelace@example.com").unwrap()
}

fn return_to() -> ReturnTo {
    let target = "https://app.example/?a='&<b>";
    AllowedTargets::new(vec![target.to_owned()]).unwrap().find(target).unwrap()
}

/// Every page in every state, by name, with [`MARKUP`] wherever an outsider could put it.
fn all(site: &Site, language: Language) -> Vec<(&'static str, Response)> {
    error_parts(site, language, MARKUP, &["google", "corp"].map(|name| listed(name, &format!("{name}{MARKUP}"))))
}

fn listed(name: &str, label: &str) -> Listed {
    Listed { name: name.to_owned(), label: label.to_owned() }
}

/// Every page in every state, by name, in which outsiders say `said`.
fn error_parts(site: &Site, language: Language, said: &str, providers: &[Listed]) -> Vec<(&'static str, Response)> {
    let view = View { site, language };
    let sign_in = |problem, fault: Option<MailFault>| {
        let providers: &[_] = if fault.is_some() { &[] } else { providers };
        SignInPage { view, return_to: said, providers, mail: true, problem, email: said, fault }.response()
    };
    let lately = |certain, request: Option<&str>| MailedLately {
        to: Secret::new(said),
        ago: Duration::from_secs(20),
        wait: Duration::from_secs(40),
        request: request.map(str::to_owned),
        certain,
    };
    let (lately, lately_perhaps) = (lately(true, Some(said)), lately(false, None));
    let email = EmailAddress::parse("a'&b@example.com").unwrap();
    let mail = |certain, standing, tries_left: u32, resend_in| MailSent {
        standing,
        request: RequestId::random(),
        email: email.clone(),
        certain,
        return_to: return_to(),
        time_left: Duration::from_secs(500),
        tries_left,
        resend_in: Duration::from_secs(resend_in),
    };
    let check_mail = |sent: &MailSent, wrong| CheckMailPage { view, sent, wrong }.response();
    let inside = SignedInVisitor { who: said.to_owned(), return_to: return_to(), onward: true };
    let token = SingleUseToken::random();
    let link = |elsewhere| ConfirmLinkPage { view, token: &token, request: said, email: said, elsewhere }.response();
    let invited = |role: Option<&str>, providers: &[Listed]| {
        let (role, by) = (role.map(str::to_owned), "key".to_owned());
        let (now, lifetime) = (Timestamp::from_seconds(1_795_255_200), Duration::from_secs(604_800));
        let (token, invite) = Invite::start(email.clone(), said.to_owned(), role, by, now, lifetime);
        let invited = Invited { token, invite, return_to: Some(return_to()), providers: providers.to_vec() };
        InvitePage { view, invited: &invited }.response()
    };
    let challenge = |factor, fault| {
        let others = vec![FactorChoice::Passkey, FactorChoice::App, FactorChoice::RecoveryCode];
        SecondFactorPage { view, session: said, factor, others, fault }.response()
    };
    let Enrolment { secret, qr, uri } = invitation();
    let enrol = |fault| EnrolPage { view, qr_svg: qr.reveal(), uri: &uri, key: &secret, fault }.response();
    let (codes, _) = RecoveryCode::generate(
        "usr_1",
        &KeySet::fresh(Timestamp::from_seconds(0), || Ok::<_, Infallible>(TokenKey::generate())).unwrap(),
    )
    .unwrap();
    let given = GivenCodes { account: said.to_owned(), codes };
    let closed = |browser| {
        let (request_id, target) = (RequestId::random(), Some(return_to()));
        link_closed(view, &token, &LinkOpened { email: email.clone(), request_id, target, browser, wish: None })
    };
    let wish = |purpose| {
        let profile = Profile { email: Some(email.clone()), name: Some(said.to_owned()), ..Profile::default() };
        let proof = Proof::Subject {
            provider: "github".to_owned(),
            label: providers.last().map(|listed| listed.label.clone()).unwrap_or_default(),
            issuer: "https://github.example".to_owned(),
            profile,
            trust_email: Word::Confirmed,
        };
        let wish = Wish { user_id: "usr_1".to_owned(), proof, purpose };
        AskMailboxPage { view, token: &token, request: said, wish: &wish }.response()
    };
    let undo = |change| {
        let now = Timestamp::from_seconds(1_795_255_200);
        let undo = Undo {
            user_id: "usr_1".to_owned(),
            change,
            linking: None,
            label: said.to_owned(),
            account: Some(said.to_owned()),
            happened_at: now,
            valid_until: now,
            used_at: None,
        };
        UndoPage { view, token: &token, undo: &undo }.response()
    };
    let done = |done| DonePage { view, done, onward: "/login?lang=en" }.response();
    let manage = |open, app, passkeys: StoredPasskeys, fault| {
        let codes_left = (app || !passkeys.is_empty()).then_some(7);
        SecurityPage { view, protection: &SecurityOverview { open, app, passkeys, codes_left }, fault }.response()
    };
    let (wrong, locked) = (Some(CodeFault::Wrong), Some(CodeFault::Locked(Duration::from_secs(900))));
    vec![
        ("sign in", sign_in(None, None)),
        ("sign in after a problem", sign_in(Some(language.texts().problems.access_denied), None)),
        ("no address", sign_in(None, Some(MailFault::NotAnAddress))),
        ("too many mails", sign_in(None, Some(MailFault::TooMany(Duration::from_secs(61))))),
        ("a mail just now", sign_in(None, Some(MailFault::Lately(&lately)))),
        ("a mail just now perhaps", sign_in(None, Some(MailFault::Lately(&lately_perhaps)))),
        ("check mail", check_mail(&mail(true, MailState::Waiting, 5, 30), false)),
        ("check mail perhaps", check_mail(&mail(false, MailState::Waiting, 5, 0), false)),
        ("wrong code", check_mail(&mail(true, MailState::Waiting, 1, 0), true)),
        ("code used", check_mail(&mail(true, MailState::Used, 4, 0), true)),
        ("code expired", check_mail(&mail(true, MailState::Expired, 5, 0), true)),
        ("code tried too often", check_mail(&mail(true, MailState::Spent, 0, 30), true)),
        ("link", link(false)),
        ("mailbox asked to join", wish(LinkPurpose::Join)),
        ("mailbox asked to prove", wish(LinkPurpose::Prove)),
        ("mailbox asked elsewhere", wish_elsewhere(view, &token)),
        ("link mailed", link_mailed(view)),
        ("address proven", done(language.texts().wishes.proven)),
        ("undo a linking", undo(LinkChange::Linked)),
        ("undo an unlinking", undo(LinkChange::Unlinked)),
        ("undo an invitation", undo(LinkChange::Invited)),
        ("undone", done(language.texts().undo.done)),
        ("link elsewhere", link(true)),
        ("invite", invited(None, providers)),
        ("invite with a role", invited(Some(said), providers)),
        ("invite without providers", invited(None, &[])),
        ("signed in", SignedInPage { view, inside: &inside }.response()),
        ("passing on", RepostPage { view, action: "/x", fields: &[("code", said.to_owned())] }.response()),
        ("challenge", challenge(FactorChoice::App, None)),
        ("challenge, by passkey", challenge(FactorChoice::Passkey, None)),
        ("challenge, by passkey, wrong", challenge(FactorChoice::Passkey, wrong)),
        ("challenge, wrong", challenge(FactorChoice::App, wrong)),
        ("challenge, locked", challenge(FactorChoice::App, locked)),
        (
            "challenge, locked for hours",
            challenge(FactorChoice::App, Some(CodeFault::Locked(Duration::from_secs(7201)))),
        ),
        ("challenge, closed", challenge(FactorChoice::App, Some(CodeFault::Closed))),
        ("recovery code", challenge(FactorChoice::RecoveryCode, None)),
        ("recovery code, wrong", challenge(FactorChoice::RecoveryCode, wrong)),
        ("enrol", enrol(None)),
        ("enrol, wrong", enrol(wrong)),
        ("recovery codes", RecoveryCodesPage { view, given: &given }.response()),
        ("manage, nothing set up", manage(true, false, StoredPasskeys::default(), None)),
        ("manage, nothing set up, too late", manage(false, false, StoredPasskeys::default(), None)),
        ("manage, an app", manage(true, true, StoredPasskeys::default(), None)),
        ("manage, an app, too late", manage(false, true, StoredPasskeys::default(), wrong)),
        ("manage, a passkey", manage(true, false, passkeys(said), None)),
        ("manage, a passkey, too late", manage(false, false, passkeys(said), Some(CodeFault::Passkey))),
        ("manage, all", manage(true, true, passkeys(said), locked)),
        ("problem", error_response(view, &Rejection::InvalidState(StateProblem::OtherBrowser).into(), said)),
        ("problem, told again", told_again(view, "INVALID_STATE")),
        ("link used", closed(Err(Rejection::MagicLinkUsed))),
        ("link expired", closed(Err(Rejection::MagicLinkExpired))),
        ("link of another browser", closed(Ok(OpenedIn::AnotherRefused))),
        ("invite used", error_response(view, &Rejection::InviteUsed.into(), "")),
        ("invite expired", error_response(view, &Rejection::InviteExpired.into(), "")),
        ("invite revoked", error_response(view, &Rejection::InviteRevoked.into(), "")),
        ("no such invite", error_response(view, &Rejection::InvalidInvite.into(), "")),
        ("nowhere", error_response(view, &Rejection::NotFound.into(), "")),
        ("registration", registration_required(view)),
    ]
}

fn body(response: &Response) -> &str {
    match response.body() {
        Body::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

#[test]
#[ignore = "writes what tests/screenshots shows"]
#[expect(clippy::disallowed_methods, reason = "the script says where to write")]
fn the_pages_are_pictured() {
    let brand = Brand { name: "Acme".to_owned(), logo: None, color: Color::parse("#1d5c4f").unwrap() };
    let targets = AllowedTargets::new(Vec::new()).unwrap();
    let site = Site::new(brand, "https://auth.example".to_owned(), &targets, "https://auth.example");
    let site = Site { links: links(), ..site };
    let providers = ["Acme Staff", "Google", "Apple", "GitHub"].map(|label| listed(&label.to_lowercase(), label));
    let mut pictured = Vec::new();
    for language in Language::ALL {
        for (name, response) in error_parts(&site, language, "ada.lovelace@example.com", &providers) {
            let policy = header(&response, "content-security-policy");
            pictured.push(serde_json::json!({
                "name": name, "language": language.tag(), "policy": policy, "body": body(&response),
            }));
        }
    }
    let folder = std::path::PathBuf::from(std::env::var("DOORWARD_PICTURES").unwrap());
    std::fs::write(folder.join("pages.json"), serde_json::Value::from(pictured).to_string()).unwrap();
}
