use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use http::StatusCode;

use domain::account::email::EmailAddress;
use domain::account::invite::Invite;
use domain::account::profile::Profile;
use domain::account::proof::Proof;
use domain::account::trust::Word;
use domain::account::undo::{LinkChange, Undo};
use domain::clock::Timestamp;
use domain::error::{Dependency, Error, Fault, MailedLately, Rejection, StateProblem};
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

/// What nobody may write into a page.
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

/// A passkey that somebody gave this name.
fn passkeys(title: &str) -> StoredPasskeys {
    let passkey = serde_json::json!({
        "title": title, "created_at": 1_788_000_000, "last_used_at": 1_795_000_000, "backed_up": true, "sign_count": 0,
        "credential": "{}",
    });
    serde_json::from_value(serde_json::json!({ (PasskeyId::random().to_string()): passkey })).unwrap()
}

/// What somebody puts into their authenticator app.
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
fn no_page_shows_as_markup_what_an_outsider_wrote() {
    for (name, response) in all(&site(), Language::En) {
        assert!(!body(&response).contains("<b>"), "{name}: {}", body(&response));
        assert!(!body(&response).contains(MARKUP), "{name}: {}", body(&response));
    }
}

#[test]
fn every_page_has_one_heading_one_main_a_title_its_language_and_nothing_inline_but_the_stylesheet() {
    for language in Language::ALL {
        for (name, response) in all(&site(), language) {
            let page = body(&response);
            for (once, times) in [("<h1>", 1), ("<main>", 1), ("<title>", 1), ("<style>", 1), ("<script>", 0)] {
                assert_eq!(page.matches(once).count(), times, "{name}: {once} in {page}");
            }
            assert!(page.contains(&format!("<html lang=\"{}\">", language.tag())), "{name}");
            assert!(!page.contains(" style="), "{name}: {page}");
            assert!(!page.contains("<title> "), "{name}");
            assert_eq!(header(&response, "content-language"), language.tag(), "{name}");
            assert_eq!(header(&response, "vary"), "Accept-Language, Cookie", "{name}");
        }
    }
}

/// What a page says: its title, its heading, and every text of two words and more; keys and codes have no small letters.
fn said(page: &str) -> BTreeSet<&str> {
    let within = |begin: &str, end: &str| page.split_once(begin).unwrap().1.split_once(end).unwrap().0;
    let texts = within("<main>", "</main>").split('<').map(|piece| piece.rsplit('>').next().unwrap().trim());
    let texts = texts.filter(|text| text.contains(' ') && text.chars().any(char::is_lowercase));
    texts.chain([within("<title>", "</title>"), within("<h1>", "</h1>")]).collect()
}

#[test]
fn every_page_says_nothing_in_english_to_who_speaks_another_language() {
    let site = Site { brand: Brand { name: "Acme".to_owned(), ..site().brand }, ..site() };
    let english = error_parts(&site, Language::En, "ada", &[]);
    for language in Language::ALL.into_iter().filter(|language| *language != Language::En) {
        for ((name, page), (_, theirs)) in english.iter().zip(error_parts(&site, language, "ada", &[])) {
            let (page, theirs) = (said(body(page)), said(body(&theirs)));
            assert!(!theirs.is_empty(), "{name}");
            let both: Vec<_> = page.intersection(&theirs).collect();
            assert!(both.is_empty(), "{name} in {}: {both:?}", language.tag());
        }
    }
}

#[test]
fn a_page_weighs_less_than_16_kib_with_its_stylesheet_inside_and_the_picture_of_an_enrolment_aside() {
    let picture = invitation().qr;
    for language in Language::ALL {
        for (name, response) in all(&site(), language) {
            let weight = body(&response).replace(picture.reveal(), "").len();
            assert!(weight < 16 * 1024, "{name} ({}) has {weight} bytes", language.tag());
        }
    }
}

#[test]
fn every_field_has_a_label_and_every_fault_is_told_at_its_field() {
    for (name, response) in all(&site(), Language::En) {
        let page = body(&response);
        for field in page.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap()) {
            if field.contains("type=\"hidden\"") {
                continue;
            }
            let id = field.split("id=\"").nth(1).unwrap().split('"').next().unwrap();
            assert!(page.contains(&format!("<label for=\"{id}\">")), "{name}: {field}");
            assert_eq!(page.contains("id=\"fault\""), field.contains("aria-invalid=\"true\""), "{name}: {field}");
            assert_eq!(page.contains("id=\"fault\""), field.contains("fault"), "{name}: {field}");
        }
    }
}

