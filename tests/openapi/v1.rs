//! What contract `v1` takes and answers, and the forms that our own pages post to the same routes.

use serde_json::{Value, json};

use doorward::web::actor::ActorTokenBody;
use doorward::web::outcome::{RegistrationRequiredBody, SecondFactorRequiredBody, SessionBody, TokensBody};
use doorward::web::response::DoneBody;
use doorward::web::social::SocialSessionBody;
use doorward::web::v1::body::{
    AccessTokenBody, CallbackBody, CodeBody, CurrentSessionBody, ExternalTokenBody, KeySetBody, LinkSentBody,
    LoginBody, LoginStartedBody, LogoutBody, MagicLinkBody, MetadataBody, OptionalCodeBody, RecoveryCodesBody,
    RefreshBody, SecondFactorBody, SessionsBody, TotpBody, VerifyBody,
};
use doorward::web::v1::identities::{IdentitiesBody, LinkIdentityBody, LinkedBody};
use doorward::web::v1::invites::{InviteAcceptanceBody, InviteBody, InvitedBody, InvitesBody};
use doorward::web::v1::passkeys::{
    CeremonyBody, OnePasskeyBody, PasskeyNameBody, PasskeyRegistrationBody, PasskeySecondFactorBody, PasskeysBody,
    RegisteredBody, SecondFactorChallengeBody, ShownPasskeyBody,
};

use super::document::Operation;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const TIME: &str = "2026-11-28T12:00:00Z";
const TOKEN: &str = "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl";

/// A person whom an access token or the cookie names.
const PERSON: &[&str] = &["bearer", "cookie"];

/// What a page may be that tells a browser of a problem.
const BROWSER: &[u16] = &[400, 403, 404, 413, 415, 429, 500, 503];

pub fn operations() -> Vec<Operation> {
    [sign_in(), sessions(), second_factors(), passkeys(), invites(), identities(), well_known()]
        .into_iter()
        .flatten()
        .map(|operation| operation.refuses(&["INTERNAL", "UNAVAILABLE"]))
        .collect()
}

fn v1(key: &'static str, summary: &'static str) -> Operation {
    Operation::new("v1", key, summary)
}

/// For somebody who is signed in.
fn own(key: &'static str, summary: &'static str) -> Operation {
    let operation = v1(key, summary).by(PERSON).refuses(&["INVALID_REQUEST", "NOT_FOUND", "UNAUTHORIZED"]);
    if key.starts_with("GET ") { operation } else { operation.refuses(&["FORBIDDEN"]) }
}

