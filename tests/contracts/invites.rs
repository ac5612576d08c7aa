//! `/v1/auth/invites`: inviting, looking after invites, and accepting.

use serde_json::{Value, json};

use super::{
    EXTERNAL_KEY, INVITES, INVITES_KEY, KEY, NEXT_KEY, ROLES_KEY, actor, invites, mailed_secret, registers,
    registers_as, rows, secret, stack,
};
use crate::harness::{
    APP, APP_WITH_QUERY, Answer, Call, NO_PAUSE, Person, ServiceStack, SessionTokens, Stack, StartedSignIn, Tab,
    Visitor, navigation, now, seconds, until_after,
};
use crate::lies::jose::{claims_of, header_of};
use crate::lies::{LIES, session_of};
use crate::races::winners;

fn inviting(key: &str, wish: &Value) -> Call {
    Call::post(INVITES).bearer(key).json(wish)
}

fn accepting(registration: &str, body: &Value) -> Call {
    Call::post("/v1/auth/invites/accept").bearer(registration).json(body)
}

fn user(person: &Person, name: &str) -> Value {
    json!({
        "id": "<user>",
        "email": person.email,
        "emailVerified": true,
        "name": name,
        "actorType": "guest",
        "createdAt": "<time>",
    })
}

async fn lists(visitor: &Visitor<'_>, key: &str, query: &str) -> Answer {
    visitor.send(Call::get(format!("{INVITES}{query}")).bearer(key)).await
}

/// The session of somebody with the role admin.
async fn admin(visitor: &Visitor<'_>) -> SessionTokens {
    becomes_admin(visitor, &Person::new()).await
}

async fn becomes_admin(visitor: &Visitor<'_>, person: &Person) -> SessionTokens {
    let wish = json!({ "email": person.email, "actorType": "guest", "role": "admin" });
    visitor.send(inviting(ROLES_KEY, &wish)).await.data();
    let registration = registers(visitor, person).await;
    SessionTokens::of(&visitor.send(accepting(&registration, &json!({}))).await.data())
}

// Inviting

#[tokio::test]
async fn an_invite_is_mailed_and_told_without_its_secret() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let answer = visitor.send(inviting(KEY, &json!({ "email": person.email, "actorType": "guest" }))).await;
    let data = answer.gives(json!({ "inviteId": "<text>", "expiresAt": "<time>" }));
    assert!(data["inviteId"].as_str().unwrap().starts_with("inv_"));
    let left = seconds(data["expiresAt"].as_str().unwrap()) - now();
    assert!((604_790..=604_800).contains(&left), "{left} seconds left");
    stack().audited(&answer.request_id(), &["invite_sent"]).await;
    let mails = stack().mails_to(&person.email).await;
    assert_eq!(mails.len(), 1);
    let token = mailed_secret(&visitor, &person.email).await;
    assert!(mails[0]["text"].as_str().unwrap().contains(&format!("\n{}/login/invite?token={token}\n", stack().url)));
    assert!(!stack().dump().await.to_string().contains(&token), "the secret is readable in the store");
}

#[tokio::test]
async fn the_mails_link_opens_the_page_that_was_named_if_it_is_an_allowed_one() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let wish = |page: &str| json!({ "email": person.email, "actorType": "guest", "redirectUri": page });
    visitor.send(inviting(KEY, &wish("https://evil.example/"))).await.refuses(400, "INVALID_REDIRECT");
    assert_eq!(stack().mails_to(&person.email).await.len(), 0);
    visitor.send(inviting(KEY, &wish(APP_WITH_QUERY))).await.data();
    let text = visitor.newest_mail(&person.email).await;
    assert!(text.contains(&format!("\n{APP_WITH_QUERY}&invite_token=")), "{text}");
}

#[tokio::test]
async fn only_a_key_that_allows_it_or_an_admin_invites() {
    let visitor = stack().visitor();
    let wish = json!({ "email": Person::new().email, "actorType": "guest" });
    visitor.post(INVITES, wish.clone()).await.refuses(401, "UNAUTHORIZED");
    visitor.send(inviting("canary-unknown-key", &wish)).await.refuses(401, "UNAUTHORIZED");
    let request_id = visitor.send(inviting(EXTERNAL_KEY, &wish)).await.refuses(403, "FORBIDDEN");
    stack().audited(&request_id, &["invite_refused"]).await;
    let anybody = visitor.signs_in(&Person::new()).await;
    visitor.send(inviting(&anybody.access_token, &wish)).await.refuses(403, "FORBIDDEN");
    for key in [KEY, NEXT_KEY, INVITES_KEY, ROLES_KEY, &admin(&visitor).await.access_token] {
        let wish = json!({ "email": Person::new().email, "actorType": "guest" });
        visitor.send(inviting(key, &wish)).await.data();
    }
}

