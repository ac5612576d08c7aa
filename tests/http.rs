//! What every route does with bad input: one code, one clear message, the headers of every answer, nothing stored.

use serde_json::{Value, json};

use crate::harness::{APP, Answer, Call, Person, Stack};

/// The routes that read JSON, each with a body that is good in form.
fn json_routes() -> [(&'static str, Value); 5] {
    [
        ("/v1/auth/login", json!({ "provider": "honest", "redirectUri": APP })),
        ("/v1/auth/callback", json!({ "provider": "honest", "code": "code", "state": "s".repeat(43) })),
        ("/v1/auth/magic-link", json!({ "email": Person::new().email, "redirectUri": APP })),
        ("/v1/auth/verify", json!({ "token": "A".repeat(43) })),
        ("/v1/auth/refresh", json!({ "refreshToken": "A".repeat(92) })),
    ]
}

/// Sends every JSON route a body made from its good one, and a content type.
async fn every_route(content_type: &'static str, body: impl Fn(&Value) -> Vec<u8>) -> Vec<Answer> {
    let visitor = Stack::shared().visitor();
    let mut answers = Vec::new();
    for (path, good) in json_routes() {
        answers.push(visitor.send(Call::post(path).header("content-type", content_type).body(body(&good))).await);
    }
    answers
}

async fn every_route_refuses(body: impl Fn(&Value) -> Vec<u8>) {
    for answer in every_route("application/json", body).await {
        answer.refuses(400, "INVALID_REQUEST");
    }
}

// Content types and sizes

#[tokio::test]
async fn a_form_is_an_unsupported_media_type_where_no_page_of_ours_posts_one() {
    let visitor = Stack::shared().visitor();
    for path in ["/v1/auth/login", "/v1/auth/callback", "/v1/auth/refresh"] {
        let form = Call::post(path).header("content-type", "application/x-www-form-urlencoded").body("provider=honest");
        visitor.send(form).await.refuses(415, "UNSUPPORTED_MEDIA_TYPE");
    }
}

#[tokio::test]
async fn json_called_text_is_an_unsupported_media_type() {
    for answer in every_route("text/plain", good).await {
        answer.refuses(415, "UNSUPPORTED_MEDIA_TYPE");
    }
}

#[tokio::test]
async fn another_kind_of_json_is_an_unsupported_media_type() {
    for answer in every_route("application/json-patch+json", good).await {
        answer.refuses(415, "UNSUPPORTED_MEDIA_TYPE");
    }
}

#[tokio::test]
async fn another_charset_is_an_unsupported_media_type() {
    for answer in every_route("application/json; charset=utf-16", good).await {
        answer.refuses(415, "UNSUPPORTED_MEDIA_TYPE");
    }
}

#[tokio::test]
async fn a_body_without_content_type_is_an_unsupported_media_type() {
    let visitor = Stack::shared().visitor();
    for (path, body) in json_routes() {
        visitor.send(Call::post(path).body(body.to_string())).await.refuses(415, "UNSUPPORTED_MEDIA_TYPE");
    }
}

#[tokio::test]
async fn json_in_utf_8_is_read_however_that_is_spelt() {
    let visitor = Stack::shared().visitor();
    let body = json!({ "provider": "honest", "redirectUri": APP }).to_string();
    for content_type in ["application/json; charset=utf-8", "Application/JSON;charset=UTF-8"] {
        let call = Call::post("/v1/auth/login").header("content-type", content_type).body(body.clone());
        visitor.send(call).await.data();
    }
}

#[tokio::test]
async fn the_content_type_is_looked_at_before_the_size() {
    for answer in every_route("text/plain", |_| vec![b' '; 20_000]).await {
        answer.refuses(415, "UNSUPPORTED_MEDIA_TYPE");
    }
}

#[tokio::test]
async fn a_body_above_16_kib_is_too_large() {
    for answer in every_route("application/json", |body| padded(body, 16 * 1024 + 1)).await {
        answer.refuses(413, "PAYLOAD_TOO_LARGE");
    }
}

#[tokio::test]
async fn a_body_of_16_kib_is_not_too_large() {
    for answer in every_route("application/json", |body| padded(body, 16 * 1024)).await {
        assert_ne!(answer.status, 413, "{answer}");
        assert_ne!(answer.json()["error"], "INVALID_REQUEST", "{answer}");
    }
}

#[tokio::test]
async fn a_body_above_10_mb_does_not_pass_the_gateway() {
    let call = Call::post("/v1/auth/login").header("content-type", "application/json").body(vec![b' '; 10_500_000]);
    Stack::shared().visitor().send(call).await.is_from_the_gateway(413, "Request Entity Too Large");
}

// Malformed JSON

#[tokio::test]
async fn an_empty_body_is_refused() {
    every_route_refuses(|_| Vec::new()).await;
}

#[tokio::test]
async fn half_a_body_is_refused() {
    every_route_refuses(|body| body.to_string()[..20].into()).await;
}

#[tokio::test]
async fn a_body_with_more_behind_it_is_refused() {
    every_route_refuses(|body| format!("{body}{body}").into()).await;
}

#[tokio::test]
async fn a_list_is_refused() {
    every_route_refuses(|body| json!([body]).to_string().into()).await;
}

#[tokio::test]
async fn null_is_refused() {
    every_route_refuses(|_| b"null".to_vec()).await;
}

#[tokio::test]
async fn a_byte_order_mark_is_refused() {
    every_route_refuses(|body| format!("\u{feff}{body}").into()).await;
}

#[tokio::test]
async fn a_body_that_is_not_utf_8_is_refused() {
    every_route_refuses(|body| [&body.to_string().into_bytes()[..], b"\xff"].concat()).await;
    every_route_refuses(|body| body.to_string().replace("\":\"", "\":\"#").bytes().map(latin).collect()).await;
}

#[tokio::test]
async fn a_body_that_nests_deeper_than_any_parser_should_go_is_refused() {
    every_route_refuses(|body| with_field(body, &format!("\"deep\":{}{}", "[".repeat(8000), "]".repeat(8000)))).await;
}

#[tokio::test]
async fn a_key_that_comes_twice_is_refused() {
    every_route_refuses(|body| {
        let (key, value) = body.as_object().unwrap().iter().next().unwrap();
        with_field(body, &format!("\"{key}\":{value}"))
    })
    .await;
}

#[tokio::test]
async fn a_key_that_comes_twice_in_another_spelling_is_refused() {
    every_route_refuses(|body| {
        let (key, value) = body.as_object().unwrap().iter().next().unwrap();
        let escaped: String = key.chars().map(|c| format!("\\u{:04x}", c as u32)).collect();
        with_field(body, &format!("\"{escaped}\":{value}"))
    })
    .await;
}

#[tokio::test]
async fn an_unknown_key_that_comes_twice_is_refused() {
    every_route_refuses(|body| with_field(body, r#""x":1,"x":1"#)).await;
}

#[tokio::test]
async fn a_key_that_comes_twice_deep_inside_is_refused() {
    every_route_refuses(|body| with_field(body, r#""x":[{"y":{"z":1,"z":2}}]"#)).await;
}

#[tokio::test]
async fn an_issuer_given_twice_is_refused() {
    let body = r#"{"provider":"honest","code":"c","state":"sixteen-and-more","iss":"https://a","iss":"https://b"}"#;
    let call = Call::post("/v1/auth/callback").header("content-type", "application/json").body(body);
    Stack::shared().visitor().send(call).await.refuses(400, "INVALID_REQUEST");
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    for (answer, (path, good)) in every_route("application/json", |body| {
        with_field(body, r#""isAdmin":true,"__proto__":{"a":[null,1e9]},"sub":"somebody","user":{"id":"usr_1"}"#)
    })
    .await
    .iter()
    .zip(json_routes())
    {
        let plain = Stack::shared().visitor().post(path, good).await;
        assert_eq!((answer.status, &answer.json()["error"]), (plain.status, &plain.json()["error"]), "{answer}");
    }
}

#[tokio::test]
async fn a_refusal_does_not_repeat_what_was_sent() {
    let canary = "canary-in-a-bad-body";
    for answer in every_route("application/json", |body| with_field(body, &format!("\"{canary}\":{canary}"))).await {
        answer.refuses(400, "INVALID_REQUEST");
        assert!(!String::from_utf8_lossy(&answer.body).contains(canary), "{answer}");
    }
    let visitor = Stack::shared().visitor();
    for (path, mut body) in json_routes() {
        body.as_object_mut().unwrap().values_mut().for_each(|value| *value = json!({ canary: canary }));
        let answer = visitor.post(path, body).await;
        answer.refuses(400, "INVALID_REQUEST");
        assert!(!String::from_utf8_lossy(&answer.body).contains(canary), "{answer}");
    }
}

#[tokio::test]
async fn a_logout_reads_its_body_as_strictly() {
    let visitor = Stack::shared().visitor();
    let session = visitor.signs_in(&Person::new()).await;
    let logout = || Call::post("/v1/auth/logout").bearer(&session.access_token);
    let as_json = |body: &'static str| logout().header("content-type", "application/json").body(body);
    visitor.send(logout().body("{}")).await.refuses(415, "UNSUPPORTED_MEDIA_TYPE");
    visitor.send(as_json(r#"{"everywhere":true,"everywhere":true}"#)).await.refuses(400, "INVALID_REQUEST");
    visitor.send(as_json("[]")).await.refuses(400, "INVALID_REQUEST");
    let large = logout().header("content-type", "application/json").body(padded(&json!({}), 16 * 1024 + 1));
    visitor.send(large).await.refuses(413, "PAYLOAD_TOO_LARGE");
    visitor.looks_up(&session.access_token).await.data();
}

// Routes

#[tokio::test]
async fn an_unknown_route_is_the_gateways_404() {
    let visitor = Stack::shared().visitor();
    for path in [
        "/v1",
        "/v1/auth",
        "/v1/auth/",
        "/v1/auth/login/",
        "/v1/auth/Login",
        "/v2/auth/login",
        "/v1/auth/sessions/",
        "/v1/auth/sessions/a/b",
        "//v1/auth/session",
        "/.well-known/jwks",
        "/v1/auth/login/honest/on",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            visitor.send(Call::new(method, path)).await.is_from_the_gateway(404, "Not Found");
        }
    }
}

#[tokio::test]
async fn a_wrong_method_is_the_gateways_404() {
    let visitor = Stack::shared().visitor();
    for (path, _) in json_routes() {
        // A GET on this one is the page of a mailed link.
        let methods = if path == "/v1/auth/verify" {
            &["PUT", "DELETE", "PATCH"][..]
        } else {
            &["GET", "PUT", "DELETE", "PATCH"]
        };
        for method in methods {
            visitor.send(Call::new(method, path)).await.is_from_the_gateway(404, "Not Found");
        }
    }
    for path in ["/v1/auth/session", "/v1/auth/sessions", "/.well-known/jwks.json", "/.well-known/openid-configuration"]
    {
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            visitor.send(Call::new(method, path)).await.is_from_the_gateway(404, "Not Found");
        }
    }
    visitor.send(Call::get("/v1/auth/sessions/ses_1")).await.is_from_the_gateway(404, "Not Found");
}

#[tokio::test]
async fn nothing_of_a_refused_request_is_stored() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let canary = format!("canary-{}", Person::new().subject);
    let bodies = [
        ("/v1/auth/login", json!({ "provider": "nobody", "redirectUri": APP, "state": canary.repeat(2) })),
        ("/v1/auth/login", json!({ "provider": "honest", "redirectUri": canary, "state": canary.repeat(2) })),
        ("/v1/auth/callback", json!({ "provider": "honest", "code": canary, "state": canary.repeat(2) })),
        ("/v1/auth/magic-link", json!({ "email": format!("{canary}@people.example"), "redirectUri": canary })),
        ("/v1/auth/verify", json!({ "token": canary })),
        ("/v1/auth/refresh", json!({ "refreshToken": canary })),
    ];
    for (path, body) in bodies {
        let answer = visitor.post(path, body).await;
        assert!((400..500).contains(&answer.status), "{answer}");
    }
    assert!(!stack.dump().await.to_string().contains(&canary));
}

fn good(body: &Value) -> Vec<u8> {
    body.to_string().into()
}

/// The body with one more member, written as it is.
fn with_field(body: &Value, member: &str) -> Vec<u8> {
    let text = body.to_string();
    format!("{},{member}}}", text.strip_suffix('}').unwrap()).into()
}

/// The body with white space up to this length.
fn padded(body: &Value, length: usize) -> Vec<u8> {
    format!("{body:<length$}", body = body.to_string()).into()
}

/// The byte that Latin-1 would have for an umlaut, in place of every mark.
fn latin(byte: u8) -> u8 {
    if byte == b'#' { 0xe4 } else { byte }
}
