//! What every contract writes the same way: JSON, and headers that no answer goes without.

use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, VARY};
use lambda_http::Body;
use serde::Serialize;

/// An answer.
pub type Response = http::Response<Body>;

/// A JSON answer.
pub fn json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    // Writing JSON fails for keys that are no strings, and no body has one.
    let (status, body) = match serde_json::to_string(body) {
        Ok(body) => (status, body),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// What `v1` and `gateway` have to tell: `{"data": …}`.
pub fn data<T: Serialize>(data: T) -> Response {
    json(StatusCode::OK, &DataBody { data })
}

/// The body of [`data`].
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DataBody<T> {
    data: T,
}

/// It is done.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DoneBody {
    success: bool,
}

impl DoneBody {
    /// What there is to say about it.
    pub(super) const DONE: Self = Self { success: true };
}

/// Sends a browser to `address` with a GET (303), whatever the method of its request was.
pub fn see_other(address: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, address)
}

/// Sends a browser to `address` (302).
pub fn found(address: &str) -> Response {
    redirect(StatusCode::FOUND, address)
}

fn redirect(status: StatusCode, address: &str) -> Response {
    let mut response = Response::new(Body::Empty);
    // Addresses are URLs that were read, or built, as URLs, which every header can carry.
    if let Ok(address) = HeaderValue::try_from(address) {
        *response.status_mut() = status;
        response.headers_mut().insert(LOCATION, address);
    } else {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    }
    response
}

/// The answer with the headers that every answer carries, errors included. What may be cached says so before.
///
/// API Gateway answers another origin with other headers (CORS), so that every answer depends on it (RFC 9110 section
/// 12.5.5), and leaves it to the functions to say so.
pub fn sealed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    // One line for all: an event of API Gateway has one value for each name.
    let varies = headers.get(VARY).and_then(|names| names.to_str().ok()).map(|names| format!("{names}, Origin"));
    let varies = HeaderValue::try_from(varies.as_deref().unwrap_or("Origin"));
    headers.insert(VARY, varies.unwrap_or(HeaderValue::from_static("*")));
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

const ALWAYS: [(&str, &str); 3] = [
    ("referrer-policy", "no-referrer"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
];