#[tokio::test]
async fn an_admin_who_has_logged_out_invites_nobody() {
    let visitor = stack().visitor();
    let admin = admin(&visitor).await;
    visitor.logs_out(&admin.access_token).await.data();
    let wish = json!({ "email": Person::new().email, "actorType": "guest" });
    visitor.send(inviting(&admin.access_token, &wish)).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn only_an_admin_gives_roles_and_only_where_an_invite_is_accepted() {
    let visitor = stack().visitor();
    let admin = admin(&visitor).await;
    let wish =
        |actor_type: &str, role: &str| json!({ "email": Person::new().email, "actorType": actor_type, "role": role });
    visitor.send(inviting(KEY, &wish("guest", "editor"))).await.refuses(403, "FORBIDDEN");
    visitor.send(inviting(&admin.access_token, &wish("guest", "editor"))).await.data();
    visitor.send(inviting(ROLES_KEY, &wish("user", "editor"))).await.faults("role");
    visitor.send(inviting(&admin.access_token, &wish("guest", "No Role"))).await.faults("role");
}

#[tokio::test]
async fn actor_types_that_are_closed_or_unknown_take_no_invite() {
    let visitor = stack().visitor();
    let wish = |actor_type: &str| json!({ "email": Person::new().email, "actorType": actor_type });
    visitor.send(inviting(KEY, &wish("staff"))).await.refuses(403, "SIGN_UP_CLOSED");
    visitor.send(inviting(KEY, &wish("nobody"))).await.faults("actorType");
    visitor.send(inviting(KEY, &json!({ "email": Person::new().email }))).await.data();
    visitor.send(inviting(KEY, &json!({ "actorType": "guest" }))).await.faults("email");
}

#[tokio::test]
async fn an_address_gets_so_many_invites_an_hour() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let wish = json!({ "email": person.email, "actorType": "guest" });
    crate::harness::window_with_room(3600).await;
    for _ in 0..3 {
        visitor.send(inviting(KEY, &wish)).await.data();
    }
    visitor.send(inviting(KEY, &wish)).await.refuses(429, "RATE_LIMITED");
    assert_eq!(stack().mails_to(&person.email).await.len(), 3);
}

// Accepting

#[tokio::test]
async fn who_was_invited_gets_an_account_and_a_session() {
    let (visitor, person) = (stack().visitor(), Person::new());
    invites(&visitor, &person.email).await;
    let token = mailed_secret(&visitor, &person.email).await;
    let registration = registers(&visitor, &person).await;
    let names = json!({ "inviteToken": token, "name": "Ada", "lastName": "Lovelace", "userName": "ada" });

    let answer = visitor.send(accepting(&registration, &names)).await;

    let mut user = user(&person, "Ada");
    user["lastName"] = json!("Lovelace");
    user["userName"] = json!("ada");
    let session = SessionTokens::of(&answer.gives(session_of(user)));
    stack().audited(&answer.request_id(), &["user_created", "invite_accepted", "sign_in_succeeded"]).await;
    assert_eq!(session.claims()["actor_type"], "guest");
    visitor.looks_up(&session.access_token).await.data();
    visitor.renews(&session).await;
    let started = visitor.starts_with("honest", json!({ "actorType": "guest" })).await;
    let again = visitor.callback(&started, &LIES.code(&started, &person, |_| {})).await.data();
    assert_eq!(SessionTokens::of(&again).user_id(), session.user_id());
}

#[tokio::test]
async fn an_address_that_was_proven_needs_no_secret() {
    let (visitor, person) = (stack().visitor(), Person::new());
    invites(&visitor, &person.email).await;
    let registration = registers(&visitor, &person).await;
    let call = Call::post("/v1/auth/invites/accept").bearer(&registration);
    visitor.send(call).await.gives(session_of(user(&person, &person.name)));
}

