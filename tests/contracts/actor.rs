//! The contract `actor`: actor types in the path, one token, snake_case.

use serde_json::{Value, json};

use super::{invites, mailed_secret, stack};
use crate::harness::{APP, APP_WITH_QUERY, Answer, Call, Person, Stack, StartedSignIn, Visitor, assert_shape};
use crate::lies::jose::claims_of;
use crate::lies::{LIES, Reply, session_of, user_from_provider};

fn path(actor_type: &str, provider: &str) -> String {
    format!("/auth/{actor_type}/{provider}")
}

async fn starts(visitor: &Visitor<'_>, actor_type: &str, provider: &str) -> StartedSignIn {
    let answer = visitor.send(Call::post(path(actor_type, provider))).await;
    answer.is(200, json!({ "location": "<text>" }));
    let auth_url: url::Url = answer.json()["location"].as_str().unwrap().parse().unwrap();
    let mut started = StartedSignIn { provider: provider.to_owned(), auth_url, state: String::new() };
    started.state = started.asks("state");
    started
}

/// The front end forwards what the provider sent.
fn forwards(actor_type: &str, provider: &str, query: &[(&str, &str)]) -> Call {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    Call::post(format!("{}/callback?{query}", path(actor_type, provider)))
}

/// The same by GET, as the client of the contract's own service asks.
fn forwards_by_get(actor_type: &str, provider: &str, query: &[(&str, &str)]) -> Call {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    Call::get(format!("{}/callback?{query}", path(actor_type, provider)))
}

/// The return of somebody who went to an honest provider.
pub async fn returning(visitor: &Visitor<'_>, actor_type: &str, person: &Person) -> Call {
    let started = starts(visitor, actor_type, "honest").await;
    let code = LIES.code(&started, person, |_| {});
    forwards(actor_type, "honest", &[("code", &code), ("state", &started.state)])
}

async fn signs_in(visitor: &Visitor<'_>, actor_type: &str, person: &Person) -> String {
    let answer = visitor.send(returning(visitor, actor_type, person).await).await;
    answer.is(200, json!({ "token": "<jwt>" }));
    answer.json()["token"].as_str().unwrap().to_owned()
}

fn accepting(actor_type: &str, token: &str, body: &Value) -> Call {
    Call::post(format!("/auth/{actor_type}/invites/accept")).bearer(token).json(body)
}

#[track_caller]
fn is_unauthorized(answer: &Answer) {
    says_unauthorized(answer);
    assert_eq!(answer.header("www-authenticate"), None, "{answer}");
}

