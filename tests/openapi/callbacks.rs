//! The four contracts of callback systems that people have clients for.

use serde_json::{Value, json};

use doorward::web::actor::{
    ActorAcceptedBody, ActorInviteAcceptanceBody, ActorLoginBody, ActorLoginStartedBody, ActorSecondFactorBody,
    ActorSessionBody, ActorTokenBody,
};
use doorward::web::lab::{ContinueBody, LabLoginBody};
use doorward::web::response::DoneBody;
use doorward::web::social::{
    SocialCurrentBody, SocialRegistrationRequiredBody, SocialSecondFactorRequiredBody, SocialSessionBody,
};

use super::document::{Operation, actor_errors, gateway_errors, lab_errors, social_errors};
use super::v1::outcomes;

const TIME: &str = "2026-11-28T12:00:00Z";

pub fn operations() -> Vec<Operation> {
    [actor(), gateway(), lab(), social()].into_iter().flatten().collect()
}

fn actor() -> Vec<Operation> {
    let actor = |key, summary| Operation::new("actor", key, summary);
    let token = || json!({"token": "eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl"});
    let who = json!({"user": {"actor_id": "usr_x1Yp0qv5", "actor_type": "customer", "auth_identity_id": "aid_1"}});
    let accepted = json!({"token": token()["token"], "user": {
        "id": "usr_x1Yp0qv5", "email": "ada@example.com", "email_verified": true, "first_name": "Ada", "last_name": null,
        "user_name": null, "picture": null, "actor_type": "customer", "role": null, "created_at": TIME, "updated_at": TIME,
    }});
    let names = json!({"invite_token": "aW52aXRl", "first_name": "Ada", "last_name": "Lovelace"});
    let callback = |key| {
        let forwarded = actor(key, "Finishes a sign-in: every parameter that the provider sent comes in the query.")
            .parameter("code", "The authorization code.")
            .parameter("state", "The state of the sign-in.")
            .parameter("error", "Why there is no code (RFC 6749 section 4.1.2.1).")
            .parameter("Idempotency-Key", "Repeated within ten minutes, the same request gets the first answer again.")
            .says::<ActorTokenBody<'static>>(200, token());
        actor_errors(forwarded, &[400, 401, 404, 409, 422, 500])
    };
    vec![
        actor_errors(
            actor("POST /auth/{actor_type}/{provider}", "Starts a sign-in with a provider.")
                .by(&["", "apiKey"])
                .optional_json::<ActorLoginBody>(json!({"callback_url": "https://app.example/callback"}))
                .says::<ActorLoginStartedBody<'static>>(
                    200,
                    json!({"location": "https://accounts.google.com/o/oauth2/v2/auth"}),
                ),
            &[400, 401, 404, 429, 500],
        ),
        callback("GET /auth/{actor_type}/{provider}/callback"),
        callback("POST /auth/{actor_type}/{provider}/callback"),
        actor_errors(
            actor("POST /auth/{actor_type}/invites/accept", "Accepts an invite.")
                .by(&["registration"])
                .optional_json::<ActorInviteAcceptanceBody>(names)
                .says::<ActorAcceptedBody<'static>>(200, accepted),
            &[400, 401, 404, 422, 500],
        ),
        actor_errors(
            actor("POST /auth/token/refresh", "Gives the next token of a session.")
                .by(&["bearer", "cookie"])
                .says::<ActorTokenBody<'static>>(200, token()),
            &[400, 401, 500],
        ),
        actor_errors(
            actor("POST /auth/session", "Puts the session of a token into the cookie.")
                .by(&["bearer", "registration"])
                .says::<ActorSessionBody<'static>>(200, who),
            &[400, 401, 500],
        ),
        actor_errors(
            actor("DELETE /auth/session", "Ends the session.").by(&["bearer", "cookie"]).says::<DoneBody>(200, done()),
            &[400, 500],
        ),
        actor_errors(
            actor("POST /auth/mfa/challenges/{id}/verify", "Shows the second factor that is due.")
                .by(&["", "bearer", "cookie"])
                .json::<ActorSecondFactorBody>(json!({"method": "totp", "code": "492039"}))
                .says::<ActorTokenBody<'static>>(200, token()),
            &[400, 401, 429, 500],
        ),
    ]
}

