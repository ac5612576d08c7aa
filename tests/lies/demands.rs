//! What some providers demand of a client, and say in their metadata: another way to authenticate, requests that are pushed
//! (RFC 9126), or what no client of ours can do.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use serde_json::{Map, Value, json};

use super::jose::{TEAM, claims_of, header_of, is_signed_by, private_pem};
use super::provider::{CLIENT_ID, CLIENT_SECRET, Reply};
use crate::harness::now;

/// By what name a client's key is known.
const KEY_ID: &str = "key-of-doorward";

/// Rows of providers that demand something.
pub fn rows(at: impl Fn(&str) -> String) -> Map<String, Value> {
    let row = |name: &str| json!({ "issuer": at(name), "clientId": CLIENT_ID, "trustEmail": true });
    let mut rows = Map::new();
    for name in ["keyed", "unfitting"] {
        rows.insert(name.to_owned(), row(name));
        rows[name]["privateKey"] = json!(private_pem(&TEAM));
        rows[name]["keyId"] = json!(KEY_ID);
    }
    for name in ["offering", "certificates", "pushing", "unpushed", "pushless", "codeless", "plain", "unsigned"] {
        rows.insert(name.to_owned(), row(name));
        rows[name]["clientSecret"] = json!(CLIENT_SECRET);
    }
    rows
}

/// Says in the metadata of `name` what it demands.
pub fn publish(name: &str, metadata: &mut Value) {
    let push_url = metadata["token_endpoint"].as_str().unwrap().replace("/token", "/par");
    let more = match name {
        "offering" => json!({ "token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_post"] }),
        "certificates" => json!({ "token_endpoint_auth_methods_supported": ["tls_client_auth"] }),
        "keyed" | "unfitting" => json!({
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": if name == "keyed" { ["ES256"] } else { ["RS256"] },
        }),
        "pushing" | "unpushed" => json!({
            "require_pushed_authorization_requests": true,
            "pushed_authorization_request_endpoint": push_url,
        }),
        "pushless" => json!({ "require_pushed_authorization_requests": true }),
        "codeless" => json!({ "response_types_supported": ["id_token", "code id_token"] }),
        "plain" => json!({ "code_challenge_methods_supported": ["plain"] }),
        "unsigned" => json!({ "id_token_signing_alg_values_supported": ["none", "HS256"] }),
        _ => return,
    };
    metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
}

/// Whether an assertion is what RFC 7523 section 3 asks for, and was never shown before.
pub fn is_asserted(form: &HashMap<String, String>, issuer: &str) -> bool {
    static SEEN: Mutex<Option<HashSet<String>>> = Mutex::new(None);
    let Some(token) = form.get("client_assertion") else { return false };
    let (header, claims) = (header_of(token), claims_of(token));
    let jti = claims["jti"].as_str().unwrap().to_owned();
    let left = claims["exp"].as_i64().unwrap() - now();
    let kind = form.get("client_assertion_type").map(String::as_str);
    kind == Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        && (&header["alg"], &header["kid"]) == (&json!("ES256"), &json!(KEY_ID))
        && (&claims["iss"], &claims["sub"], &claims["aud"]) == (&json!(CLIENT_ID), &json!(CLIENT_ID), &json!(issuer))
        && (1..=120).contains(&left)
        && is_signed_by(token, &TEAM)
        && SEEN.lock().unwrap().get_or_insert_default().insert(jti)
}

/// What the endpoint for pushed requests says to a good one that it calls `request_uri`.
pub fn pushed(name: &str, request_uri: &str) -> Reply {
    match name {
        "unpushed" => {
            let description = "The scope\nis\u{1b}[31m not yours.";
            Reply::json(400, &json!({ "error": "invalid_scope", "error_description": description }))
        }
        _ => Reply::json(201, &json!({ "request_uri": request_uri, "expires_in": 60 })),
    }
}