#[track_caller]
fn says_unauthorized(answer: &Answer) {
    assert_eq!((answer.status, &answer.body[..]), (401, &b"Unauthorized"[..]), "{answer}");
    assert_eq!(answer.header("content-type"), Some("text/plain"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

/// The partial session of the answer that asks somebody with an app for a second factor.
#[track_caller]
pub fn partial_of(answer: &Answer) -> String {
    let (partial, methods) = asked_of(answer);
    assert_eq!(methods, "totp recovery_code");
    partial
}

/// The partial session of the answer that asks for a second factor, and the methods.
#[track_caller]
pub fn asked_of(answer: &Answer) -> (String, String) {
    says_unauthorized(answer);
    let challenge = answer.header("www-authenticate").unwrap_or_else(|| panic!("no challenge in {answer}"));
    let after = challenge.strip_prefix("Doorward-Second-Factor session_id=\"").unwrap_or_else(|| panic!("{challenge}"));
    let (partial, methods) = after.split_once("\", methods=\"").unwrap_or_else(|| panic!("{challenge}"));
    assert_shape(&json!(partial), &json!("<session>"), challenge);
    (partial.to_owned(), methods.strip_suffix('"').unwrap().to_owned())
}

#[track_caller]
fn is_bad(answer: &Answer, status: u16, kind: &str) {
    answer.is(status, json!({ "message": "<text>", "type": kind }));
}

// Starting

#[tokio::test]
async fn starting_answers_with_the_location() {
    let visitor = stack().visitor();
    assert_eq!(starts(&visitor, "user", "honest").await.asks("redirect_uri"), APP);
    let body = json!({ "callback_url": APP_WITH_QUERY });
    let answer = visitor.send(Call::post(path("user", "honest")).json(&body)).await;
    answer.is(200, json!({ "location": "<text>" }));
    let location = answer.json()["location"].as_str().unwrap().to_owned();
    assert!(location.contains("redirect_uri=https%3A%2F%2Fapp.example%2Fopen%3Ffrom%3Dmail"), "{location}");
}

#[tokio::test]
async fn an_unknown_provider_or_actor_type_is_404() {
    let visitor = stack().visitor();
    let code = [("code", "c"), ("state", &"s".repeat(43)[..])];
    for (actor_type, provider) in [("user", "nobody"), ("nobody", "honest"), ("user", "invites")] {
        is_bad(&visitor.send(Call::post(path(actor_type, provider))).await, 404, "not_found");
        is_bad(&visitor.send(forwards(actor_type, provider, &code)).await, 404, "not_found");
    }
}

#[tokio::test]
async fn what_is_refused_is_named_as_the_contract_names_it() {
    let visitor = stack().visitor();
    let elsewhere = json!({ "callback_url": "https://evil.example/" });
    let answer = visitor.send(Call::post(path("user", "honest")).json(&elsewhere)).await;
    let message = "The field \"callback_url\" must equal one of the allowed redirects.";
    answer.is(400, json!({ "message": message, "type": "not_allowed" }));
    let answer = visitor.send(Call::post(path("nobody", "honest"))).await;
    answer.is(404, json!({ "message": "There is no such actor type.", "type": "not_found" }));
    let answer = visitor.send(Call::post(path("user", "external"))).await;
    answer.is(404, json!({ "message": "No provider with this name is configured.", "type": "not_found" }));
}

#[tokio::test]
async fn a_front_end_may_send_what_its_client_sends_and_read_what_it_is_told() {
    let stack = Stack::with(&["ALLOWED_ORIGINS=https://shop.example"]);
    let asked = Call::new("OPTIONS", "/auth/user/google").header("origin", "https://shop.example");
    let asked = asked.header("access-control-request-method", "POST");
    let answer = stack.visitor().send(asked).await;
    let allowed = "authorization,content-type,idempotency-key,x-medusa-locale,x-publishable-api-key";
    assert_eq!(answer.header("access-control-allow-headers"), Some(allowed), "{answer}");
    let call = Call::post(path("user", "honest")).header("origin", "https://shop.example");
    let answer = stack.visitor().send(call).await;
    assert_eq!(answer.header("access-control-expose-headers"), Some("retry-after,www-authenticate"), "{answer}");
}

#[tokio::test]
async fn a_start_that_is_malformed_or_leads_elsewhere_is_400() {
    let visitor = stack().visitor();
    let start = |body: &str| {
        Call::post(path("user", "honest")).header("content-type", "application/json").body(body.to_owned())
    };
    is_bad(&visitor.send(start("{\"callback_url\": \"https://evil.example/\"}")).await, 400, "not_allowed");
    for body in ["{", "[]", "{\"callback_url\": 7}", "{\"a\": 1, \"a\": 2}"] {
        is_bad(&visitor.send(start(body)).await, 400, "invalid_data");
    }
}

#[tokio::test]
async fn only_the_paths_without_a_slash_behind_them_are_the_contracts() {
    let visitor = stack().visitor();
    for path in ["/auth/user/honest/", "/auth/user/honest/callback/", "/auth/user/invites/accept/"] {
        visitor.send(Call::post(path)).await.is_from_the_gateway(404, "Not Found");
    }
}

#[tokio::test]
async fn reserved_names_are_none_of_this_contracts() {
    let visitor = stack().visitor();
    // `social` is another contract, which redirects.
    let answer = visitor.send(Call::post("/auth/social/honest")).await;
    assert_eq!(answer.status, 302, "{answer}");
    is_bad(&visitor.send(Call::post(path("session", "honest"))).await, 404, "not_found");
    for name in ["mfa", "session", "social", "token"] {
        let complaint = Stack::complaint(&[&format!("ACTOR_TYPES=user:open,{name}:open")]);
        assert!(complaint.contains("ACTOR_TYPES"), "{complaint}");
    }
}

// Coming back

#[tokio::test]
async fn a_person_gets_a_token_that_names_their_account() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let token = signs_in(&visitor, "user", &person).await;
    let claims = claims_of(&token);
    assert_eq!(claims["actor_type"], "user");
    assert_eq!(claims["actor_id"], claims["sub"]);
    assert!(claims["auth_identity_id"].as_str().unwrap().starts_with("aid_"));
    let found = visitor.looks_up(&token).await.data();
    assert_eq!((&found["user"]["id"], &found["user"]["email"]), (&claims["actor_id"], &json!(person.email)));

    let again = claims_of(&signs_in(&visitor, "user", &person).await);
    assert_eq!((&again["actor_id"], &again["auth_identity_id"]), (&claims["actor_id"], &claims["auth_identity_id"]));
    let other = claims_of(&signs_in(&visitor, "user", &Person::new()).await);
    assert_ne!(other["auth_identity_id"], claims["auth_identity_id"]);
}

#[tokio::test]
async fn a_front_end_may_forward_by_get_as_well() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let started = starts(&visitor, "user", "honest").await;
    let code = LIES.code(&started, &person, |_| {});
    let query = [("code", &code[..]), ("state", &started.state)];
    let answer = visitor.send(forwards_by_get("user", "honest", &query)).await;
    answer.is(200, json!({ "token": "<jwt>" }));
    is_bad(&visitor.send(forwards_by_get("user", "honest", &query)).await, 400, "not_allowed");
}

#[tokio::test]
async fn the_name_that_apple_sends_beside_the_code_is_forwarded_and_kept() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let started = starts(&visitor, "user", "apple").await;
    let code = LIES.code(&started, &person, |_| {});
    let user =
        json!({ "name": { "firstName": "Ada", "lastName": "Lovelace" }, "email": "other@example.com" }).to_string();
    let answer =
        visitor.send(forwards("user", "apple", &[("code", &code), ("state", &started.state), ("user", &user)])).await;
    answer.is(200, json!({ "token": "<jwt>" }));
    let found = visitor.looks_up(answer.json()["token"].as_str().unwrap()).await.data();
    assert_eq!((&found["user"]["name"], &found["user"]["lastName"]), (&json!("Ada"), &json!("Lovelace")));
    assert_eq!(found["user"]["email"], person.email);
}