fn gateway() -> Vec<Operation> {
    let operation =
        Operation::new("gateway", "GET /accounts/oauth/callback", "Finishes a sign-in whose provider its state knows.")
            .parameter("code", "The authorization code.")
            .parameter("state", "The state of the sign-in.")
            .leads(303);
    vec![gateway_errors(outcomes(operation))]
}

fn lab() -> Vec<Operation> {
    let told = json!({"auth_token": "opaque", "auth_token_expires_at_seconds": 1_795_255_200, "state": "af0ifjsldkj"});
    let lab = |key| Operation::new("lab", key, "Tells whom a login system of yours let in.").by(&["apiKey"]);
    let described = |operation: Operation| operation.json::<LabLoginBody>(told.clone());
    vec![
        lab_errors(described(lab("POST /v1/auth/callback/external")).says::<ContinueBody<'static>>(
            200,
            json!({"success": true, "continueUrl": "https://auth.example/continue"}),
        )),
        lab_errors(described(lab("POST /api/v1/lab/login/callback/")).says::<DoneBody>(200, done())),
        lab_errors(described(lab("POST /api/v1/lab/login/callback")).says::<DoneBody>(200, done())),
    ]
}

fn social() -> Vec<Operation> {
    let failures: &[u16] = &[400, 401, 403, 404, 409, 413, 415, 429, 500, 502, 503];
    let start = |key| {
        let operation = Operation::new("social", key, "Sends a browser to a provider.").leads(302).leads(303);
        social_errors(operation.parameter("format", "\"json\" answers a failure in JSON."), failures)
    };
    let answered = |operation: Operation| {
        let operation = operation
            .parameter("format", "\"json\" answers in JSON.")
            .leads(303)
            .pages(&[200])
            .says::<SocialSessionBody<'static>>(
                200,
                social_session(),
            )
            .says::<SocialSecondFactorRequiredBody<'static>>(
                200,
                json!({"success": true, "requires_2fa": true, "session_id": "ses_x1Yp0qv5", "expiresAt": TIME, "provider": "google"}),
            )
            .says::<SocialRegistrationRequiredBody<'static>>(
                200,
                json!({
                    "success": true, "registration_required": true, "registration_token": "e30", "expiresAt": TIME,
                    "provider": "google",
                }),
            );
        social_errors(operation, failures)
    };
    let current = Operation::new("social", "GET /auth/session/current", "Tells who asks.")
        .by(&["session", "bearer", "cookie"])
        .says::<SocialCurrentBody<'static>>(200, json!({"success": true, "user": social_user(), "expiresAt": TIME}));
    let mut operations = vec![
        start("GET /auth/social/{provider}"),
        start("POST /auth/social/{provider}"),
        social_errors(current, &[400, 401, 500, 503]),
    ];
    let returned = super::pages::returned(
        "social",
        "GET /auth/social/{provider}/callback",
        "POST /auth/social/{provider}/callback",
    );
    operations.extend(returned.map(answered));
    operations
}

/// A session of this contract's, which its second factor leads to as well.
pub fn social_session() -> Value {
    json!({
        "success": true, "user": social_user(), "sessionId": "ses_x1Yp0qv5.c2VjcmV0", "expiresAt": TIME,
        "loginType": "social_auth", "provider": "google",
    })
}

fn social_user() -> Value {
    json!({
        "id": "usr_x1Yp0qv5", "email": "ada@example.com", "name": "Ada", "last_name": null, "user_name": null,
        "user_type": "user", "picture": null, "phone": null, "is_verified": true, "two_factor": false,
        "created_at": TIME, "updated_at": TIME,
    })
}

fn done() -> Value {
    json!({"success": true})
}