#[test]
fn the_policy_allows_the_one_stylesheet_the_logo_our_own_script_where_it_is_used_and_where_forms_lead() {
    for (name, response) in all(&site(), Language::En) {
        let page = body(&response);
        let sheet = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        let expected =
            style::policy(&site(), sheet, page.contains("<script src=\"/login/doorward.js\" defer></script>"));
        let policy = header(&response, "content-security-policy");
        assert_eq!(policy, expected, "{name}");
        assert_eq!(policy.contains("script-src 'self';"), page.contains("<script"), "{name}");
        assert!(
            policy.contains(
                "; img-src 'self' https://cdn.example; form-action 'self' com.example.app: https://app.example \
                 https://front.example; "
            ),
            "{policy}"
        );
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(policy.ends_with("; base-uri 'none'; frame-ancestors 'none'"), "{policy}");
    }
}

#[test]
fn text_on_the_brands_colour_and_beside_it_can_be_read() {
    let sheet = style::sheet(&site().brand);
    assert!(sheet.starts_with(":root{--brand:#ffee00;--on-brand:#000000;--ink:"), "{sheet}");
    // What is chosen to be read beside it is chosen for the surfaces that the stylesheet has.
    let surfaces: Vec<_> = sheet.split("--surface:").skip(1).map(|rest| rest.split(';').next().unwrap()).collect();
    assert_eq!(surfaces, ["#fff", &Color::DARK_SURFACE.to_string()]);
}

#[test]
fn a_page_is_answered_with_the_status_of_what_it_tells() {
    let site = site();
    let statuses: Vec<_> = all(&site, Language::En)
        .into_iter()
        .filter(|(_, response)| response.status() != StatusCode::OK)
        .map(|(name, response)| (name, response.status().as_u16(), header(&response, "retry-after").to_owned()))
        .collect();
    let expected = [
        ("no address", 400, ""),
        ("too many mails", 429, ""),
        ("a mail just now", 429, ""),
        ("a mail just now perhaps", 429, ""),
        ("enrol, wrong", 400, ""),
        ("manage, an app, too late", 400, ""),
        ("manage, a passkey, too late", 400, ""),
        ("manage, all", 429, ""),
        ("problem", 400, ""),
        ("link used", 400, ""),
        ("link expired", 400, ""),
        ("invite used", 400, ""),
        ("invite expired", 400, ""),
        ("invite revoked", 400, ""),
        ("no such invite", 400, ""),
        ("nowhere", 404, ""),
    ];
    assert_eq!(statuses, expected.map(|(name, status, wait)| (name, status, wait.to_owned())));
}

#[test]
fn a_failure_behind_the_scenes_is_told_without_its_cause() {
    let (site, failure) = (site(), Error::Fault(Fault::new(Dependency::Store, "GetItem: hunter2")));
    let response = error_response(View { site: &site, language: Language::En }, &failure, "");
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!body(&response).contains("hunter2"));
    assert!(body(&response).contains("<h1>Something went wrong on our side</h1>"), "{}", body(&response));
}

#[test]
fn a_page_leads_to_itself_in_the_other_languages() {
    let site = site();
    let view = View { site: &site, language: Language::De };
    let page = SignInPage {
        view,
        return_to: "https://app.example/in?a=1&b",
        providers: &[],
        mail: true,
        problem: None,
        email: "",
        fault: None,
    };
    let response = page.response();
    let address = "/login?return_to=https%3A%2F%2Fapp.example%2Fin%3Fa%3D1%26b&#38;lang=fr";
    assert!(
        body(&response).contains(&format!("<a href=\"{address}\" lang=\"fr\" hreflang=\"fr\"")),
        "{}",
        body(&response)
    );
    assert!(body(&response).contains("<span lang=\"de\" aria-current=\"true\">Deutsch</span>"), "{}", body(&response));
}

