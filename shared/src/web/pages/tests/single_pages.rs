//! What single pages show, ask and lead to.

use std::time::Duration;

use http::StatusCode;

use domain::account::email::EmailAddress;
use domain::account::invite::Invite;
use domain::clock::Timestamp;
use domain::error::{Dependency, Error, Fault, Rejection, StateProblem};
use domain::language::Language;
use domain::page::Invited;
use domain::page::brand::{Brand, Site};
use domain::second_factor::recovery::GivenCodes;
use domain::secret::Secret;

use super::super::{EnrolPage, InvitePage, Page, RecoveryCodesPage, SignInPage, View, error_response, told_again};
use super::{all, body, listed, return_to, site};

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
    // The operator's links, which are on every page.
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