fn sign_in() -> Vec<Operation> {
    let login =
        json!({"provider": "google", "redirectUri": "https://app.example/signed-in", "codeChallenge": CHALLENGE});
    let callback =
        json!({"provider": "google", "code": "4/0AX4XfWh", "state": "af0ifjsldkj", "codeVerifier": VERIFIER});
    let mail = json!({"email": "ada@example.com", "redirectUri": "https://app.example/signed-in"});
    let sent = json!({"sent": true, "expiresAt": TIME, "requestId": "req_9sWx"});
    vec![
        v1("POST /v1/auth/login", "Starts a sign-in with a provider.")
            .by(&["", "apiKey"])
            .json::<LoginBody>(login)
            .data::<LoginStartedBody<'static>>(started())
            .refuses(&["FORBIDDEN", "UNAUTHORIZED"])
            .refuses(&[
                "INVALID_PROVIDER",
                "INVALID_REDIRECT",
                "INVALID_STATE",
                "PROVIDER_UNAVAILABLE",
                "RATE_LIMITED",
            ]),
        outcomes(v1("POST /v1/auth/callback", "Finishes a sign-in with what the provider sent back."))
            .by(&["", "bearer", "cookie"])
            .json::<CallbackBody>(callback)
            .data::<LinkedBody<'static>>(json!({"linked": true, "identities": [identity()]}))
            .refuses(&[
                "ACCESS_DENIED",
                "ACCOUNT_EXISTS",
                "FORBIDDEN",
                "INVALID_CODE",
                "INVALID_PROVIDER",
                "INVALID_STATE",
                "PROVIDER_UNAVAILABLE",
                "SIGN_UP_CLOSED",
                "UNAUTHORIZED",
            ]),
        v1("POST /v1/auth/magic-link", "Mails a link and a code.")
            .json::<MagicLinkBody>(mail)
            .form(&["email", "return_to", "actor_type", "lang"])
            .parameter("Doorward-Viewer-Address", "The network address of whom a system of yours serves.")
            .by(&["", "apiKey"])
            .data::<LinkSentBody<'static>>(sent)
            .leads(303)
            .pages(BROWSER)
            .refuses(&["FORBIDDEN", "INVALID_REDIRECT", "RATE_LIMITED", "UNAUTHORIZED"]),
        outcomes(v1("POST /v1/auth/verify", "Takes the token of a mailed link, or its request's id and the code."))
            .json::<VerifyBody>(json!({"requestId": "req_9sWx", "code": "482913"}))
            .form(&["token", "request", "code"])
            .leads(303)
            .pages(BROWSER)
            .refuses(&[
                "FORBIDDEN",
                "INVALID_CODE",
                "MAGIC_LINK_EXPIRED",
                "MAGIC_LINK_INVALID",
                "MAGIC_LINK_USED",
                "SIGN_UP_CLOSED",
            ]),
        v1("POST /v1/auth/passkeys/challenge", "Asks for a passkey that signs in.")
            .data::<CeremonyBody<'static>>(ceremony())
            .by(&["", "apiKey"])
            .refuses(&["FORBIDDEN", "INVALID_REQUEST", "RATE_LIMITED", "UNAUTHORIZED"]),
        v1("POST /v1/auth/passkeys/sign-in", "Signs in with a passkey.")
            .json::<ShownPasskeyBody>(json!({"requestId": "Zm9v", "credential": credential()}))
            .form(&["request_id", "credential", "return_to", "lang"])
            .data::<SessionBody<'static>>(session())
            .leads(303)
            .pages(BROWSER)
            .refuses(&["FORBIDDEN", "INVALID_CODE"]),
    ]
}

fn sessions() -> Vec<Operation> {
    let listed = json!({"sessions": [{
        "id": "ses_x1Yp0qv5", "createdAt": TIME, "lastUsedAt": TIME, "expiresAt": TIME, "current": true,
        "client": "Firefox on Linux", "amr": ["pwd"],
    }]});
    vec![
        v1("POST /v1/auth/refresh", "Gives the next tokens of a session, or, by cookie, an access token.")
            .by(&["", "cookie"])
            .optional_json::<RefreshBody>(json!({"refreshToken": "ses_x1Yp0qv5.1.c2VjcmV0"}))
            .data::<TokensBody<'static>>(
                json!({"accessToken": TOKEN, "refreshToken": "ses_x1Yp0qv5.2.c2VjcmV0", "expiresAt": TIME}),
            )
            .data::<AccessTokenBody<'static>>(access_token())
            .refuses(&[
                "FORBIDDEN",
                "REFRESH_TOKEN_EXPIRED",
                "REFRESH_TOKEN_INVALID",
                "REFRESH_TOKEN_REVOKED",
                "UNAUTHORIZED",
            ]),
        own("POST /v1/auth/logout", "Ends this session, or all of the person's.")
            .optional_json::<LogoutBody>(json!({"everywhere": true}))
            .form(&[])
            .data::<DoneBody>(done())
            .leads(303)
            .pages(BROWSER),
        own("GET /v1/auth/session", "Tells who asks, by which session.").data::<CurrentSessionBody<'static>>(json!({
            "user": user(), "sessionId": "ses_x1Yp0qv5", "expiresAt": TIME, "accessToken": TOKEN, "amr": ["pwd"],
            "identities": [identity()],
        })),
        own("GET /v1/auth/sessions", "Lists the person's sessions, the newest first.")
            .parameter("limit", "How many at most: 1 to 100, 50 by itself.")
            .parameter("cursor", "The \"next\" of the page before.")
            .data::<SessionsBody<'static>>(listed),
        own("DELETE /v1/auth/sessions/{id}", "Ends a session of the person's.")
            .data::<DoneBody>(done())
            .refuses(&["NOT_FOUND"]),
        own("GET /v1/auth/session/external-token", "Gives the token of the external login by which the person came.")
            .data::<ExternalTokenBody<'static>>(json!({"authToken": "opaque", "expiresAt": TIME}))
            .refuses(&["NOT_FOUND"]),
    ]
}

