//! The hosted pages, as a browser gets them: who sees what, in which language, and nothing of a request in them.

use std::net::Ipv4Addr;
use std::sync::LazyLock;

use serde_json::json;

use crate::harness::{APP, Answer, Call, Person, Stack, Tab, query};

fn tab() -> Tab<'static> {
    Tab::of(Stack::shared().visitor())
}

/// A stack with a brand of its own, a provider with a label, an external login, and a minute between mails.
fn branded() -> &'static Stack {
    static STACK: LazyLock<Stack> = LazyLock::new(|| {
        let settings = [
            "BRAND_NAME=Acme & Söhne",
            "BRAND_COLOR=#ffcc00",
            "BRAND_LOGO_URL=https://cdn.example/logo.svg",
            "IMPRINT_URL=https://acme.example/imprint",
            "SUPPORT_URL=help@acme.example",
        ];
        let issuer = "https://idp.example";
        let providers = json!({
            "github": { "clientId": "us", "clientSecret": "s" },
            "google": { "clientId": "us", "clientSecret": "s" },
            "acme-staff": { "clientId": "us", "issuer": issuer, "label": "Acme <Staff>" },
            "external": { "loginUrl": issuer, "userinfoUrl": issuer },
        });
        Stack::start(4, &settings, &providers)
    });
    &STACK
}

async fn in_language(path: &str, header: &str) -> Answer {
    tab().send(Call::get(path).header("accept-language", header)).await
}

async fn asks_for_mail(tab: &mut Tab<'_>, email: &str, language: &str) -> String {
    let fields = [("email", email), ("return_to", APP), ("lang", language)];
    let answer = tab.submits("/v1/auth/magic-link", &fields).await;
    assert_eq!(answer.status, 303, "{answer}");
    answer.header("location").unwrap().to_owned()
}