#[tokio::test]
async fn a_second_factor_that_is_due_is_unauthorized_and_the_challenge_says_where_to_go_on() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let session = visitor.signs_in(&person).await;
    let app = visitor.enrols(&session).await;
    let partial = partial_of(&visitor.send(returning(&visitor, "user", &person).await).await);
    visitor.looks_up(&partial).await.refuses(401, "UNAUTHORIZED");
    let answer = visitor.completes(&partial, &app.code().await).await;
    assert_eq!(answer.gives(session_of(user_from_provider(&person)))["user"]["id"], session.user["id"]);
}

#[tokio::test]
async fn a_person_without_an_account_gets_a_token_that_names_none_and_accepts_an_invite_with_it() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let token = signs_in(&visitor, "guest", &person).await;
    let claims = claims_of(&token);
    assert_eq!((&claims["actor_type"], claims.get("actor_id")), (&json!("guest"), None));
    visitor.looks_up(&token).await.refuses(401, "UNAUTHORIZED");

    invites(&visitor, &person.email).await;
    let body = json!({
        "invite_token": mailed_secret(&visitor, &person.email).await,
        "email": person.email,
        "first_name": "Ada",
        "last_name": "Lovelace",
    });
    let answer = visitor.send(accepting("guest", &token, &body)).await;
    answer.is(
        200,
        json!({
            "user": {
                "id": "<user>",
                "email": person.email,
                "email_verified": true,
                "first_name": "Ada",
                "last_name": "Lovelace",
                "user_name": null,
                "picture": null,
                "actor_type": "guest",
                "role": null,
                "created_at": "<time>",
                "updated_at": "<time>",
            },
            "token": "<jwt>",
        }),
    );
    let accepted = claims_of(answer.json()["token"].as_str().unwrap());
    assert_eq!(accepted["actor_id"], answer.json()["user"]["id"]);
    assert_eq!(accepted["auth_identity_id"], claims["auth_identity_id"]);
    let again = claims_of(&signs_in(&visitor, "guest", &person).await);
    assert_eq!(again["actor_id"], accepted["actor_id"]);

    let duplicate = visitor.send(accepting("guest", &token, &body)).await;
    let expected = json!({ "code": "invalid_request_error", "message": "<text>", "type": "duplicate_error" });
    duplicate.is(422, expected);
}