fn second_factors() -> Vec<Operation> {
    let wrong = &["SECOND_FACTOR_INVALID", "SECOND_FACTOR_LOCKED"];
    let code = || json!({"code": "492039"});
    let gives_codes = |key, summary| {
        own(key, summary)
            .json::<CodeBody>(code())
            .form(&["code"])
            .data::<RecoveryCodesBody<'static>>(json!({"recoveryCodes": ["ABCDE-FGHJK"]}))
            .leads(303)
            .pages(&[200])
            .pages(BROWSER)
            .refuses(wrong)
    };
    vec![
        v1("POST /v1/auth/second-factor", "Shows the second factor that is due.")
            .json::<SecondFactorBody>(json!({"sessionId": "ses_x1Yp0qv5", "code": "492039"}))
            .form(&["session_id", "code", "method", "lang"])
            .data::<SessionBody<'static>>(session())
            .says::<SocialSessionBody<'static>>(200, super::callbacks::social_session())
            .says::<ActorTokenBody<'static>>(200, json!({"token": TOKEN}))
            .leads(303)
            .pages(BROWSER)
            .pages(&[401, 409])
            .refuses(wrong)
            .refuses(&["ACCOUNT_EXISTS", "FORBIDDEN", "UNAUTHORIZED"]),
        own("POST /v1/auth/second-factor/step-up", "Shows a code again, for what needs a fresh sign-in.")
            .json::<CodeBody>(code())
            .form(&["code"])
            .data::<AccessTokenBody<'static>>(access_token())
            .leads(303)
            .pages(BROWSER)
            .refuses(wrong),
        own("POST /v1/auth/second-factor/totp", "Makes the secret of an authenticator app.")
            .optional_json::<OptionalCodeBody>(code())
            .form(&["code"])
            .data::<TotpBody<'static>>(json!({
                "secret": "JBSWY3DPEHPK3PXP", "otpauthUri": "otpauth://totp/Doorward:ada@example.com", "qrSvg": "<svg/>",
            }))
            .leads(303)
            .pages(&[200])
            .pages(BROWSER)
            .refuses(wrong),
        gives_codes("POST /v1/auth/second-factor/totp/confirm", "Shows the app's first code."),
        own("DELETE /v1/auth/second-factor/totp", "Takes the app off.")
            .json::<CodeBody>(code())
            .data::<DoneBody>(done())
            .refuses(wrong),
        gives_codes("POST /v1/auth/second-factor/recovery-codes", "Makes new recovery codes."),
        v1("POST /v1/auth/second-factor/passkey/challenge", "Asks for a passkey as the second factor that is due.")
            .json::<SecondFactorChallengeBody>(json!({"sessionId": "ses_x1Yp0qv5"}))
            .data::<CeremonyBody<'static>>(ceremony())
            .refuses(&["FORBIDDEN", "NOT_FOUND", "RATE_LIMITED", "SECOND_FACTOR_LOCKED", "UNAUTHORIZED"]),
        v1("POST /v1/auth/second-factor/passkey", "Shows a passkey as the second factor that is due.")
            .json::<PasskeySecondFactorBody>(
                json!({"sessionId": "ses_x1Yp0qv5", "requestId": "Zm9v", "credential": credential()}),
            )
            .form(&["session_id", "request_id", "credential", "method", "lang"])
            .data::<SessionBody<'static>>(session())
            .says::<SocialSessionBody<'static>>(200, super::callbacks::social_session())
            .says::<ActorTokenBody<'static>>(200, json!({"token": TOKEN}))
            .leads(303)
            .pages(BROWSER)
            .pages(&[401, 409])
            .refuses(wrong)
            .refuses(&["ACCOUNT_EXISTS", "FORBIDDEN", "INVALID_CODE", "UNAUTHORIZED"]),
        own("POST /v1/auth/second-factor/step-up/passkey/challenge", "Asks for a passkey again.")
            .data::<CeremonyBody<'static>>(ceremony())
            .refuses(&["RATE_LIMITED"]),
        own("POST /v1/auth/second-factor/step-up/passkey", "Shows a passkey again, for what needs a fresh sign-in.")
            .json::<ShownPasskeyBody>(json!({"requestId": "Zm9v", "credential": credential()}))
            .form(&["request_id", "credential"])
            .data::<AccessTokenBody<'static>>(access_token())
            .leads(303)
            .pages(BROWSER)
            .refuses(wrong)
            .refuses(&["INVALID_CODE"]),
    ]
}