#[tokio::test]
async fn the_secret_proves_the_mailbox_that_it_was_sent_to() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let invited = Person { email: Person::new().email, ..person.clone() };
    invites(&visitor, &invited.email).await;
    let token = mailed_secret(&visitor, &invited.email).await;
    let registration = registers(&visitor, &person).await;
    visitor.send(accepting(&registration, &json!({}))).await.refuses(400, "INVALID_CODE");
    let answer = visitor.send(accepting(&registration, &json!({ "inviteToken": token }))).await;
    answer.gives(session_of(user(&invited, &person.name)));
}

#[tokio::test]
async fn an_invite_is_good_once() {
    let (visitor, person, other) = (stack().visitor(), Person::new(), Person::new());
    invites(&visitor, &person.email).await;
    let body = json!({ "inviteToken": mailed_secret(&visitor, &person.email).await });
    let registration = registers(&visitor, &person).await;
    visitor.send(accepting(&registration, &body)).await.data();
    let request_id = visitor.send(accepting(&registration, &body)).await.refuses(409, "ACCOUNT_EXISTS");
    stack().audited(&request_id, &["invite_refused"]).await;
    let others = registers(&visitor, &other).await;
    visitor.send(accepting(&others, &body)).await.refuses(400, "INVALID_CODE");
}

#[tokio::test]
async fn an_address_that_has_an_account_gets_no_second_one() {
    let (visitor, person, other) = (stack().visitor(), Person::new(), Person::new());
    invites(&visitor, &person.email).await;
    visitor.send(accepting(&registers(&visitor, &person).await, &json!({}))).await.data();
    invites(&visitor, &person.email).await;
    let body = json!({ "inviteToken": mailed_secret(&visitor, &person.email).await });
    let answer = visitor.send(accepting(&registers(&visitor, &other).await, &body)).await;
    answer.refuses(409, "ACCOUNT_EXISTS");
}

#[tokio::test]
async fn an_invite_that_is_unknown_for_another_actor_type_or_over_is_invalid() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let registration = registers(&visitor, &person).await;
    for token in ["nonsense", &"A".repeat(43)] {
        visitor.send(accepting(&registration, &json!({ "inviteToken": token }))).await.refuses(400, "INVALID_CODE");
    }
    invites(&visitor, &person.email).await;
    let body = json!({ "inviteToken": mailed_secret(&visitor, &person.email).await });
    let as_partner = registers_as(&visitor, &person, "partner").await;
    visitor.send(accepting(&as_partner, &body)).await.refuses(400, "INVALID_CODE");
    visitor.send(accepting(&as_partner, &json!({}))).await.refuses(400, "INVALID_CODE");

    let hasty = Stack::start(1, &[NO_PAUSE, "INVITE_SECONDS=1", "ACTOR_TYPES=guest:invite"], &rows(secret()));
    let visitor = hasty.visitor();
    invites(&visitor, &person.email).await;
    let body = json!({ "inviteToken": mailed_secret(&visitor, &person.email).await });
    let registration = registers(&visitor, &person).await;
    until_after(now() + 1).await;
    visitor.send(accepting(&registration, &body)).await.refuses(400, "INVALID_CODE");
    visitor.send(accepting(&registration, &json!({}))).await.refuses(400, "INVALID_CODE");
}

#[tokio::test]
async fn fields_that_are_wrong_are_named() {
    let visitor = stack().visitor();
    let registration = registers(&visitor, &Person::new()).await;
    for field in ["inviteToken", "name", "lastName", "userName"] {
        visitor.send(accepting(&registration, &json!({ field: 7 }))).await.faults(field);
    }
    visitor.send(accepting(&registration, &json!({ "name": "\u{7}" }))).await.faults("name");
}

// Registration tokens

