//! What every contract reads the same way: the caller, the body, the credentials.

mod body;
mod field;
mod parameters;
mod strict_json;

pub use field::{Field, Name, Parsed, Text, Verifier, field, must_be};
pub use parameters::Parameters;

use std::sync::Arc;

use http::Method;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use lambda_http::request::RequestContext as GatewayContext;
use lambda_http::{Body, RequestExt};
use serde::de::DeserializeOwned;

use domain::clock::Timestamp;
use domain::error::{Rejection, Unauthenticated};
use domain::language::Language;
use domain::request::origin::RequestOrigin;
use domain::request::viewer::{NotOurs, OriginSecret, viewer};
use domain::request::{RequestContext, Stated};
use domain::secret::Secret;
use domain::session::credential::Credential;
use domain::sign_in::life::RequestKey;

use super::cookie;

/// One request, as the gateway passed it on.
#[derive(Debug)]
pub struct Request {
    event: lambda_http::Request,
    route_key: String,
    caller: RequestContext,
}

impl Request {
    /// Takes the event, which arrived `now`.
    pub fn new(event: lambda_http::Request, now: Timestamp) -> Self {
        let (request_id, source_ip) = match event.request_context_ref() {
            Some(GatewayContext::ApiGatewayV2(context)) => (context.request_id.clone(), context.http.source_ip.clone()),
            _ => (None, None),
        };
        let caller = RequestContext {
            request_id: request_id.unwrap_or_default(),
            source_ip: source_ip.unwrap_or_default(),
            client: None,
            now,
            subject: Arc::default(),
            stated: None,
            backend: None,
        };
        let mut request = Self { route_key: route_key(&event), event, caller };
        request.caller.client = request.header("user-agent").map(|text| text.chars().take(200).collect());
        request.caller.stated = request
            .header(VIEWER_ADDRESS)
            .map(|address| Stated { address: address.parse().ok(), key: request.bearer().ok() });
        request
    }

    /// Takes from CloudFront who asks, if the request comes through the distribution that has `secret`.
    ///
    /// # Errors
    ///
    /// When it does not show the secret, or does not say who asks.
    pub fn come_through(&mut self, secret: &OriginSecret) -> Result<(), NotOurs> {
        let shown = self.header(ORIGIN_SECRET).ok_or(NotOurs("x-origin-verify is missing"))?;
        if !secret.is(shown) {
            return Err(NotOurs("x-origin-verify has the wrong value"));
        }
        let address = self.header(CLOUDFRONT_VIEWER).and_then(viewer);
        let address =
            address.ok_or(NotOurs("CloudFront-Viewer-Address is missing: add it to the origin request policy"))?;
        self.caller.source_ip = address.to_string();
        Ok(())
    }

    /// Who asks.
    pub fn caller(&self) -> &RequestContext {
        &self.caller
    }

    /// The path, as it was asked for.
    pub fn path(&self) -> &str {
        self.event.raw_http_path()
    }

    /// The key of the route that leads here, as `template.yaml` has it.
    pub fn route_key(&self) -> &str {
        &self.route_key
    }

    /// What the path has where the route's key has `{name}`.
    pub fn path_parameter(&self, name: &str) -> &str {
        self.event.path_parameters_ref().and_then(|parameters| parameters.first(name)).unwrap_or_default()
    }

