//! The quirks of providers that are known by name, and of two that only an operator's row knows: who they say they are,
//! and how they tell of a person.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::jose::{Signer, TEAM, private_pem};
use super::provider::{CLIENT_ID, CLIENT_SECRET, Reply, Told};
use crate::harness::Person;

/// The tenant of everybody at Microsoft.
pub const TENANT: &str = "11111111-2222-3333-4444-555555555555";

/// How a token endpoint wants to be shown that a client is who it says.
pub enum ExpectedClientAuth {
    Basic,
    Post,
    /// By a JWT under our own key, as a secret in the form.
    Minted,
    /// By a JWT under our own key, as an assertion.
    Asserted,
    /// By its name alone.
    Nothing,
}

pub fn authentication(name: &str) -> ExpectedClientAuth {
    match name {
        "posting" | "offering" | "google" | "github" | "facebook" | "discord" | "microsoft" | "line" => {
            ExpectedClientAuth::Post
        }
        "apple" => ExpectedClientAuth::Minted,
        "keyed" => ExpectedClientAuth::Asserted,
        "guild" => ExpectedClientAuth::Nothing,
        _ => ExpectedClientAuth::Basic,
    }
}

pub fn userinfo_method(name: &str) -> Method {
    if name == "forge" { Method::POST } else { Method::GET }
}

/// Rows that leave the catalog's as they are, but for the addresses; and rows that the catalog knows nothing of.
pub fn rows(at: impl Fn(&str) -> String) -> Map<String, Value> {
    let row = |name: &str| {
        let at = at(name);
        json!({
            "clientId": CLIENT_ID,
            "clientSecret": CLIENT_SECRET,
            "authorizeUrl": format!("{at}/authorize"),
            "tokenUrl": format!("{at}/token"),
        })
    };
    let mut rows = json!({
        "google": row("google"),
        "github": row("github"),
        "facebook": row("facebook"),
        "apple": row("apple"),
        "discord": row("discord"),
        "microsoft": row("microsoft"),
        "line": row("line"),
        "forge": row("forge"),
        "guild": row("guild"),
    });
    for name in ["google", "apple", "microsoft", "line"] {
        rows[name]["jwksUrl"] = json!(format!("{}/jwks", at(name)));
    }
    for name in ["google", "github", "discord", "forge", "guild"] {
        rows[name]["userinfoUrl"] = json!(format!("{}/userinfo", at(name)));
    }
    rows["facebook"]["userinfoUrl"] = json!(format!("{}/userinfo?fields=id,name,email,picture", at("facebook")));
    rows["github"]["emailsUrl"] = json!(format!("{}/emails", at("github")));

    let apple = rows["apple"].as_object_mut().unwrap();
    apple.remove("clientSecret");
    apple.extend([
        ("teamId".to_owned(), json!("TEAM123456")),
        ("keyId".to_owned(), json!("KEY7890123")),
        ("privateKey".to_owned(), json!(private_pem(&TEAM))),
    ]);
    rows["forge"].as_object_mut().unwrap().extend(own_row(
        "https://forge.example",
        json!({
            "subject": "/user/id",
            "email": "/user/mail",
            "verified": "/user/mail_state",
            "verifiedAs": "integer",
            "name": "/user/names/0",
            "picture": "https://forge.example/{/user/id}/{/user/face}",
        }),
    ));
    rows["forge"]["userinfoMethod"] = json!("POST");
    rows["forge"]["userinfoHeaders"] = json!({ "X-Forge-Version": "2" });
    rows["guild"].as_object_mut().unwrap().remove("clientSecret");
    rows["guild"].as_object_mut().unwrap().extend(own_row(
        "https://guild.example",
        json!({ "subject": "/user/id", "email": "/user/mail", "verifiedAs": "presence", "name": "/user/names/0" }),
    ));
    let Value::Object(rows) = rows else { unreachable!() };
    rows
}