#[tokio::test]
async fn a_registration_token_has_a_type_and_an_audience_of_its_own_and_opens_nothing_else() {
    let (visitor, person) = (stack().visitor(), Person::new());
    let token = registers(&visitor, &person).await;
    assert_eq!(header_of(&token)["typ"], "registration+jwt");
    let claims = claims_of(&token);
    assert_eq!(claims["aud"], format!("{}/v1/auth/invites", stack().url));
    assert_eq!(claims.get("actor_id"), None);
    let body = json!({});
    for call in [
        Call::get("/v1/auth/session"),
        Call::get("/v1/auth/sessions"),
        Call::delete("/v1/auth/sessions/ses_0"),
        Call::get("/v1/auth/session/external-token"),
        Call::post("/v1/auth/logout"),
        Call::get(INVITES),
        Call::delete(format!("{INVITES}/inv_0")),
        Call::post(INVITES).json(&json!({ "email": person.email })),
    ] {
        visitor.send(call.bearer(&token)).await.refuses(401, "UNAUTHORIZED");
    }
    visitor.refreshes(&token).await.refuses(401, "REFRESH_TOKEN_INVALID");
    let session = visitor.signs_in(&Person::new()).await;
    for token in [&session.access_token, &session.refresh_token, KEY, "nonsense"] {
        visitor.send(accepting(token, &body)).await.refuses(401, "UNAUTHORIZED");
    }
    visitor.post("/v1/auth/invites/accept", body).await.refuses(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_registration_token_expires() {
    let actor_types = "ACTOR_TYPES=guest:invite";
    let stack = Stack::start(1, &["REGISTRATION_TOKEN_SECONDS=1", actor_types], &rows(secret()));
    let (visitor, person) = (stack.visitor(), Person::new());
    invites(&visitor, &person.email).await;
    let registration = registers(&visitor, &person).await;
    until_after(now() + 1).await;
    visitor.send(accepting(&registration, &json!({}))).await.refuses(401, "UNAUTHORIZED");
}

// Looking after invites

#[tokio::test]
async fn invites_are_listed_until_they_are_accepted_or_revoked() {
    let stack = Stack::start(2, &[NO_PAUSE, "ACTOR_TYPES=guest:invite,partner:invite"], &rows(secret()));
    let visitor = stack.visitor();
    let people: Vec<_> = (0..3).map(|_| Person::new()).collect();
    let mut ids = Vec::new();
    for person in &people {
        ids.push(invites(&visitor, &person.email).await);
    }
    let answer = lists(&visitor, KEY, "?actorType=guest").await;
    let listed = |person: &Person, id: &str| {
        json!({
            "inviteId": id,
            "email": person.email,
            "actorType": "guest",
            "invitedBy": "first",
            "createdAt": "<time>",
            "expiresAt": "<time>",
        })
    };
    let data = answer.data();
    let found: Vec<_> = data["invites"].as_array().unwrap().iter().map(|invite| invite["inviteId"].clone()).collect();
    assert_eq!(found.len(), 3, "{data}");
    for (person, id) in people.iter().zip(&ids) {
        let invite = data["invites"].as_array().unwrap().iter().find(|invite| invite["inviteId"] == **id).unwrap();
        crate::harness::assert_shape(invite, &listed(person, id), "the list");
    }
    assert_eq!(lists(&visitor, KEY, "").await.data(), data);
    assert_eq!(lists(&visitor, KEY, "?actorType=partner").await.data(), json!({ "invites": [] }));
    lists(&visitor, KEY, "?actorType=nobody").await.faults("actorType");

    let registration = registers(&visitor, &people[0]).await;
    visitor.send(accepting(&registration, &json!({}))).await.data();
    let revoke = |id: &str| Call::delete(format!("{INVITES}/{id}")).bearer(INVITES_KEY);
    let answer = visitor.send(revoke(&ids[1])).await;
    answer.gives(json!({ "success": true }));
    stack.audited(&answer.request_id(), &["invite_revoked"]).await;
    let left = lists(&visitor, KEY, "").await.data();
    assert_eq!((left["invites"].as_array().unwrap().len(), &left["invites"][0]["inviteId"]), (1, &json!(ids[2])));
    for gone in [&ids[0], &ids[1], "inv_0", "nonsense"] {
        visitor.send(revoke(gone)).await.refuses(404, "NOT_FOUND");
    }
    let body = json!({ "inviteToken": mailed_secret(&visitor, &people[1].email).await });
    let registration = registers(&visitor, &people[1]).await;
    visitor.send(accepting(&registration, &body)).await.refuses(400, "INVALID_CODE");
}

#[tokio::test]
async fn nobody_else_sees_or_revokes_invites() {
    let visitor = stack().visitor();
    let id = invites(&visitor, &Person::new().email).await;
    let anybody = visitor.signs_in(&Person::new()).await;
    for (credential, status, code) in
        [(EXTERNAL_KEY, 403, "FORBIDDEN"), (&anybody.access_token, 403, "FORBIDDEN"), ("none", 401, "UNAUTHORIZED")]
    {
        lists(&visitor, credential, "").await.refuses(status, code);
        visitor.send(Call::delete(format!("{INVITES}/{id}")).bearer(credential)).await.refuses(status, code);
    }
    let admin = admin(&visitor).await;
    lists(&visitor, &admin.access_token, "?actorType=guest").await.data();
    visitor.send(Call::delete(format!("{INVITES}/{id}")).bearer(&admin.access_token)).await.data();
}

// Rights stay in their actor type

/// Invites somebody as a partner, and gives the invite's id.
async fn invites_a_partner(visitor: &Visitor<'_>) -> String {
    let wish = json!({ "email": Person::new().email, "actorType": "partner" });
    visitor.send(inviting(KEY, &wish)).await.data()["inviteId"].as_str().unwrap().to_owned()
}

async fn listed(visitor: &Visitor<'_>, key: &str) -> Vec<(String, String)> {
    let data = lists(visitor, key, "").await.data();
    let text = |invite: &Value, name: &str| invite[name].as_str().unwrap().to_owned();
    let invites = data["invites"].as_array().unwrap().iter();
    invites.map(|invite| (text(invite, "inviteId"), text(invite, "actorType"))).collect()
}

/// Whoever presents `key` may look after guests, and neither sees nor changes anything of partners.
async fn is_for_guests_alone(visitor: &Visitor<'_>, key: &str) {
    let partner = invites_a_partner(visitor).await;
    let wish = |actor_type: &str| json!({ "email": Person::new().email, "actorType": actor_type });
    let request_id = visitor.send(inviting(key, &wish("partner"))).await.refuses(403, "FORBIDDEN");
    visitor.stack.audited(&request_id, &["invite_refused"]).await;
    visitor.send(inviting(key, &wish("user"))).await.refuses(403, "FORBIDDEN");
    lists(visitor, key, "?actorType=partner").await.refuses(403, "FORBIDDEN");
    let revoke = |key: &str, id: &str| Call::delete(format!("{INVITES}/{id}")).bearer(key);
    visitor.send(revoke(key, &partner)).await.refuses(404, "NOT_FOUND");

    let unnamed = visitor.send(inviting(key, &json!({ "email": Person::new().email }))).await.data();
    let own = unnamed["inviteId"].as_str().unwrap();
    let seen = listed(visitor, key).await;
    assert!(seen.iter().all(|(_, actor_type)| actor_type == "guest"), "{seen:?}");
    assert!(seen.iter().any(|(id, _)| id == own), "an invite is for whom one may invite: {seen:?}");
    visitor.send(revoke(key, own)).await.data();
    visitor.send(revoke(KEY, &partner)).await.data();
}

#[tokio::test]
async fn an_admin_of_one_actor_type_has_no_say_in_another() {
    let visitor = stack().visitor();
    let admin = admin(&visitor).await;
    is_for_guests_alone(&visitor, &admin.access_token).await;
    let wish = json!({ "email": Person::new().email, "actorType": "partner", "role": "admin" });
    visitor.send(inviting(&admin.access_token, &wish)).await.refuses(403, "FORBIDDEN");
}

#[tokio::test]
async fn an_api_key_with_a_list_of_actor_types_has_no_say_in_another() {
    let mut rows = rows(secret());
    rows["external"]["apiKeys"][4]["actorTypes"] = json!(["guest"]);
    let actor_types = "ACTOR_TYPES=user:open,guest:invite,partner:invite";
    let stack = Stack::start(1, &[NO_PAUSE, actor_types], &rows);
    let visitor = stack.visitor();
    is_for_guests_alone(&visitor, ROLES_KEY).await;
    for (actor_type, status) in [("guest", 200), ("partner", 403)] {
        let wish = json!({ "email": Person::new().email, "actorType": actor_type, "role": "admin" });
        assert_eq!(visitor.send(inviting(ROLES_KEY, &wish)).await.status, status, "{actor_type}");
    }
}

#[tokio::test]
async fn an_admin_gives_a_role_within_ten_minutes_of_a_sign_in_and_invites_at_any_time() {
    let services = ServiceStack::start();
    let settings = [NO_PAUSE, "ACTOR_TYPES=user:open,guest:invite"];
    let stack = Stack::over_with(&services.url, &settings, &rows(secret()));
    let visitor = stack.visitor();
    let admin = admin(&visitor).await;
    let wish = |role: Value| json!({ "email": Person::new().email, "role": role });
    services.ages(&admin, 600).await;
    visitor.send(inviting(&admin.access_token, &wish(json!("editor")))).await.refuses(403, "FORBIDDEN");
    visitor.send(inviting(&admin.access_token, &json!({ "email": Person::new().email }))).await.data();
    services.ages(&admin, 590).await;
    visitor.send(inviting(&admin.access_token, &wish(json!("editor")))).await.data();
}

#[tokio::test]
async fn a_token_says_for_which_actor_type_and_role_it_is_however_it_came() {
    let visitor = stack().visitor();
    let anybody = visitor.signs_in(&Person::new()).await;
    assert_eq!(anybody.claims()["scope"], "actor:user");
    let (person, role) = (Person::new(), json!("actor:guest role:admin"));
    let admin = becomes_admin(&visitor, &person).await;
    assert_eq!(admin.claims()["scope"], role);
    let mut tab = Tab::of(visitor);
    let leaving = tab.opens(&format!("{}&actor_type=guest", navigation("honest", APP))).await;
    tab.returns(&StartedSignIn::at("honest", leaving.header("location").unwrap()), &person).await;
    let of_browser = tab.opens("/v1/auth/session").await.data();
    assert_eq!(claims_of(of_browser["accessToken"].as_str().unwrap())["scope"], role, "for a browser");
    let token_of = |answer: Answer| answer.json()["token"].as_str().unwrap().to_owned();
    let of_actor = token_of(visitor.send(actor::returning(&visitor, "guest", &person).await).await);
    let renewed = token_of(visitor.send(Call::post("/auth/token/refresh").bearer(&of_actor)).await);
    assert_eq!([&claims_of(&of_actor)["scope"], &claims_of(&renewed)["scope"]], [&role; 2], "under contract actor");
    let app = visitor.enrols(&admin).await;
    let renewed = visitor.renews(&admin).await;
    assert_eq!(renewed.claims()["scope"], role, "refreshed");
    let again = visitor.refreshes(&admin.refresh_token).await.data();
    assert_eq!(claims_of(again["accessToken"].as_str().unwrap())["scope"], role, "refreshed once more in the grace");
    let raised = visitor.steps_up(&renewed, &app.code().await).await.data();
    assert_eq!(claims_of(raised["accessToken"].as_str().unwrap())["scope"], role, "stepped up");
    let started = visitor.starts_with("honest", json!({ "actorType": "guest" })).await;
    let code = LIES.code(&started, &person, |_| {});
    let due = visitor.callback(&started, &code).await.data();
    let completed = visitor.completes(due["sessionId"].as_str().unwrap(), &app.code().await).await.data();
    assert_eq!(SessionTokens::of(&completed).claims()["scope"], role, "after a second factor");
}

// Races

#[tokio::test]
async fn of_a_crowd_with_one_invite_one_gets_in() {
    let (visitor, invited) = (stack().visitor(), Person::new());
    invites(&visitor, &invited.email).await;
    let body = json!({ "inviteToken": mailed_secret(&visitor, &invited.email).await });
    let mut calls = Vec::new();
    for _ in 0..32 {
        calls.push(accepting(&registers(&visitor, &Person::new()).await, &body));
    }
    let answers = visitor.race(calls).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(won.len(), 1);
    for answer in lost {
        // Whoever looks before the winner has written finds the invite used, and afterwards the address taken.
        assert!(
            [(400, "INVALID_CODE"), (409, "ACCOUNT_EXISTS")]
                .contains(&(answer.status, answer.json()["error"].as_str().unwrap())),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_registration_that_is_sent_by_a_crowd_makes_one_account() {
    let (visitor, person) = (stack().visitor(), Person::new());
    invites(&visitor, &person.email).await;
    let registration = registers(&visitor, &person).await;
    let answers = visitor.race(vec![accepting(&registration, &json!({})); 32]).await;
    winners(&answers, 1, 409, "ACCOUNT_EXISTS");
}
