//! What came back, and how a test says what it should have been.

use hyper::HeaderMap;
use hyper::body::Bytes;
use serde_json::{Value, json};

/// A whole answer.
pub struct Answer {
    pub what: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{self} is no JSON"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next().map(|value| value.to_str().unwrap());
        assert!(values.next().is_none(), "{name} twice in {self}");
        first
    }

    /// The whole answer: this status, exactly this JSON (shapes as in [`assert_shape`]), and the headers of every answer.
    #[track_caller]
    pub fn is(&self, status: u16, body: Value) {
        assert_eq!(self.status, status, "{self}");
        assert_shape(&self.json(), &body, &self.to_string());
        self.has_standing_headers("no-store");
    }

    /// A success whose `data` is exactly this.
    #[track_caller]
    pub fn gives(&self, data: Value) -> Value {
        self.is(200, json!({ "data": data }));
        self.data()
    }

    /// A failure: the envelope and nothing else. Gives the request id, by which the audit log names this call.
    #[track_caller]
    pub fn refuses(&self, status: u16, code: &str) -> String {
        let mut body = json!({ "error": code, "message": "<text>", "requestId": "<text>" });
        // Where the app's codes are closed for good, waiting helps nobody.
        let for_good = code == "SECOND_FACTOR_LOCKED" && self.header("retry-after").is_none();
        let waits = [429, 503].contains(&status) && !for_good;
        if waits {
            body["retryAfter"] = json!("<number>");
        }
        self.is(status, body);
        let wait = waits.then(|| self.json()["retryAfter"].to_string());
        let challenge = (status == 401 && code == "UNAUTHORIZED").then_some("Bearer");
        assert_eq!(self.header("www-authenticate"), challenge, "{self}");
        assert_eq!(self.header("retry-after"), wait.as_deref(), "{self}");
        assert_eq!(self.json()["requestId"], self.request_id(), "{self}");
        self.request_id()
    }

    /// By what the gateway, the logs and our failures name this call.
    pub fn request_id(&self) -> String {
        self.header("apigw-requestid").unwrap_or_else(|| panic!("no request id in {self}")).to_owned()
    }

    /// What API Gateway itself says to a call that reaches no function.
    #[track_caller]
    pub fn is_from_the_gateway(&self, status: u16, message: &str) {
        assert_eq!((self.status, self.json()), (status, json!({ "message": message })), "{self}");
    }

    /// A 400 `INVALID_REQUEST` whose message names what is wrong.
    #[track_caller]
    pub fn faults(&self, field: &str) {
        self.refuses(400, "INVALID_REQUEST");
        let message = self.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(field), "{message:?} does not name {field}");
    }

    #[track_caller]
    pub fn has_standing_headers(&self, caching: &str) {
        let expected = [
            ("content-type", "application/json"),
            ("cache-control", caching),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
            ("location", ""),
            ("set-cookie", ""),
        ];
        for (name, value) in expected {
            assert_eq!(self.header(name).unwrap_or_default(), value, "{name} of {self}");
        }
    }

    /// Every cookie that the answer sets, as it stands.
    pub fn cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// A redirect to exactly this address, with nothing in it to cache.
    #[track_caller]
    pub fn leads_to(&self, address: &str) {
        assert_eq!((self.status, self.header("location")), (303, Some(address)), "{self}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{self}");
        assert_eq!(self.header("referrer-policy"), Some("no-referrer"), "{self}");
    }

    /// A page of ours with this status: it leads nowhere by itself, runs nothing, and cannot be framed.
    #[track_caller]
    pub fn is_page(&self, status: u16) -> String {
        assert_eq!((self.status, self.header("location")), (status, None), "{self}");
        assert_eq!(self.header("content-type"), Some("text/html; charset=utf-8"), "{self}");
        let policy = self.header("content-security-policy").unwrap_or_else(|| panic!("no policy in {self}"));
        for part in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    /// The `data` of a success, whatever is in it.
    #[track_caller]
    pub fn data(&self) -> Value {
        assert_eq!(self.status, 200, "{self}");
        self.json()["data"].take()
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        write!(f, "the answer to {}: {} {}", self.what, self.status, &body[..body.floor_char_boundary(600)])
    }
}

/// Equality, but a `"<shape>"` in the expectation stands for any string of that shape, and `"<number>"` for a number.
#[track_caller]
pub fn assert_shape(actual: &Value, expected: &Value, whole: &str) {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => {
            let (mut names, mut wanted): (Vec<_>, Vec<_>) = (actual.keys().collect(), expected.keys().collect());
            names.sort();
            wanted.sort();
            assert_eq!(names, wanted, "in {whole}");
            expected.iter().for_each(|(name, value)| assert_shape(&actual[name], value, whole));
        }
        (Value::Array(actual), Value::Array(expected)) => {
            assert_eq!(actual.len(), expected.len(), "in {whole}");
            actual.iter().zip(expected).for_each(|(actual, expected)| assert_shape(actual, expected, whole));
        }
        (Value::Number(_), Value::String(shape)) if shape == "<number>" => {}
        (Value::String(actual), Value::String(shape)) if shape.starts_with('<') => {
            assert!(has_shape(actual, shape), "{actual:?} is no {shape} in {whole}");
        }
        _ => assert_eq!(actual, expected, "in {whole}"),
    }
}

fn has_shape(text: &str, shape: &str) -> bool {
    let url_safe =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    match shape {
        "<text>" => !text.trim().is_empty(),
        "<time>" => text.len() == 20 && text.ends_with('Z') && super::seconds(text) > 0,
        "<secret>" => text.len() == 43 && url_safe(text),
        "<url-safe>" => url_safe(text),
        "<refresh token>" => text.len() > 43 && url_safe(text),
        "<jwt>" => text.split('.').count() == 3 && text.split('.').all(url_safe),
        "<user>" => text.strip_prefix("usr_").is_some_and(|rest| rest.len() >= 20 && url_safe(rest)),
        "<session>" => text.strip_prefix("ses_").is_some_and(|rest| rest.len() >= 20 && url_safe(rest)),
        _ => panic!("no such shape: {shape}"),
    }
}