fn own_row(issuer: &str, profile: Value) -> Map<String, Value> {
    let row = json!({
        "speaks": "oauth2",
        "issuer": issuer,
        "scopes": ["me", "mail:read"],
        "trustEmail": true,
        "profile": profile,
    });
    row.as_object().unwrap().clone()
}

/// Makes of an OpenID provider's truth what the provider of that name would tell.
pub fn adopt(name: &str, told: &mut Told, person: &Person) {
    let access_token = told.tokens["access_token"].clone();
    let bearer = |more: Value| {
        let mut tokens = json!({ "access_token": access_token, "token_type": "bearer" });
        tokens.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        tokens
    };
    match name {
        "google" => told.claims["iss"] = json!("https://accounts.google.com"),
        "microsoft" => {
            told.claims["iss"] = json!(microsoft_issuer(TENANT));
            told.claims["tid"] = json!(TENANT);
            told.claims["oid"] = json!(microsoft_object(person));
            told.claims["sub"] = json!(format!("pairwise-{}", person.subject));
            told.claims["ver"] = json!("2.0");
            told.claims["xms_edov"] = json!(true);
            told.claims.as_object_mut().unwrap().remove("email_verified");
        }
        "line" => {
            told.header = json!({ "typ": "JWT", "alg": "HS256" });
            told.signer = Signer::Secret(CLIENT_SECRET.as_bytes().to_vec());
            told.claims["iss"] = json!("https://access.line.me");
            told.claims.as_object_mut().unwrap().remove("email_verified");
            told.userinfo = Reply::page(404);
        }
        "apple" => {
            told.claims["iss"] = json!("https://appleid.apple.com");
            told.claims["sub"] = json!(format!("001234.{}.0123", person.subject));
            told.claims["email_verified"] = json!("true");
            told.claims["is_private_email"] = json!("false");
            told.claims.as_object_mut().unwrap().remove("name");
            told.userinfo = Reply::page(404);
        }
        "github" => {
            told.tokens = bearer(json!({ "scope": "read:user,user:email" }));
            let id: u64 = person.subject.parse().unwrap();
            let profile = json!({ "id": id, "login": "person", "name": person.name, "email": null });
            told.userinfo = Reply::json(200, &profile);
            let emails = json!([
                { "email": format!("old-{}", person.email), "primary": false, "verified": true },
                { "email": person.email, "primary": true, "verified": true },
            ]);
            told.emails = Reply::json(200, &emails);
        }
        "facebook" => {
            told.tokens = bearer(json!({ "expires_in": 5_183_944 }));
            let picture = json!({ "data": { "is_silhouette": false, "url": "https://pictures.example/p.jpg" } });
            let profile =
                json!({ "id": person.subject, "name": person.name, "email": person.email, "picture": picture });
            told.userinfo = Reply::json(200, &profile);
        }
        "discord" => {
            told.tokens =
                bearer(json!({ "expires_in": 604_800, "refresh_token": "canary", "scope": "identify email" }));
            let profile = json!({
                "id": person.subject,
                "username": "person",
                "global_name": person.name,
                "avatar": "8342729096ea3675442027381ff50dfe",
                "email": person.email,
                "verified": true,
            });
            told.userinfo = Reply::json(200, &profile);
        }
        "forge" | "guild" => {
            told.tokens = bearer(json!({}));
            let id: u64 = person.subject.parse().unwrap();
            let user = json!({ "id": id, "mail": person.email, "mail_state": 1, "names": [person.name] });
            told.userinfo = Reply::json(200, &json!({ "user": user }));
        }
        _ => {}
    }
}

/// What Microsoft's tokens for people of a tenant name as their issuer.
pub fn microsoft_issuer(tenant: &str) -> String {
    format!("https://login.microsoftonline.com/{tenant}/v2.0")
}

/// A person's object id at Microsoft.
pub fn microsoft_object(person: &Person) -> String {
    format!("66666666-7777-8888-9999-{:0>12}", person.subject)
}