    /// Reads a JSON body.
    ///
    /// # Errors
    ///
    /// For another content type, more than 16 KiB, anything but one JSON object without duplicate keys, and a field that is
    /// not what it must be.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Rejection> {
        if !self.is_json() {
            return Err(Rejection::UnsupportedMediaType);
        }
        let bytes = self.body();
        if bytes.len() > MAX_BYTES { Err(Rejection::PayloadTooLarge) } else { body::read(bytes) }
    }

    /// Reads a JSON body that may be left out altogether.
    ///
    /// # Errors
    ///
    /// As [`json`](Self::json), when there is a body.
    pub fn optional_json<T: DeserializeOwned>(&self) -> Result<T, Rejection> {
        if self.body().is_empty() { body::read(b"{}") } else { self.json() }
    }

    /// The parameters of the query.
    ///
    /// # Errors
    ///
    /// When one comes twice.
    pub fn query(&self) -> Result<Parameters, Rejection> {
        Parameters::parse(self.event.uri().query().unwrap_or_default().as_bytes())
    }

    /// Whether the body is a form's.
    pub fn is_form(&self) -> bool {
        self.media_type().is_some_and(|media_type| media_type.eq_ignore_ascii_case(FORM))
    }

    /// The parameters of a form's body.
    ///
    /// # Errors
    ///
    /// For another content type, more than 16 KiB, and a parameter that comes twice.
    pub fn form(&self) -> Result<Parameters, Rejection> {
        if !self.is_form() {
            return Err(Rejection::UnsupportedMediaType);
        }
        let bytes = self.body();
        if bytes.len() > MAX_BYTES { Err(Rejection::PayloadTooLarge) } else { Parameters::parse(bytes) }
    }

    /// What a browser is sent back with: the query of a GET, the form of a POST.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query) and [`form`](Self::form).
    pub fn parameters(&self) -> Result<Parameters, Rejection> {
        if self.event.method() == Method::POST { self.form() } else { self.query() }
    }

    /// The cookies, by name and value.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.event.headers().get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
        headers.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='))
    }

    /// Which page the request comes from, as the browser says.
    pub fn source(&self) -> RequestOrigin {
        let header = |name: &str| self.header(name).map(str::to_owned);
        let other_than = |name: &str, expected: &str| self.header(name).is_some_and(|value| value != expected);
        let embedded = other_than("sec-fetch-mode", "navigate")
            || other_than("sec-fetch-dest", "document")
            || self.header("sec-purpose").is_some();
        RequestOrigin { fetch_site: header("sec-fetch-site"), origin: header("origin"), embedded }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.event.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether a person looks at what comes back, as the browser says (Fetch Metadata section 2.1); one that says nothing
    /// asks for a page first.
    pub fn is_navigation(&self) -> bool {
        let header = |name: &str| self.event.headers().get(name).and_then(|value| value.to_str().ok());
        match header("sec-fetch-dest") {
            Some(destination) => destination == "document",
            None => header("accept").is_some_and(|accept| accept.starts_with("text/html")),
        }
    }

    /// The key by which the caller would know a repetition of this very request.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn repeatable(&self) -> Result<Option<RequestKey>, Rejection> {
        let Some(key) = self.event.headers().get("idempotency-key") else { return Ok(None) };
        let request = format!("{} {}", self.path(), self.event.uri().query().unwrap_or_default());
        let key = key.to_str().ok().and_then(|key| RequestKey::parse(key, &request));
        key.map(Some).ok_or_else(|| must_be("Idempotency-Key", "1 to 255 visible ASCII characters"))
    }

    /// What the request shows of its session: a bearer token, a cookie, or both.
    ///
    /// # Errors
    ///
    /// `Unauthorized` for another scheme than Bearer; a token in the query, or more than one, is a malformed request.
    pub fn credential(&self) -> Result<Credential, Rejection> {
        let bearer = if self.event.headers().contains_key(AUTHORIZATION) || self.has_token_in_query() {
            Some(self.bearer()?)
        } else {
            None
        };
        let reads = self.event.method() == Method::GET;
        Ok(Credential { bearer, cookie: cookie::session_of(self.cookies()), source: (!reads).then(|| self.source()) })
    }

    /// The language that the person wants: the parameter `lang`, else what the browser prefers.
    pub fn language(&self) -> Language {
        let chosen = self.parameters().ok().and_then(|given| given.find("lang").and_then(Language::parse));
        let headers = self.event.headers().get_all("accept-language").iter();
        let mut preferences = headers.filter_map(|header| header.to_str().ok());
        chosen.or_else(|| preferences.find_map(Language::preferred)).unwrap_or_default()
    }

    /// The bearer token (RFC 6750 section 2.1).
    ///
    /// # Errors
    ///
    /// `Unauthorized` without one; a token in the query, or more than one, is a malformed request.
    pub fn bearer(&self) -> Result<Secret, Rejection> {
        if self.has_token_in_query() {
            return Err(Rejection::InvalidRequest(
                "Do not put tokens in the URL: use the header Authorization.".into(),
            ));
        }
        let mut headers = self.event.headers().get_all(AUTHORIZATION).iter();
        let header =
            headers.next().ok_or(Unauthenticated::Missing)?.to_str().map_err(|_| Unauthenticated::Malformed)?;
        // The gateway joins repeated headers by commas, and no token has one in it.
        if headers.next().is_some() || header.contains(',') {
            return Err(Rejection::InvalidRequest("The header Authorization appears more than once.".into()));
        }
        let (scheme, token) = header.split_once(' ').ok_or(Unauthenticated::Malformed)?;
        if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
            return Err(Unauthenticated::Malformed.into());
        }
        Ok(Secret::new(token.trim()))
    }

    fn has_token_in_query(&self) -> bool {
        let query = self.event.query_string_parameters_ref();
        query.is_some_and(|query| ["access_token", "token"].iter().any(|name| query.first(name).is_some()))
    }

    fn body(&self) -> &[u8] {
        match self.event.body() {
            Body::Text(text) => text.as_bytes(),
            Body::Binary(bytes) => bytes,
            _ => &[],
        }
    }

    fn is_json(&self) -> bool {
        let charset = |parameter: &str| parameter.trim().eq_ignore_ascii_case("charset=utf-8");
        self.media_type().is_some_and(|media_type| media_type.eq_ignore_ascii_case("application/json"))
            && self.content_type().split(';').skip(1).all(charset)
    }

    fn media_type(&self) -> Option<&str> {
        self.content_type().split(';').next().map(str::trim)
    }

    fn content_type(&self) -> &str {
        self.header(CONTENT_TYPE.as_str()).unwrap_or_default()
    }
}