#[tokio::test]
async fn the_sign_in_page_offers_the_providers_in_order_and_a_mail() {
    let answer = Tab::of(branded().visitor()).opens(&format!("/login?{}", query(&[("return_to", APP)]))).await;
    let page = answer.is_page(200);
    let links: Vec<_> =
        page.split("<li><a class=\"button\" href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let target = "redirect_uri=https%3A%2F%2Fapp.example%2Fsigned-in&#38;lang=en";
    let expected = ["acme-staff", "demo", "google", "github"].map(|name| format!("/v1/auth/login/{name}?{target}"));
    assert_eq!(links, expected);
    assert!(page.contains("Continue with Acme &#60;Staff&#62;</a>"), "{page}");
    assert!(page.contains(&format!("<input type=\"hidden\" name=\"return_to\" value=\"{APP}\">")), "{page}");
    assert!(page.contains("<form method=\"post\" action=\"/v1/auth/magic-link\">"), "{page}");
}

#[tokio::test]
async fn pages_carry_the_brand() {
    let answer = Tab::of(branded().visitor()).opens("/login").await;
    let page = answer.is_page(200);
    assert!(page.contains("<h1>Sign in to Acme &#38; Söhne</h1>"), "{page}");
    assert!(page.contains("<img src=\"https://cdn.example/logo.svg\" alt=\"Acme &#38; Söhne\">"), "{page}");
    assert!(page.contains("--brand:#ffcc00;--on-brand:#000000;"), "{page}");
    let policy = answer.header("content-security-policy").unwrap();
    assert!(
        policy.contains("; img-src 'self' https://cdn.example; form-action 'self' https://app.example; "),
        "{policy}"
    );
}

#[tokio::test]
async fn a_page_is_in_the_language_of_the_address_or_else_of_the_browser() {
    for (path, header, expected) in [
        ("/login", "de-AT,de;q=0.9,en;q=0.8", "de"),
        ("/login", "nl,ja;q=0.5,fr;q=0.7", "fr"),
        ("/login?lang=pt", "de", "pt"),
        ("/login?lang=nl", "es", "es"),
        ("/login", "nl", "en"),
        ("/login/nowhere?lang=ja", "de", "ja"),
    ] {
        let answer = in_language(path, header).await;
        let page = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(page.contains(&format!("<html lang=\"{expected}\">")), "{path} {header}: {page}");
        assert_eq!(answer.header("content-language"), Some(expected), "{path} {header}");
        assert_eq!(answer.header("vary"), Some("Accept-Language, Cookie, Origin"), "{path} {header}");
    }
}

#[tokio::test]
async fn a_target_that_is_not_allowed_is_refused_without_a_trace_of_it() {
    for target in ["https://evil.example/", "https://app.example/signed-in/", "javascript:alert(1)", "//app.example"] {
        let answer = tab().opens(&format!("/login?{}", query(&[("return_to", target)]))).await;
        let page = answer.is_page(400);
        assert!(!page.contains("evil") && !page.contains("alert(1)"), "{page}");
    }
}

#[tokio::test]
async fn what_went_wrong_is_told_by_its_code_and_never_in_the_words_of_the_request() {
    let page = tab().opens("/login?error=ACCESS_DENIED").await.is_page(200);
    assert!(page.contains("<strong>You didn’t sign in</strong>"), "{page}");
    for said in ["%3Cb%3Ecall+555%3C/b%3E", "call-555", "%00"] {
        let page = tab().opens(&format!("/login?error={said}&provider={said}&social_login=error")).await.is_page(200);
        assert!(!page.contains("call") && page.contains("<strong>That didn’t work</strong>"), "{page}");
    }
}

#[tokio::test]
async fn somebody_who_is_signed_in_is_told_so_and_can_go_on_protect_their_sign_in_or_go_out() {
    let (mut tab, person) = (tab(), Person::new());
    tab.signs_in(&person).await;
    let page = tab.opens(&format!("/login?{}", query(&[("return_to", APP)]))).await.is_page(200);
    assert!(page.contains(&format!("<strong>{}</strong>", person.email)), "{page}");
    assert!(page.contains(&format!("<a class=\"button main\" href=\"{APP}\">Continue</a>")), "{page}");
    assert!(page.contains("<form method=\"post\" action=\"/v1/auth/logout\">"), "{page}");
    assert!(page.contains("<a href=\"/login/security?lang=en\">Sign-in security</a>"), "{page}");
    let answer = tab.submits("/v1/auth/logout", &[("lang", "de")]).await;
    let page = tab.opens(answer.header("location").unwrap()).await.is_page(200);
    assert!(page.contains("Link zusenden"), "{page}");
}

#[tokio::test]
async fn a_session_that_has_ended_shows_the_ways_in() {
    let mut tab = tab();
    tab.signs_in(&Person::new()).await;
    let cookies = tab.cookies.clone();
    tab.submits("/v1/auth/logout", &[]).await;
    tab.cookies = cookies;
    assert!(tab.opens("/login").await.is_page(200).contains("Email me a link"));
}

#[tokio::test]
async fn the_browser_that_asked_for_a_mail_sees_whom_it_went_to_and_how_its_code_stands() {
    let (mut tab, email) = (tab(), Person::new().email);
    let place = asks_for_mail(&mut tab, &email, "en").await;
    let page = tab.opens(&place).await.is_page(200);
    assert!(page.contains(&format!("<strong>{email}</strong>")) && page.contains("within 10 minutes"), "{page}");
    assert!(page.contains(&format!("name=\"return_to\" value=\"{APP}\"")), "{page}");
    let request = place.split("request=").nth(1).unwrap().split('&').next().unwrap();
    for left in [4, 3, 2, 1] {
        let answer = tab.submits("/v1/auth/verify", &[("request", request), ("code", "2222-2222")]).await;
        let page = tab.opens(answer.header("location").unwrap()).await.is_page(200);
        assert!(page.contains(&format!("That code isn’t right. You have {left} tr")), "{page}");
        assert!(page.contains("aria-invalid=\"true\""), "{page}");
    }
    let answer = tab.submits("/v1/auth/verify", &[("request", request), ("code", "2222-2222")]).await;
    let page = tab.opens(answer.header("location").unwrap()).await.is_page(200);
    assert!(page.contains("This code no longer works") && !page.contains("name=\"code\""), "{page}");
}

#[tokio::test]
async fn another_browser_does_not_see_whom_a_mail_went_to() {
    let email = Person::new().email;
    let place = asks_for_mail(&mut tab(), &email, "en").await;
    let unknown = format!("/login/check-mail?request=mlr_{}", "0".repeat(32));
    for path in [&place[..], &unknown, "/login/check-mail", "/login/check-mail?request=%3Cb%3E"] {
        let page = tab().opens(path).await.is_page(400);
        assert!(page.contains("This sign-in has ended") && !page.contains(&email), "{page}");
    }
}

#[tokio::test]
async fn the_page_says_when_another_mail_may_be_asked_for() {
    let mut tab = Tab::of(branded().visitor());
    let place = asks_for_mail(&mut tab, &Person::new().email, "fr").await;
    let page = tab.opens(&place).await.is_page(200);
    assert!(
        page.contains("<html lang=\"fr\">") && page.contains("Vous pourrez le renvoyer dans <span data-seconds>"),
        "{page}"
    );
    assert!(page.contains("<script src=\"/login/doorward.js\" defer></script>"), "{page}");
}

#[tokio::test]
async fn where_not_everybody_may_sign_up_no_page_says_whether_a_mail_went_out() {
    let mut tab = Tab::of(Stack::strict().visitor());
    let place = asks_for_mail(&mut tab, &Person::new().email, "en").await;
    let page = tab.opens(&place).await.is_page(200);
    assert!(page.contains("<p>If <strong>") && !page.contains("We’ve sent"), "{page}");
}

#[tokio::test]
async fn mails_are_in_the_language_of_the_page_or_of_the_client_and_say_who_asked() {
    let (mut tab, email) = (tab(), Person::new().email);
    asks_for_mail(&mut tab, &email, "ja").await;
    assert_eq!(tab.visitor.stack.mails_to(&email).await[0]["subject"], "Doorwardへのログイン");
    let firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";
    let call = Call::post("/v1/auth/magic-link").json(&json!({ "email": email, "redirectUri": APP }));
    tab.visitor.send(call.header("accept-language", "de").header("user-agent", firefox)).await.data();
    let mail = &tab.visitor.stack.mails_to(&email).await[0];
    assert_eq!(mail["subject"], "Bei Doorward anmelden");
    for part in ["text", "html"] {
        assert!(mail[part].as_str().unwrap().contains("Angefordert am "), "{mail}");
    }
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_a_page_of_ours() {
    for path in ["/login/nowhere", "/login/check-mail/x", "/login/doorward.js/x", "/login/%3Cscript%3E"] {
        let page = tab().opens(path).await.is_page(404);
        assert!(page.contains("<h1>There’s nothing here</h1>") && !page.contains("<script"), "{page}");
    }
}

#[tokio::test]
async fn the_root_leads_to_the_sign_in_page_and_browsers_find_an_icon_where_they_look() {
    // The local stack has a page of its own at the root: the function is asked past the gateway.
    let event = json!({
        "version": "2.0", "routeKey": "GET /", "rawPath": "/", "rawQueryString": "", "headers": {},
        "isBase64Encoded": false,
        "requestContext": {
            "accountId": "0", "apiId": "local", "domainName": "localhost", "requestId": "root", "routeKey": "GET /",
            "stage": "$default", "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 1_767_225_600_000_u64,
            "http": { "method": "GET", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "" },
        },
    });
    let asked = Call::post("/_local/invoke/pages").json(&event);
    let answer = asked.send(Ipv4Addr::LOCALHOST, Stack::shared().address).await.json();
    assert_eq!((&answer["statusCode"], &answer["headers"]["location"]), (&json!(302), &json!("/login")), "{answer}");
    let icon = tab().opens("/favicon.ico").await;
    assert_eq!((icon.status, icon.header("content-type")), (200, Some("image/svg+xml")), "{icon}");
}

#[tokio::test]
async fn a_problem_names_the_request_and_where_to_ask_and_is_told_in_another_language() {
    let mut tab = Tab::of(branded().visitor());
    let answer = tab.opens("/v1/auth/verify?token=x").await;
    let page = answer.is_page(400);
    let reference = format!("name this reference: {}</p>", answer.header("apigw-requestid").unwrap());
    assert!(page.contains(&reference), "{answer}");
    assert!(page.contains("<a href=\"mailto:help@acme.example\">Help</a>"), "{page}");
    assert!(page.contains("<a href=\"https://acme.example/imprint\">Legal notice</a>"), "{page}");
    assert!(!page.contains(">Terms<") && !page.contains(">Privacy<"), "{page}");
    let elsewhere = page.split("<a href=\"").find_map(|rest| rest.split_once("\" lang=\"de\"")).unwrap().0;
    let page = tab.opens(&elsewhere.replace("&#38;", "&")).await.is_page(200);
    assert!(page.contains("<h1>Dieser Link funktioniert nicht</h1>") && page.contains(">Impressum</a>"), "{page}");
}

#[tokio::test]
async fn script_and_icon_may_be_kept_and_the_pages_may_not() {
    for (path, kind) in [("/login/doorward.js", "text/javascript; charset=utf-8"), ("/login/icon.svg", "image/svg+xml")]
    {
        let answer = tab().opens(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(kind)), "{answer}");
        assert_eq!(answer.header("cache-control"), Some("public, max-age=86400"), "{answer}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{answer}");
    }
    assert_eq!(tab().opens("/login").await.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn somebody_whom_contract_social_sends_for_a_second_factor_gets_to_its_page() {
    let answer = tab().opens("/login?social_login=success&requires_2fa=true&session_id=par_1&provider=x&lang=de").await;
    answer.leads_to("/login/second-factor?session_id=par_1&lang=de");
}