#[tokio::test]
async fn accepting_is_refused_in_the_contracts_words() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let token = signs_in(&visitor, "guest", &person).await;
    is_bad(&visitor.send(accepting("guest", &token, &json!({}))).await, 400, "not_allowed");
    is_bad(&visitor.send(accepting("guest", &token, &json!({ "first_name": 7 }))).await, 400, "invalid_data");
    is_bad(&visitor.send(accepting("nobody", &token, &json!({}))).await, 404, "not_found");
    is_unauthorized(&visitor.send(accepting("partner", &token, &json!({}))).await);
    is_unauthorized(&visitor.send(accepting("guest", "nonsense", &json!({}))).await);
    let call = Call::post("/auth/guest/invites/accept").json(&json!({}));
    is_unauthorized(&visitor.send(call).await);
    invites(&visitor, &person.email).await;
    let another = json!({ "email": Person::new().email });
    is_bad(&visitor.send(accepting("guest", &token, &another)).await, 400, "invalid_data");
}

#[tokio::test]
async fn the_provider_or_we_say_no() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let started = starts(&visitor, "user", "honest").await;
    let declined = [("error", "access_denied"), ("state", &started.state)];
    is_unauthorized(&visitor.send(forwards("user", "honest", &declined)).await);

    let started = starts(&visitor, "user", "honest").await;
    let lie = LIES.code(&started, &person, |told| told.claims["nonce"] = json!("another"));
    is_unauthorized(&visitor.send(forwards("user", "honest", &[("code", &lie), ("state", &started.state)])).await);

    let started = starts(&visitor, "staff", "honest").await;
    let code = LIES.code(&started, &person, |_| {});
    is_unauthorized(&visitor.send(forwards("staff", "honest", &[("code", &code), ("state", &started.state)])).await);
}

#[tokio::test]
async fn parameters_that_are_missing_and_states_that_are_bad_are_400() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let started = starts(&visitor, "user", "honest").await;
    let code = LIES.code(&started, &person, |_| {});
    let good = [("code", &code[..]), ("state", &started.state)];
    for query in [&[][..], &good[..1], &good[1..], &[good[0], good[1], good[1]]] {
        is_bad(&visitor.send(forwards("user", "honest", query)).await, 400, "invalid_data");
    }
    let unknown = [good[0], ("state", &"s".repeat(43)[..])];
    is_bad(&visitor.send(forwards("user", "honest", &unknown)).await, 400, "not_allowed");
    // A state of another actor type or provider is none here, and stays good where it belongs.
    is_bad(&visitor.send(forwards("guest", "honest", &good)).await, 400, "not_allowed");
    is_bad(&visitor.send(forwards("user", "other", &good)).await, 400, "not_allowed");
    visitor.send(forwards("user", "honest", &good)).await.is(200, json!({ "token": "<jwt>" }));
    is_bad(&visitor.send(forwards("user", "honest", &good)).await, 400, "not_allowed");
}

#[tokio::test]
async fn the_senders_iss_is_read() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let started = starts(&visitor, "user", "announcing").await;
    let code = LIES.code(&started, &person, |_| {});
    let good = [("code", &code[..]), ("state", &started.state), ("iss", &LIES.issuer("announcing"))];
    let wrong = [good[0], good[1], ("iss", "https://other.example")];
    is_bad(&visitor.send(forwards("user", "announcing", &wrong)).await, 400, "not_allowed");
    let answer = visitor.send(forwards("user", "announcing", &good)).await;
    answer.is(200, json!({ "token": "<jwt>" }));
}

#[tokio::test]
async fn a_provider_that_is_down_is_500() {
    let visitor = stack().visitor();
    let started = starts(&visitor, "user", "honest").await;
    let code = LIES.code(&started, &Person::new(), |told| told.instead = Some(Reply::page(500)));
    let answer = visitor.send(forwards("user", "honest", &[("code", &code), ("state", &started.state)])).await;
    answer.is(500, json!({ "code": "api_error", "message": "<text>", "type": "database_error" }));
}

#[tokio::test]
async fn where_linking_is_off_an_address_that_is_taken_is_a_duplicate() {
    let stack = Stack::strict();
    let (visitor, person) = (stack.visitor(), Person::new());
    visitor.signs_in_by_link(&person.email).await;
    let started = starts(&visitor, "member", "honest").await;
    let code = LIES.code(&started, &person, |_| {});
    let answer = visitor.send(forwards("member", "honest", &[("code", &code), ("state", &started.state)])).await;
    answer.is(422, json!({ "code": "invalid_request_error", "message": "<text>", "type": "duplicate_error" }));
}

#[tokio::test]
async fn a_start_too_many_is_429_and_says_when_to_come_back() {
    let stack = Stack::start(1, &["LIMIT_LOGINS_PER_SOURCE=1"], &LIES.rows());
    let visitor = stack.visitor();
    starts(&visitor, "user", "honest").await;
    let answer = visitor.send(Call::post(path("user", "honest"))).await;
    is_bad(&answer, 429, "not_allowed");
    assert!(answer.header("retry-after").is_some());
}