#[test]
fn an_invite_carries_its_secret_in_its_form_and_to_each_provider_and_to_nobody_else() {
    let site = site();
    let (token, invite) = Invite::start(
        EmailAddress::parse("ada@example.com").unwrap(),
        "guest".to_owned(),
        None,
        "key".to_owned(),
        Timestamp::from_seconds(0),
        Duration::from_secs(60),
    );
    let secret = token.reveal().to_owned();
    let providers = [listed("google", "Google"), listed("corp", "Corp")].to_vec();
    let invited = Invited { token, invite, return_to: Some(return_to()), providers };
    let response = InvitePage { view: View { site: &site, language: Language::En }, invited: &invited }.response();
    let page = body(&response);
    let start = format!(
        "<a class=\"button\" href=\"/v1/auth/login/google?redirect_uri=https%3A%2F%2Fapp.example%2F%3Fa%3D%27%26%3Cb%3E&#38;\
         actor_type=guest&#38;invite={secret}&#38;lang=en\">"
    );
    assert!(page.contains(&start), "{page}");
    assert!(page.contains(&format!("<input type=\"hidden\" name=\"token\" value=\"{secret}\">")), "{page}");
    // The form, two providers, and the page itself in five other languages.
    assert_eq!(page.matches(&secret).count(), 1 + 2 + 5, "{page}");
    // What the operator links on every page.
    assert_eq!(page.matches("href=\"http").count(), 3, "{page}");
}

#[test]
fn where_no_mail_can_be_sent_none_is_offered() {
    let (site, providers) = (site(), [listed("google", "Google")]);
    let (view, mail) = (View { site: &site, language: Language::En }, false);
    let response =
        SignInPage { view, return_to: "", providers: &providers, mail, problem: None, email: "", fault: None }
            .response();
    assert!(
        !body(&response).contains("type=\"email\"") && !body(&response).contains("class=\"or\""),
        "{}",
        body(&response)
    );
}

#[test]
fn recovery_codes_can_be_saved_without_a_script_and_say_what_they_are_for() {
    let site = site();
    let codes = vec![Secret::new("abcd-efgh"), Secret::new("ijkl-mnop")];
    let given = GivenCodes { account: "ada+1@example.com".to_owned(), codes };
    let site = Site { brand: Brand { name: "Acme & Söhne".to_owned(), ..site.brand }, ..site };
    let response = RecoveryCodesPage { view: View { site: &site, language: Language::En }, given: &given }.response();
    let file = "href=\"data:text/plain;charset=utf-8,Recovery%20codes%20for%20Acme%20%26%20S%C3%B6hne%2C%20account%20\
                ada%2B1%40example.com%0A%0Aabcd-efgh%0Aijkl-mnop%0A\" download=\"recovery-codes.txt\"";
    assert!(body(&response).contains(file), "{}", body(&response));
    let shown = "<p data-purpose>Recovery codes for Acme &#38; Söhne, account ada+1@example.com</p>";
    assert!(body(&response).contains(shown), "{}", body(&response));
}

#[test]
fn a_key_can_be_typed_in_groups_of_four_and_opened_by_an_app_on_the_same_phone() {
    let site = site();
    let view = View { site: &site, language: Language::En };
    let (key, uri) =
        (Secret::new("JBSWY3DPEHPK3PXP"), Secret::new("otpauth://totp/Acme?secret=JBSWY3DPEHPK3PXP&issuer=Acme"));
    let response = EnrolPage { view, qr_svg: "<svg></svg>", uri: &uri, key: &key, fault: None }.response();
    assert!(body(&response).contains("<code>JBSW Y3DP EHPK 3PXP</code>") && body(&response).contains("<svg></svg>"));
    let link =
        "<a href=\"otpauth://totp/Acme?secret=JBSWY3DPEHPK3PXP&#38;issuer=Acme\">Open it in an app on this device</a>";
    assert!(body(&response).contains(link), "{}", body(&response));
}

#[test]
fn every_page_links_what_the_operator_does_and_no_more() {
    let linked = |site: &Site| {
        all(site, Language::De)
            .into_iter()
            .map(|(name, response)| {
                let page = body(&response);
                let at = |words: &str| page.contains(&format!("\">{words}</a></li>"));
                (name, ["Nutzungsbedingungen", "Datenschutz", "Impressum", "Hilfe"].map(at))
            })
            .collect::<Vec<_>>()
    };
    let site = site();
    for (name, links) in linked(&site) {
        assert_eq!(links, [true; 4], "{name}");
    }
    let imprint = Links { imprint: site.links.imprint.clone(), ..Links::default() };
    for (name, links) in linked(&Site { links: imprint, ..site.clone() }) {
        assert_eq!(links, [false, false, true, false], "{name}");
    }
    let (_, page) = all(&site, Language::De).swap_remove(0);
    assert!(body(&page).contains("<a href=\"mailto:help@acme.example\">Hilfe</a>"), "{}", body(&page));
}