fn passkeys() -> Vec<Operation> {
    let code = || json!({"code": "492039"});
    let named = || json!({"passkey": passkey()});
    vec![
        own("POST /v1/auth/passkeys/registration", "Asks for a new passkey.")
            .optional_json::<OptionalCodeBody>(code())
            .data::<CeremonyBody<'static>>(ceremony())
            .refuses(&["RATE_LIMITED", "SECOND_FACTOR_INVALID", "SECOND_FACTOR_LOCKED"]),
        own("POST /v1/auth/passkeys", "Registers a passkey.")
            .json::<PasskeyRegistrationBody>(
                json!({"name": "Key ring", "requestId": "Zm9v", "credential": attestation()}),
            )
            .form(&["request_id", "credential", "name"])
            .data::<RegisteredBody<'static>>(named())
            .leads(303)
            .pages(&[200])
            .pages(BROWSER)
            .refuses(&["INVALID_CODE"]),
        own("GET /v1/auth/passkeys", "Lists the person's passkeys, the oldest first.")
            .data::<PasskeysBody<'static>>(json!({"passkeys": [passkey()]})),
        own("PATCH /v1/auth/passkeys/{id}", "Gives a passkey another name.")
            .json::<PasskeyNameBody>(json!({"name": "Key ring"}))
            .data::<OnePasskeyBody<'static>>(named())
            .refuses(&["NOT_FOUND"]),
        own("DELETE /v1/auth/passkeys/{id}", "Removes a passkey.")
            .optional_json::<OptionalCodeBody>(code())
            .data::<DoneBody>(done())
            .refuses(&["NOT_FOUND", "SECOND_FACTOR_INVALID", "SECOND_FACTOR_LOCKED"]),
    ]
}

fn invites() -> Vec<Operation> {
    let pending = json!({"invites": [{
        "inviteId": "inv_1a2b3c", "email": "ada@example.com", "actorType": "user", "invitedBy": "usr_x1Yp0qv5",
        "createdAt": TIME, "expiresAt": TIME,
    }]});
    let admin = |key, summary| {
        v1(key, summary).by(&["bearer", "apiKey"]).refuses(&["FORBIDDEN", "INVALID_REQUEST", "UNAUTHORIZED"])
    };
    vec![
        admin("POST /v1/auth/invites", "Invites somebody.")
            .json::<InviteBody>(json!({"email": "ada@example.com", "actorType": "user"}))
            .data::<InvitedBody>(json!({"inviteId": "inv_1a2b3c", "expiresAt": TIME}))
            .refuses(&["ACCOUNT_EXISTS", "INVALID_REDIRECT", "RATE_LIMITED", "SIGN_UP_CLOSED"]),
        admin("GET /v1/auth/invites", "Lists the invites that wait to be accepted.")
            .parameter("actorType", "Those of this actor type alone.")
            .data::<InvitesBody<'static>>(pending),
        admin("DELETE /v1/auth/invites/{id}", "Takes an invite back.").data::<DoneBody>(done()).refuses(&["NOT_FOUND"]),
        v1("POST /v1/auth/invites/accept", "Accepts an invite.")
            .by(&["registration"])
            .optional_json::<InviteAcceptanceBody>(
                json!({"inviteToken": "aW52aXRl", "name": "Ada", "lastName": "Lovelace"}),
            )
            .form(&["token", "lang"])
            .data::<SessionBody<'static>>(session())
            .leads(303)
            .pages(BROWSER)
            .pages(&[409])
            .refuses(&["ACCOUNT_EXISTS", "FORBIDDEN", "INVALID_CODE", "UNAUTHORIZED"]),
    ]
}