/// What the gateway calls the route, where that fits the path: with a slash in a parameter (`%2F`) it is no route of ours.
/// `cargo lambda watch` calls every route `$default`, but names what stands in the path.
fn route_key(event: &lambda_http::Request) -> String {
    let path = event.raw_http_path();
    if let Some(GatewayContext::ApiGatewayV2(context)) = event.request_context_ref()
        && let Some(key) = &context.route_key
        && (key.ends_with("+}") || key.matches('/').count() == path.matches('/').count())
    {
        return key.clone();
    }
    let parameters = event.path_parameters();
    let named = |segment: &str| match parameters.iter().find(|(_, value)| *value == segment) {
        Some((name, _)) => format!("{{{name}}}"),
        None => segment.to_owned(),
    };
    format!("{} {}", event.method(), path.split('/').map(named).collect::<Vec<_>>().join("/"))
}

/// By what a server that signs people in for its users states the network address of the one whom it serves.
const VIEWER_ADDRESS: &str = "doorward-viewer-address";

/// By what a CloudFront distribution shows that it is ours.
const ORIGIN_SECRET: &str = "x-origin-verify";

/// By what it says who asks.
const CLOUDFRONT_VIEWER: &str = "cloudfront-viewer-address";

const FORM: &str = "application/x-www-form-urlencoded";