// Races

#[tokio::test]
async fn a_state_that_is_in_flight_elsewhere_is_409() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let started = starts(&visitor, "user", "honest").await;
    let slow = std::time::Duration::from_secs(1);
    let code = LIES.code(&started, &person, |told| told.after = slow);
    let call = forwards("user", "honest", &[("code", &code), ("state", &started.state)]);
    let answers = visitor.race(vec![call.clone(); 16]).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1);
    let in_flight = json!({
        "code": "unknown_error",
        "message":
            "The request conflicted with another request. You may retry the request with the provided Idempotency-Key.",
        "type": "QueryRunnerAlreadyReleasedError",
    });
    for answer in &lost {
        // A racer that had to wait for a process to start may come when the winner is done.
        if answer.status == 400 { is_bad(answer, 400, "not_allowed") } else { answer.is(409, in_flight.clone()) }
    }
    assert!(lost.iter().any(|answer| answer.status == 409), "nobody met it in flight");
    is_bad(&visitor.send(call).await, 400, "not_allowed");
}

#[tokio::test]
async fn whoever_met_their_own_request_in_flight_gets_its_answer_by_the_same_key() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let started = starts(&visitor, "user", "honest").await;
    let slow = std::time::Duration::from_secs(1);
    let code = LIES.code(&started, &person, |told| told.after = slow);
    let call = forwards("user", "honest", &[("code", &code), ("state", &started.state)]);
    let call = call.header("idempotency-key", "constant");
    let answers = visitor.race(vec![call.clone(); 16]).await;
    let first = answers.iter().find(|answer| answer.status == 200).expect("one that went well");
    for answer in answers.iter().filter(|answer| answer.status != 409) {
        assert_eq!((answer.status, &answer.body), (200, &first.body), "{answer}");
    }
    let again = visitor.send(call).await;
    assert_eq!((again.status, &again.body), (200, &first.body), "{again}");
    stack().audited(&again.request_id(), &["sign_in_repeated"]).await;
    let token = first.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(visitor.lists_sessions(&token).await.data()["sessions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_repeats_its_own_request_and_no_other() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let started = starts(&visitor, "user", "honest").await;
    let (code, other) = (LIES.code(&started, &person, |_| {}), LIES.code(&started, &person, |_| {}));
    let with = |code: &str, key: &str| {
        forwards("user", "honest", &[("code", code), ("state", &started.state)]).header("idempotency-key", key)
    };
    visitor.send(with(&code, "k")).await.is(200, json!({ "token": "<jwt>" }));
    is_bad(&visitor.send(with(&other, "k")).await, 400, "not_allowed");
    is_bad(&visitor.send(with(&code, "another")).await, 400, "not_allowed");
    let without = forwards("user", "honest", &[("code", &code), ("state", &started.state)]);
    is_bad(&visitor.send(without).await, 400, "not_allowed");
    is_bad(&visitor.send(with(&code, "two words")).await, 400, "invalid_data");

    // The same key for somebody else is another request.
    let somebody = Person::new();
    let started = starts(&visitor, "user", "honest").await;
    let code = LIES.code(&started, &somebody, |_| {});
    let call = forwards("user", "honest", &[("code", &code), ("state", &started.state)]).header("idempotency-key", "k");
    let token = visitor.send(call).await.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(visitor.looks_up(&token).await.data()["user"]["email"], somebody.email);
}

#[tokio::test]
async fn a_second_factor_that_is_due_is_said_again_by_the_same_key() {
    let (visitor, person) = (stack().visitor(), Person::new());
    visitor.enrols(&visitor.signs_in(&person).await).await;
    let call = returning(&visitor, "user", &person).await.header("idempotency-key", "k");
    let partial = partial_of(&visitor.send(call.clone()).await);
    assert_eq!(partial_of(&visitor.send(call).await), partial);
}

#[tokio::test]
async fn a_state_whose_sign_in_failed_is_not_in_flight() {
    let visitor = stack().visitor();
    let started = starts(&visitor, "user", "honest").await;
    let call = forwards("user", "honest", &[("code", "nonsense"), ("state", &started.state)]);
    is_unauthorized(&visitor.send(call.clone()).await);
    is_bad(&visitor.send(call).await, 400, "not_allowed");
}
