//! What every contract writes the same way: JSON, and headers that no answer goes without.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, VARY};
use http::{Response, StatusCode};
use lambda_http::Body;
use serde_json::Value;

/// An answer.
pub type Reply = Response<Body>;

/// A JSON answer.
pub fn json(status: StatusCode, body: &Value) -> Reply {
    let mut reply = Response::new(Body::from(body.to_string()));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}

/// Sends a browser to `address` with a GET (303), whatever the method of its request was.
pub fn see_other(address: &str) -> Reply {
    redirect(StatusCode::SEE_OTHER, address)
}

/// Sends a browser to `address` (302).
pub fn found(address: &str) -> Reply {
    redirect(StatusCode::FOUND, address)
}

fn redirect(status: StatusCode, address: &str) -> Reply {
    let mut reply = Response::new(Body::Empty);
    // Addresses are URLs that were read, or built, as URLs, which every header can carry.
    if let Ok(address) = HeaderValue::try_from(address) {
        *reply.status_mut() = status;
        reply.headers_mut().insert(LOCATION, address);
    } else {
        *reply.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    }
    reply
}

/// The answer with the headers that every answer carries, errors included. What may be cached says so before.
///
/// API Gateway answers another origin with other headers (CORS), so that every answer depends on it (RFC 9110 section
/// 12.5.5), and leaves it to the functions to say so.
pub fn sealed(mut reply: Reply) -> Reply {
    let headers = reply.headers_mut();
    // One line for all: an event of API Gateway has one value for each name.
    let varies = headers.get(VARY).and_then(|names| names.to_str().ok()).map(|names| format!("{names}, Origin"));
    let varies = HeaderValue::try_from(varies.as_deref().unwrap_or("Origin"));
    headers.insert(VARY, varies.unwrap_or(HeaderValue::from_static("*")));
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    reply
}

const ALWAYS: [(&str, &str); 3] = [
    ("referrer-policy", "no-referrer"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
];
