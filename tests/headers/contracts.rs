//! The contracts beside v1, invites, and linked identities.

use serde_json::json;

use super::{HeaderRecord, form};
use crate::contracts::{KEY, actor, gateway, invites, lab, mailed_secret};
use crate::harness::{Call, Person};
use crate::identities;

/// Somebody is invited, and comes in.
pub async fn invitations(record: &mut HeaderRecord<'_>) {
    let (visitor, person) = (record.visitor, Person::new());
    let wish = json!({ "email": Person::new().email, "actorType": "guest" });
    record.tries("POST /v1/auth/invites", "invites", Call::post("/v1/auth/invites").bearer(KEY).json(&wish)).await;
    record.tries("GET /v1/auth/invites", "lists", Call::get("/v1/auth/invites").bearer(KEY)).await;
    let revoked = invites(&visitor, &Person::new().email).await;
    let revoked = Call::delete(format!("/v1/auth/invites/{revoked}")).bearer(KEY);
    record.tries("DELETE /v1/auth/invites/{id}", "revokes", revoked).await;
    invites(&visitor, &person.email).await;
    let secret = mailed_secret(&visitor, &person.email).await;

    let (route, page) = ("GET /login/{page+}", format!("/login/invite?token={secret}"));
    record.tries(route, "invite", Call::get(&page)).await;
    let (start, route_of_start) = (format!("/v1/auth/login/honest?invite={secret}"), "GET /v1/auth/login/{provider}");
    let site = |site: &str| Call::get(&start).header("sec-fetch-site", site);
    record.tries(route_of_start, "starts with an invite", site("same-origin")).await;
    record.tries(route_of_start, "another site's link with an invite", site("cross-site")).await;

    let (route_of_form, path) = ("POST /v1/auth/invites/accept", "/v1/auth/invites/accept");
    let pressed = |site: &str| form(path, &[("token", &secret)]).header("sec-fetch-site", site);
    record.tries(route_of_form, "another site's form", pressed("cross-site")).await;
    record.tries(route_of_form, "by form", pressed("same-origin")).await;
    record.tries(route_of_form, "used, by form", pressed("same-origin")).await;
    record.tries(route, "used invite", Call::get(&page)).await;
}

/// Somebody comes in by each contract, and links another identity.
pub async fn ways_in(record: &mut HeaderRecord<'_>) {
    let visitor = record.visitor;
    let route = "GET /accounts/oauth/callback";
    let back = gateway::returning(&visitor, &Person::new()).await;
    record.tries(route, "signs in", back.clone()).await;
    record.tries(route, "used state", back).await;

    record.tries("POST /auth/{actor_type}/{provider}", "starts", Call::post("/auth/user/honest")).await;
    let route = "POST /auth/{actor_type}/{provider}/callback";
    let back = actor::returning(&visitor, "user", &Person::new()).await;
    record.tries(route, "signs in", back.clone()).await;
    record.tries(route, "used state", back).await;

    for (route, path) in [("POST /api/v1/lab/login/{path+}", lab::LAB), ("POST /v1/auth/callback/external", lab::V1)] {
        let started = lab::starts(&visitor).await;
        let said = lab::confirming_at(path, &started, &Person::new());
        record.tries(route, "lets somebody in", said.clone()).await;
        record.tries(route, "used state", said).await;
    }
    let session = lab::signs_in(&visitor, &Person::new()).await;
    let bearer = |call: Call| call.bearer(&session.access_token);
    let (route, path) = ("GET /v1/auth/session/external-token", "/v1/auth/session/external-token");
    record.tries(route, "one's own", bearer(Call::get(path))).await;

    let route = "POST /v1/auth/identities/{provider}";
    record.tries(route, "starts", identities::starting(&session, "untrusted")).await;
    identities::links(&visitor, &session, "untrusted", &Person::new()).await.data();
    record.tries("GET /v1/auth/identities", "one's own", bearer(Call::get(identities::PATH))).await;
    let unlinked = Call::delete(format!("{}/untrusted", identities::PATH));
    record.tries("DELETE /v1/auth/identities/{provider}", "unlinks", bearer(unlinked)).await;
}