/// A body larger than this is refused.
const MAX_BYTES: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json as value;

    use super::*;

    fn request(content_type: Option<&str>, body: &str) -> Request {
        let mut event = http::Request::builder().uri("https://auth.example/v1/auth/login");
        if let Some(content_type) = content_type {
            event = event.header("content-type", content_type);
        }
        Request::new(event.body(Body::from(body)).unwrap(), Timestamp::from_seconds(0))
    }

    #[derive(Debug, Deserialize)]
    struct Given {
        a: Option<Parsed<String>>,
    }

    fn json(content_type: Option<&str>, body: &str) -> Result<Option<String>, Rejection> {
        Ok(request(content_type, body).json::<Given>()?.a.map(Parsed::value))
    }

    fn with_authorization(values: &[&str], uri: &str) -> Result<Secret, Rejection> {
        let event =
            values.iter().fold(http::Request::builder().uri(uri), |event, value| event.header("authorization", *value));
        Request::new(event.body(Body::Empty).unwrap(), Timestamp::from_seconds(0)).bearer()
    }

    fn routed(key: &str, id: &str) -> Request {
        let path = format!("/v1/auth/sessions/{id}");
        let http = value!({"method": "DELETE", "path": path});
        let context = value!({"http": http, "routeKey": key, "stage": "$default", "timeEpoch": 0});
        let event = value!({
            "version": "2.0",
            "routeKey": key,
            "rawPath": path,
            "pathParameters": {"id": id},
            "headers": {},
            "requestContext": context,
            "isBase64Encoded": false,
        });
        Request::new(lambda_http::request::from_str(&event.to_string()).unwrap(), Timestamp::from_seconds(0))
    }

    #[test]
    fn a_route_has_the_key_of_the_template_behind_cargo_lambda_too() {
        let key = "DELETE /v1/auth/sessions/{id}";
        for said in [key, "$default"] {
            let request = routed(said, "ses_1");
            assert_eq!((request.route_key(), request.path_parameter("id")), (key, "ses_1"));
        }
    }

    #[test]
    fn a_parameter_with_a_slash_in_it_leads_to_no_route() {
        assert_eq!(routed("DELETE /v1/auth/sessions/{id}", "a/b").route_key(), "DELETE /v1/auth/sessions/a/b");
    }

    #[test]
    fn json_is_read_with_or_without_a_charset() {
        for content_type in ["application/json", "Application/JSON; charset=UTF-8"] {
            assert_eq!(json(Some(content_type), r#"{"a": "b"}"#).unwrap().unwrap(), "b");
        }
    }

    #[test]
    fn any_other_content_type_is_error_response() {
        for content_type in
            [None, Some("text/plain"), Some("application/json; charset=latin1"), Some("application/jsonp")]
        {
            assert_eq!(json(content_type, "{}").unwrap_err(), Rejection::UnsupportedMediaType, "{content_type:?}");
        }
    }

    #[test]
    fn a_body_over_16_kib_is_refused_and_one_of_16_kib_is_read() {
        let body = |length: usize| format!("{{\"a\": \"{}\"}}", "x".repeat(length - 9));
        assert!(json(Some("application/json"), &body(16 * 1024)).is_ok());
        assert_eq!(json(Some("application/json"), &body(16 * 1024 + 1)).unwrap_err(), Rejection::PayloadTooLarge);
    }

    #[test]
    fn a_form_is_read_and_a_parameter_that_comes_twice_is_error_response() {
        let form = |body| request(Some("application/x-www-form-urlencoded; charset=UTF-8"), body).form();
        let parameters = form("email=ada%2Bx%40example.com&empty=&name=A+B").unwrap();
        assert_eq!(parameters.find("email"), Some("ada+x@example.com"));
        assert_eq!(parameters.find("name"), Some("A B"));
        assert_eq!(parameters.find("empty"), None);
        assert!(matches!(form("a=1&%61=2"), Err(Rejection::InvalidRequest(_))));
        assert_eq!(request(Some("application/json"), "a=1").form().unwrap_err(), Rejection::UnsupportedMediaType);
        assert_eq!(form(&format!("a={}", "x".repeat(16 * 1024))).unwrap_err(), Rejection::PayloadTooLarge);
    }

    #[test]
    fn cookies_are_read_from_one_header_or_several() {
        let event = http::Request::builder()
            .uri("https://auth.example/")
            .header("cookie", "a=1; b=x=y")
            .header("cookie", "c=3");
        let request = Request::new(event.body(Body::Empty).unwrap(), Timestamp::from_seconds(0));
        assert_eq!(request.cookies().collect::<Vec<_>>(), [("a", "1"), ("b", "x=y"), ("c", "3")]);
    }

    #[test]
    fn one_bearer_token_in_the_header_is_read() {
        let uri = "https://auth.example/v1/auth/session";
        assert_eq!(with_authorization(&["bearer abc"], uri).unwrap().reveal(), "abc");
        for values in [&[][..], &["abc"], &["Basic abc"], &["Bearer "]] {
            assert!(matches!(with_authorization(values, uri), Err(Rejection::Unauthorized(_))), "{values:?}");
        }
        for values in [&["Bearer a", "Bearer a"][..], &["Bearer a,Bearer b"]] {
            assert!(matches!(with_authorization(values, uri), Err(Rejection::InvalidRequest(_))), "{values:?}");
        }
    }
}