fn identities() -> Vec<Operation> {
    let identities = || json!({"identities": [identity()]});
    vec![
        own("GET /v1/auth/identities", "Lists what leads to the person's account.")
            .data::<IdentitiesBody<'static>>(identities()),
        own("POST /v1/auth/identities/{provider}", "Starts to link an account elsewhere.")
            .json::<LinkIdentityBody>(json!({"redirectUri": "https://app.example/linked"}))
            .data::<LoginStartedBody<'static>>(started())
            .refuses(&["INVALID_PROVIDER", "INVALID_REDIRECT", "PROVIDER_UNAVAILABLE", "RATE_LIMITED"]),
        own("DELETE /v1/auth/identities/{provider}", "Unlinks it.")
            .data::<IdentitiesBody<'static>>(identities())
            .refuses(&["INVALID_PROVIDER", "LAST_IDENTITY", "NOT_FOUND"]),
    ]
}

fn well_known() -> Vec<Operation> {
    let keys = json!({"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "1", "x": "AA", "y": "AA"}]});
    vec![
        v1("GET /.well-known/jwks.json", "The keys that verify access tokens (RFC 7517).")
            .says::<KeySetBody<'static>>(200, keys),
        v1("GET /.well-known/openid-configuration", "The issuer's metadata (OpenID Connect Discovery).")
            .says::<MetadataBody<'static>>(
                200,
                json!({
                    "issuer": "https://auth.example", "jwks_uri": "https://auth.example/.well-known/jwks.json",
                    "id_token_signing_alg_values_supported": ["RS256"], "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                }),
            ),
    ]
}

/// What a sign-in may come to.
pub fn outcomes(operation: Operation) -> Operation {
    operation
        .data::<SessionBody<'static>>(session())
        .data::<SecondFactorRequiredBody>(json!({
            "secondFactorRequired": true, "sessionId": "ses_x1Yp0qv5", "expiresAt": TIME, "methods": ["totp", "recovery_code"],
        }))
        .data::<RegistrationRequiredBody<'static>>(json!({
            "registrationRequired": true, "registrationToken": TOKEN, "expiresAt": TIME,
            "profile": {"email": "ada@example.com"},
        }))
}

fn started() -> Value {
    json!({"authUrl": "https://accounts.google.com/o/oauth2/v2/auth?client_id=1", "state": "af0ifjsldkj"})
}

fn session() -> Value {
    json!({"user": user(), "accessToken": TOKEN, "refreshToken": "ses_x1Yp0qv5.1.c2VjcmV0", "expiresAt": TIME})
}

fn user() -> Value {
    json!({
        "id": "usr_x1Yp0qv5", "email": "ada@example.com", "emailVerified": true, "name": "Ada", "actorType": "user",
        "createdAt": TIME,
    })
}

fn identity() -> Value {
    json!({"provider": "google", "linkedAt": TIME, "reason": "sign_up"})
}

fn access_token() -> Value {
    json!({"accessToken": TOKEN, "expiresAt": TIME})
}

fn passkey() -> Value {
    json!({"id": "pky_1a2b3c", "name": "Key ring", "createdAt": TIME, "backedUp": true})
}

fn ceremony() -> Value {
    json!({"requestId": "Zm9v", "expiresAt": TIME, "publicKey": {"challenge": "YmFy", "rpId": "auth.example"}})
}

fn credential() -> Value {
    json!({
        "id": "Y3JlZA", "rawId": "Y3JlZA", "type": "public-key", "clientExtensionResults": {},
        "response": {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA"},
    })
}

fn attestation() -> Value {
    json!({
        "id": "Y3JlZA", "rawId": "Y3JlZA", "type": "public-key", "clientExtensionResults": {},
        "response": {"clientDataJSON": "e30", "attestationObject": "AA"},
    })
}

fn done() -> Value {
    json!({"success": true})
}
