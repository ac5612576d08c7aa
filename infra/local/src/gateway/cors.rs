//! CORS as API Gateway does it for the functions: it answers preflights itself and writes the headers of every answer.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
    ORIGIN,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;

/// The template's `CorsConfiguration`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cors {
    origins: Vec<String>,
    methods: Vec<String>,
    headers: Vec<String>,
    exposed: Vec<String>,
    max_age: Option<u64>,
    credentials: bool,
}

impl Cors {
    /// Reads the configuration, every function in it evaluated.
    pub fn from_template(configuration: &Value) -> Self {
        let list = |name: &str| {
            let values = configuration[name].as_array().into_iter().flatten();
            values.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Self {
            origins: list("AllowOrigins"),
            methods: list("AllowMethods"),
            headers: list("AllowHeaders"),
            exposed: list("ExposeHeaders"),
            max_age: configuration["MaxAge"].as_u64(),
            credentials: configuration["AllowCredentials"] == true,
        }
    }

    /// Whether the request only asks what it may ask.
    pub fn is_preflight(request: &Parts) -> bool {
        request.method == Method::OPTIONS
            && request.headers.contains_key(ORIGIN)
            && request.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// The answer to a preflight: empty for an origin that may ask nothing.
    pub fn preflight(&self, request: &HeaderMap) -> HeaderMap {
        let mut answer = HeaderMap::new();
        if self.write_origin(request, &mut answer) {
            write(&mut answer, ACCESS_CONTROL_ALLOW_METHODS, &self.methods.join(","));
            write(&mut answer, ACCESS_CONTROL_ALLOW_HEADERS, &self.headers.join(","));
            write(&mut answer, ACCESS_CONTROL_MAX_AGE, &self.max_age.map(|age| age.to_string()).unwrap_or_default());
        }
        answer
    }

    /// Writes the headers of an answer over whatever the function wrote.
    pub fn write_headers(&self, request: &HeaderMap, answer: &mut HeaderMap) {
        for name in [
            ACCESS_CONTROL_ALLOW_ORIGIN,
            ACCESS_CONTROL_ALLOW_CREDENTIALS,
            ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_HEADERS,
            ACCESS_CONTROL_EXPOSE_HEADERS,
            ACCESS_CONTROL_MAX_AGE,
        ] {
            answer.remove(name);
        }
        if self.write_origin(request, answer) {
            write(answer, ACCESS_CONTROL_EXPOSE_HEADERS, &self.exposed.join(","));
        }
    }

    fn write_origin(&self, request: &HeaderMap, answer: &mut HeaderMap) -> bool {
        let Some(origin) = request.get(ORIGIN).and_then(|origin| origin.to_str().ok()) else {
            return false;
        };
        let allowed = if self.origins.iter().any(|allowed| allowed == "*") {
            "*"
        } else if self.origins.iter().any(|allowed| allowed == origin) {
            origin
        } else {
            return false;
        };
        write(answer, ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        write(answer, ACCESS_CONTROL_ALLOW_CREDENTIALS, if self.credentials { "true" } else { "" });
        true
    }
}

fn write(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Some(value) = HeaderValue::from_str(value).ok().filter(|value| !value.is_empty()) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cors() -> Cors {
        Cors::from_template(&json!({
            "AllowOrigins": ["https://app.example.com"], "AllowMethods": ["GET", "POST"],
            "AllowHeaders": ["authorization"], "ExposeHeaders": ["retry-after"], "MaxAge": 600,
        }))
    }

    fn from(origin: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ORIGIN, HeaderValue::from_static(origin))])
    }

    #[test]
    fn an_allowed_origin_is_told_what_it_may() {
        let answer = cors().preflight(&from("https://app.example.com"));
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_ORIGIN], "https://app.example.com");
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_METHODS], "GET,POST");
        assert_eq!(answer[ACCESS_CONTROL_MAX_AGE], "600");
        assert!(!answer.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS));
    }

    #[test]
    fn another_origin_is_told_nothing() {
        assert!(cors().preflight(&from("https://app.example.com.evil.example")).is_empty());
    }

    #[test]
    fn the_headers_of_a_function_do_not_count() {
        let mut answer = HeaderMap::from_iter([(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"))]);
        cors().write_headers(&from("https://other.example.com"), &mut answer);
        assert!(answer.is_empty());
    }
}