#[test]
fn a_problem_names_its_request_and_is_told_in_every_language_without_asking_again() {
    let site = site();
    for (failure, code) in
        [(Rejection::InvalidState(StateProblem::OtherBrowser), "INVALID_STATE"), (Rejection::InviteUsed, "INVITE_USED")]
    {
        let response = error_response(View { site: &site, language: Language::En }, &failure.into(), "req-1");
        let page = body(&response);
        assert!(page.contains("<p class=\"quiet\">If you ask for help, name this reference: req-1</p>"), "{page}");
        assert!(page.contains(&format!("<a href=\"/login/problem?error={code}&#38;lang=fr\"")), "{page}");
        let again = told_again(View { site: &site, language: Language::De }, code);
        assert!(!body(&again).contains("Kennung") && again.status() == StatusCode::OK, "{}", body(&again));
        let title = Language::De.texts().problems.of_code(code).title;
        assert!(body(&again).contains(&format!("<h1>{title}</h1>")), "{}", body(&again));
        assert_ne!(title, Language::De.texts().problems.invalid_code.title);
    }
}

#[test]
fn a_link_that_is_over_asks_for_another_mail_to_the_same_address_and_place() {
    for (name, response) in all(&site(), Language::En) {
        let page = body(&response);
        let asks = page.contains("<form method=\"post\" action=\"/v1/auth/magic-link\">")
            && page.contains("name=\"email\" value=\"a&#39;&#38;b@example.com\"")
            && page.contains("name=\"return_to\" value=\"https://app.example/?a=&#39;&#38;&#60;b&#62;\"");
        assert_eq!(asks, ["link used", "link expired"].contains(&name), "{name}: {page}");
    }
}

#[test]
fn a_code_that_is_over_says_why() {
    let told: Vec<_> = all(&site(), Language::En)
        .into_iter()
        .filter_map(|(name, response)| {
            let said = body(&response).split("role=\"alert\"><strong>").nth(1)?.split('<').next()?.to_owned();
            name.starts_with("code ").then_some((name, said))
        })
        .collect();
    let expected = [
        ("code used", "This code was used already"),
        ("code expired", "This code has expired"),
        ("code tried too often", "This code no longer works"),
    ];
    assert_eq!(told, expected.map(|(name, said)| (name, said.to_owned())));
}

#[test]
fn without_a_script_nothing_of_a_new_passkey_is_shown_but_that_there_can_be_none() {
    for (name, response) in all(&site(), Language::En) {
        for form in body(&response).split("<form ").skip(1).filter(|form| form.contains("data-passkey")) {
            assert!(form.split('>').next().unwrap().ends_with(" hidden"), "{name}: {form}");
            assert!(!form.split("</form>").next().unwrap().contains("data-unsupported"), "{name}: {form}");
            assert!(!form.split("</form>").next().unwrap().contains("id=\"name\""), "{name}: {form}");
        }
    }
}

#[test]
fn a_day_is_written_as_the_language_writes_it() {
    let site = site();
    let dates = Language::ALL.map(|language| {
        let pages = all(&site, language);
        let page = pages.iter().find(|(name, _)| *name == "manage, a passkey").unwrap();
        let history = body(&page.1).split("</h3>\n<p class=\"quiet\">").nth(1).unwrap();
        history.split('<').next().unwrap().split(" · ").next().unwrap().to_owned()
    });
    let expected = ["Added on 29 Aug 2026", "Hinzugefügt am 29. Aug. 2026"];
    assert_eq!(dates[..2], expected, "{dates:?}");
    assert!(dates.iter().all(|date| !date.contains("2026-08") && date.contains("2026")), "{dates:?}");
}

#[test]
fn who_has_no_app_is_asked_for_no_code_of_one() {
    let asked = all(&site(), Language::En).into_iter().filter(|(name, _)| name.ends_with("too late")).map(
        |(name, response)| {
            let label = body(&response).split("<label for=\"confirm\">").nth(1);
            (name, label.map(|rest| rest.split('<').next().unwrap().to_owned()))
        },
    );
    let expected = [
        ("manage, nothing set up, too late", None),
        ("manage, an app, too late", Some("Code from the app or recovery code")),
        ("manage, a passkey, too late", Some("Recovery code")),
    ];
    assert_eq!(asked.collect::<Vec<_>>(), expected.map(|(name, label)| (name, label.map(str::to_owned))));
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
