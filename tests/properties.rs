//! What holds for every input: redirect targets, tokens, addresses, cookies and forms, with inputs that nobody thought of.

mod passkeys;

use std::sync::LazyLock;

use axum::http;
use proptest::prelude::*;
use serde_json::json;

use domain::account::email::EmailAddress;
use domain::clock::Timestamp;
use domain::keys::KeySet;
use domain::keys::token_key::TokenKey;
use domain::provider::state::State;
use domain::redirect::AllowedTargets;
use domain::secret::{SingleUseToken, base64url};
use domain::session::refresh_token::RefreshToken;
use domain::session::session_token::SessionToken;
use domain::session_id::SessionId;
use doorward::web::cookie;
use doorward::web::request::Request;
use doorward::web::v1;

/// Addresses that look like targets, and what people make of them by mistake or on purpose.
fn target() -> impl Strategy<Value = String> {
    (
        "(https|http)",
        "(app|APP|app\\.evil|xn--app)\\.example",
        "(|:443|:8443)",
        "(|/|/in|/In|/in/|/in/\\.\\./in|/%69n)",
        "(|\\?a=1|\\?a=2|\\?)",
        "(|#|#x)",
    )
        .prop_map(|(scheme, host, port, path, query, fragment)| {
            format!("{scheme}://{host}{port}{path}{query}{fragment}")
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    // Redirect targets

    #[test]
    fn a_target_is_found_exactly_when_its_very_bytes_are_configured(
        configured in prop::collection::vec(target(), 0..4),
        wanted in prop_oneof![target(), any::<String>()],
    ) {
        let Ok(targets) = AllowedTargets::new(configured.clone()) else { return Ok(()) };
        let found = targets.find(&wanted).ok().map(|found| found.as_str().to_owned());
        prop_assert_eq!(found, configured.contains(&wanted).then_some(wanted));
    }

    #[test]
    fn an_explanation_is_one_short_line_and_keeps_queries_to_itself(
        configured in target(),
        wanted in prop_oneof![target(), "\\PC*", any::<String>()],
    ) {
        let Ok(targets) = AllowedTargets::new(vec![configured]) else { return Ok(()) };
        let refused = targets.find(&format!("{wanted}?code=hunter2&x=\r\n#hunter2")).unwrap_err();
        let explained = refused.explanation();
        prop_assert!(!explained.contains(char::is_control), "{explained:?}");
        prop_assert!(explained.len() < 1500 && !explained.contains("hunter2"), "{explained:?}");
    }

    #[test]
    fn a_parameter_changes_nothing_of_a_target_but_its_query(value in any::<String>(), configured in target()) {
        let Ok(targets) = AllowedTargets::new(vec![configured.clone()]) else { return Ok(()) };
        let target = targets.find(&configured).unwrap();
        let with: url::Url = target.with_query([("error", value.as_str())]).parse().unwrap();
        let without: url::Url = configured.parse().unwrap();
        prop_assert_eq!((with.origin(), with.path(), with.fragment()), (without.origin(), without.path(), None));
        let last = with.query_pairs().last().unwrap();
        prop_assert_eq!((&*last.0, &*last.1), ("error", value.as_str()));
    }

    // Addresses

    #[test]
    fn an_address_is_read_as_it_is_written_and_bends_no_header(text in prop_oneof![
        any::<String>(),
        "[a-zA-Z0-9.+_\\-'\"<>,; \r\n\u{e9}\u{130}\u{212a}]{1,20}@[a-zA-Z0-9.\\-\u{fc}\u{df} \r\n]{1,20}\\.(example|EXAMPLE|com)",
    ]) {
        let Ok(address) = EmailAddress::parse(&text) else { return Ok(()) };
        let written = address.to_string();
        prop_assert_eq!(EmailAddress::parse(&written), Ok(address.clone()));
        let bends = |c: char| c.is_control() || c.is_whitespace() || "<>,;:\"()[]\\".contains(c);
        prop_assert!(!written.contains(bends), "{written:?}");
        prop_assert_eq!(written.matches('@').count(), 1);
        let canonical = address.canonical();
        prop_assert_eq!(EmailAddress::parse(&canonical).unwrap().canonical(), canonical);
    }

    #[test]
    fn case_never_makes_another_mailbox_and_a_tag_always_does(
        local in "[a-z0-9]{1,10}(\\.[a-z0-9]{1,5})?",
        domain in "[a-z0-9]{1,10}\\.example",
        tag in "[a-z0-9]{1,5}",
    ) {
        let canonical = |text: String| EmailAddress::parse(&text).unwrap().canonical();
        let plain = canonical(format!("{local}@{domain}"));
        prop_assert_eq!(canonical(format!("{local}@{domain}").to_uppercase()), plain.clone());
        prop_assert_ne!(canonical(format!("{local}+{tag}@{domain}")), plain);
    }

    // Tokens

    #[test]
    fn a_refresh_token_is_read_back_and_no_other_text_is_one(
        session in any::<[u8; 16]>(),
        generation in any::<u32>(),
        user_id in "\\PC{0,40}",
        at in any::<prop::sample::Index>(),
        character in "[A-Za-z0-9_\\-=.+/ ]",
    ) {
        let hex: String = session.iter().map(|byte| format!("{byte:02x}")).collect();
        let token = RefreshToken { session: SessionId::parse(&format!("ses_{hex}")).unwrap(), generation, user_id };
        let written = token.issue(&KEYS).unwrap().reveal().to_owned();
        prop_assert_eq!(RefreshToken::verify(&written, &KEYS), Some(token));
        let at = at.index(written.len());
        let forged = format!("{}{character}{}", &written[..at], &written[at + 1..]);
        prop_assert_eq!(RefreshToken::verify(&forged, &KEYS).is_some(), forged == written, "{}", forged);
        prop_assert!(RefreshToken::verify(&written[..at], &KEYS).is_none());
    }

    #[test]
    fn what_is_read_as_a_token_is_written_in_the_same_way(text in prop_oneof![
        any::<String>(),
        "ses_[0-9a-f]{32}\\.[A-Za-z0-9_\\-]{43,92}",
        "[A-Za-z0-9_\\-]{42,44}",
        "[!-~]{10,20}",
    ]) {
        prop_assert!(RefreshToken::verify(&text, &KEYS).is_none());
        for read in [
            SessionToken::parse(&text).map(|token| token.reveal().reveal().to_owned()),
            SingleUseToken::parse(&text).map(|token| token.reveal().to_owned()),
            State::parse(&text).map(|state| state.reveal().to_owned()),
        ] {
            prop_assert!(read.is_none_or(|written| written == text));
        }
    }

    // Cookies and forms

    #[test]
    fn a_form_is_read_as_any_browser_writes_it(
        fields in prop::collection::btree_map("[a-z_]{1,8}", any::<String>(), 0..6),
    ) {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let request = posted("application/x-www-form-urlencoded; charset=utf-8", form.into_bytes());
        let read = request.form().unwrap();
        for (name, value) in &fields {
            prop_assert_eq!(read.find(name), Some(value.as_str()).filter(|value| !value.is_empty()));
        }
    }

    #[test]
    fn no_form_whatever_is_read_with_a_parameter_that_stands_twice(
        name in "[a-z]{1,5}",
        values in any::<(String, String)>(),
        more in any::<Vec<u8>>(),
    ) {
        let pair = |value: &str| format!("{name}={}&", url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>());
        let form = [pair(&values.0).into_bytes(), pair(&values.1).into_bytes(), more].concat();
        prop_assert!(posted("application/x-www-form-urlencoded", form).form().is_err());
    }

    #[test]
    fn bytes_that_nobody_meant_are_refused_and_never_a_disaster(
        body in any::<Vec<u8>>(),
        header in "[ -~]{0,80}",
        media_type in "(application/json|application/x-www-form-urlencoded|[ -~]{0,20})",
    ) {
        let mut request = event(&media_type, body);
        for name in ["cookie", "authorization", "origin", "sec-fetch-site"] {
            request.headers_mut().insert(name, header.parse().unwrap());
        }
        let request = Request::new(request, Timestamp::from_seconds(0));
        let _ = (v1::login(&request).is_ok(), request.form().is_ok(), request.query().is_ok(), request.credential().is_ok());
        let _ = (request.source(), cookie::bindings_of(request.cookies()));
        prop_assert!(cookie::session_of(request.cookies()).is_none_or(|token| header.contains(token.reveal().reveal())));
    }

    #[test]
    fn a_session_cookie_is_found_among_others(
        before in "([a-z]{1,8}=[a-z0-9]{0,8}; ){0,3}",
        after in "(; [a-z]{1,8}=[a-z0-9=]{0,8}){0,3}",
        session in "[0-9a-f]{32}",
        secret in any::<[u8; 32]>(),
    ) {
        let token = format!("ses_{session}.{}", base64url(&[&secret[..], b"usr_1"].concat()));
        let mut request = event("", Vec::new());
        let cookies = format!("{before}__Host-doorward-session={token}{after}");
        request.headers_mut().insert("cookie", cookies.parse().unwrap());
        let request = Request::new(request, Timestamp::from_seconds(0));
        let found = cookie::session_of(request.cookies()).unwrap();
        prop_assert!(found.reveal().reveal() == token);
    }
}

static KEYS: LazyLock<KeySet<TokenKey>> = LazyLock::new(|| {
    let (kid, key) = TokenKey::generate();
    let mut current = json!(key);
    current["kid"] = json!(kid);
    current["state"] = json!("current");
    current["since"] = json!(0);
    KeySet::parse(&json!({ "keys": [current] }).to_string()).unwrap()
});

fn posted(media_type: &str, body: Vec<u8>) -> Request {
    Request::new(event(media_type, body), Timestamp::from_seconds(0))
}

fn event(media_type: &str, body: Vec<u8>) -> lambda_http::Request {
    let request = http::Request::post("/v1/auth/verify").header("content-type", media_type);
    request.body(lambda_http::Body::Binary(body)).unwrap()
}
