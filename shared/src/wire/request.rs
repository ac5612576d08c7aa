//! What every contract reads the same way: the caller, the body, the credentials.

use std::fmt;

use http::Method;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use lambda_http::request::RequestContext;
use lambda_http::{Body, RequestExt};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::cookie;
use crate::caller::Caller;
use crate::clock::Timestamp;
use crate::email::EmailAddress;
use crate::failure::Denied;
use crate::origin::Source;
use crate::secret::Secret;
use crate::session::Credential;
use crate::text::Language;

/// One request, as the gateway passed it on.
#[derive(Debug)]
pub struct Request {
    event: lambda_http::Request,
    caller: Caller,
}

impl Request {
    /// Takes the event, which arrived `now`.
    pub fn new(event: lambda_http::Request, now: Timestamp) -> Self {
        let (request_id, source_ip) = match event.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => (context.request_id.clone(), context.http.source_ip.clone()),
            _ => (None, None),
        };
        let header = event.headers().get("user-agent").and_then(|value| value.to_str().ok());
        let caller = Caller {
            request_id: request_id.unwrap_or_default(),
            source_ip: source_ip.unwrap_or_default(),
            client: header.map(|text| text.chars().take(200).collect()),
            now,
        };
        Self { event, caller }
    }

    /// Who asks.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The path, as it was asked for.
    pub fn path(&self) -> &str {
        self.event.raw_http_path()
    }

    /// Method and path segments, to match on.
    pub fn route(&self) -> (&str, Vec<&str>) {
        let path = self.path();
        (self.event.method().as_str(), path.split('/').skip(1).collect())
    }

    /// The fields of a JSON body.
    ///
    /// # Errors
    ///
    /// For another content type, more than 16 KiB, and anything but one JSON object without duplicate keys.
    pub fn fields(&self) -> Result<Fields, Denied> {
        if !self.is_json() {
            return Err(Denied::UnsupportedMediaType);
        }
        let bytes = self.body();
        if bytes.len() > MOST_BYTES {
            return Err(Denied::PayloadTooLarge);
        }
        let invalid = |problem: &str| Denied::InvalidRequest(format!("The body is not a JSON object: {problem}."));
        let StrictValue(value) = serde_json::from_slice(bytes).map_err(|error| {
            // serde_json's own message may quote the input; the position is enough to find the fault.
            invalid(match error.classify() {
                serde_json::error::Category::Data => "a key appears twice",
                serde_json::error::Category::Eof => "it ends too early",
                _ => "it is malformed",
            })
        })?;
        match value {
            Value::Object(fields) => Ok(Fields(fields)),
            _ => Err(invalid("it is another kind of value")),
        }
    }

    /// The fields of a JSON body that may be left out altogether.
    ///
    /// # Errors
    ///
    /// As [`fields`](Self::fields), when there is a body.
    pub fn optional_fields(&self) -> Result<Fields, Denied> {
        if self.body().is_empty() { Ok(Fields(Map::new())) } else { self.fields() }
    }

    /// The parameters of the query.
    ///
    /// # Errors
    ///
    /// When one comes twice.
    pub fn query(&self) -> Result<Parameters, Denied> {
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
    pub fn form(&self) -> Result<Parameters, Denied> {
        if !self.is_form() {
            return Err(Denied::UnsupportedMediaType);
        }
        let bytes = self.body();
        if bytes.len() > MOST_BYTES { Err(Denied::PayloadTooLarge) } else { Parameters::parse(bytes) }
    }

    /// What a browser is sent back with: the query of a GET, the form of a POST.
    ///
    /// # Errors
    ///
    /// As [`query`](Self::query) and [`form`](Self::form).
    pub fn parameters(&self) -> Result<Parameters, Denied> {
        if self.event.method() == Method::POST { self.form() } else { self.query() }
    }

    /// The cookies, by name and value.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.event.headers().get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
        headers.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='))
    }

    /// Which page the request comes from, as the browser says.
    pub fn source(&self) -> Source {
        let header = |name: &str| self.event.headers().get(name).and_then(|value| value.to_str().ok());
        Source { fetch_site: header("sec-fetch-site").map(str::to_owned), origin: header("origin").map(str::to_owned) }
    }

    /// What the request shows of its session: a bearer token, a cookie, or both.
    ///
    /// # Errors
    ///
    /// `Unauthorized` for another scheme than Bearer; a token in the query, or more than one, is a malformed request.
    pub fn credential(&self) -> Result<Credential, Denied> {
        let bearer = if self.event.headers().contains_key(AUTHORIZATION) || self.has_token_in_query() {
            Some(self.bearer()?)
        } else {
            None
        };
        let reads = self.event.method() == Method::GET;
        Ok(Credential { bearer, cookie: cookie::session_of(self), source: (!reads).then(|| self.source()) })
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
    pub fn bearer(&self) -> Result<Secret, Denied> {
        if self.has_token_in_query() {
            return Err(Denied::InvalidRequest(
                "Tokens do not belong into the address: use the header Authorization.".into(),
            ));
        }
        let mut headers = self.event.headers().get_all(AUTHORIZATION).iter();
        let header = headers.next().ok_or(Denied::Unauthorized)?.to_str().map_err(|_| Denied::Unauthorized)?;
        // The gateway joins repeated headers by commas, and no token has one in it.
        if headers.next().is_some() || header.contains(',') {
            return Err(Denied::InvalidRequest("The header Authorization appears more than once.".into()));
        }
        let (scheme, token) = header.split_once(' ').ok_or(Denied::Unauthorized)?;
        if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
            return Err(Denied::Unauthorized);
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
        self.event.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// The parameters of a query or a form. Parameters that nobody asks for are ignored and never acted on.
#[derive(Debug)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn parse(encoded: &[u8]) -> Result<Self, Denied> {
        let mut parameters = Vec::new();
        for (name, value) in url::form_urlencoded::parse(encoded).into_owned() {
            // Of two values, two readers could each see another one (RFC 6749 section 3.1).
            if parameters.iter().any(|(other, _)| *other == name) {
                return Err(Denied::InvalidRequest("A parameter appears twice.".to_owned()));
            }
            parameters.push((name, value));
        }
        Ok(Self(parameters))
    }

    /// The value of the parameter; an empty one is none (RFC 6749 section 3.1).
    pub fn find(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// What `parse` makes of the JSON that the parameter holds.
    ///
    /// # Errors
    ///
    /// Names the parameter and says what it must be.
    pub fn json<T>(&self, name: &str, must: &str, parse: fn(Value) -> Option<T>) -> Result<T, Denied> {
        let value = self.find(name).and_then(|text| serde_json::from_str(text).ok());
        value.and_then(|StrictValue(value)| parse(value)).ok_or_else(|| must_be(name, must))
    }

    /// The value of the parameter as a text of its own.
    pub fn text(&self, name: &str) -> Option<String> {
        self.find(name).map(str::to_owned)
    }
}

/// The fields of a body. Fields that nobody asks for are ignored and never acted on.
#[derive(Debug)]
pub struct Fields(Map<String, Value>);

impl Fields {
    /// A string that must be there and not be empty.
    ///
    /// # Errors
    ///
    /// Names the field.
    pub fn text(&self, name: &str) -> Result<String, Denied> {
        self.optional_text(name)?.ok_or_else(|| must_be(name, "a string that is not empty"))
    }

    /// A string that may be missing or null, but not empty.
    ///
    /// # Errors
    ///
    /// Names the field.
    pub fn optional_text(&self, name: &str) -> Result<Option<String>, Denied> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(_) => Err(must_be(name, "a string that is not empty")),
        }
    }

    /// A field that `parse` understands, if it is there.
    ///
    /// # Errors
    ///
    /// Names the field and says what it must be.
    pub fn parsed<T>(&self, name: &str, must: &str, parse: fn(&str) -> Option<T>) -> Result<Option<T>, Denied> {
        let text = self.optional_text(name)?;
        text.map(|text| parse(&text).ok_or_else(|| must_be(name, must))).transpose()
    }

    /// What `parse` makes of a value of any kind that must be there.
    ///
    /// # Errors
    ///
    /// Names the field and says what it must be.
    pub fn json<T>(&self, name: &str, must: &str, parse: fn(Value) -> Option<T>) -> Result<T, Denied> {
        self.0.get(name).cloned().and_then(parse).ok_or_else(|| must_be(name, must))
    }

    /// An e-mail address.
    ///
    /// # Errors
    ///
    /// Names the field.
    pub fn email(&self, name: &str) -> Result<EmailAddress, Denied> {
        let must = "one e-mail address, without a display name";
        EmailAddress::parse(&self.text(name)?).map_err(|_| must_be(name, must))
    }

    /// A list of strings; empty when it is missing.
    ///
    /// # Errors
    ///
    /// Names the field.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, Denied> {
        let item = |value: &Value| value.as_str().map(str::to_owned);
        match self.0.get(name) {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(Value::Array(items)) => items.iter().map(item).collect::<Option<_>>(),
            Some(_) => None,
        }
        .ok_or_else(|| must_be(name, "an array of strings"))
    }

    /// A whole number that must be there.
    ///
    /// # Errors
    ///
    /// Names the field.
    pub fn integer(&self, name: &str) -> Result<i64, Denied> {
        self.0.get(name).and_then(Value::as_i64).ok_or_else(|| must_be(name, "a whole number"))
    }

    /// A boolean; false when it is missing.
    ///
    /// # Errors
    ///
    /// Names the field.
    pub fn flag(&self, name: &str) -> Result<bool, Denied> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(must_be(name, "true or false")),
        }
    }
}

/// The complaint about one field.
pub fn must_be(field: &str, what: &str) -> Denied {
    Denied::InvalidRequest(format!("The field \"{field}\" must be {what}."))
}

const FORM: &str = "application/x-www-form-urlencoded";

/// A body larger than this is refused.
const MOST_BYTES: usize = 16 * 1024;

/// A JSON value in which no object has a key twice: of two parsers, one would see the other value.
struct StrictValue(Value);

impl<'de> Deserialize<'de> for StrictValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without duplicate keys")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(StrictValue(value)) = items.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((key, StrictValue(value))) = entries.next_entry::<String, _>()? {
            if object.insert(key, value).is_some() {
                return Err(A::Error::custom("duplicate key"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(content_type: Option<&str>, body: &str) -> Request {
        let mut event = http::Request::builder().uri("https://auth.example/v1/auth/login");
        if let Some(content_type) = content_type {
            event = event.header("content-type", content_type);
        }
        Request::new(event.body(Body::from(body)).unwrap(), Timestamp::from_seconds(0))
    }

    fn fields(body: &str) -> Result<Fields, Denied> {
        request(Some("application/json"), body).fields()
    }

    fn with_authorization(values: &[&str], uri: &str) -> Result<Secret, Denied> {
        let event =
            values.iter().fold(http::Request::builder().uri(uri), |event, value| event.header("authorization", *value));
        Request::new(event.body(Body::Empty).unwrap(), Timestamp::from_seconds(0)).bearer()
    }

    #[test]
    fn json_is_read_with_or_without_a_charset() {
        for content_type in ["application/json", "Application/JSON; charset=UTF-8"] {
            assert_eq!(request(Some(content_type), r#"{"a": "b"}"#).fields().unwrap().text("a").unwrap(), "b");
        }
    }

    #[test]
    fn any_other_content_type_is_refused() {
        for content_type in
            [None, Some("text/plain"), Some("application/json; charset=latin1"), Some("application/jsonp")]
        {
            assert_eq!(
                request(content_type, "{}").fields().unwrap_err(),
                Denied::UnsupportedMediaType,
                "{content_type:?}"
            );
        }
    }

    #[test]
    fn a_body_over_16_kib_is_refused_and_one_of_16_kib_is_read() {
        let body = |length: usize| format!("{{\"a\": \"{}\"}}", "x".repeat(length - 9));
        assert!(fields(&body(16 * 1024)).is_ok());
        assert_eq!(fields(&body(16 * 1024 + 1)).unwrap_err(), Denied::PayloadTooLarge);
    }

    #[test]
    fn a_key_that_appears_twice_is_refused_at_any_depth() {
        for body in [r#"{"a": 1, "a": 1}"#, r#"{"x": [{"a": 1, "\u0061": 2}]}"#] {
            let expected = Denied::InvalidRequest("The body is not a JSON object: a key appears twice.".into());
            assert_eq!(fields(body).unwrap_err(), expected, "{body}");
        }
    }

    #[test]
    fn what_is_no_json_object_is_refused_without_quoting_it() {
        for body in ["", "{", "[]", "\"secret\"", "{\"a\": secret}", "{} {}", "{\"a\": 1,}", &"[".repeat(10_000)] {
            let Err(Denied::InvalidRequest(message)) = fields(body) else { panic!("{body}") };
            assert!(!message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn a_field_of_the_wrong_kind_is_named() {
        let fields = fields(r#"{"a": 1, "b": "", "c": [1], "d": "true", "e": null}"#).unwrap();
        let complaint = |denied: Denied| match denied {
            Denied::InvalidRequest(message) => message,
            other => panic!("{other:?}"),
        };
        assert_eq!(complaint(fields.text("a").unwrap_err()), "The field \"a\" must be a string that is not empty.");
        assert_eq!(complaint(fields.text("b").unwrap_err()), "The field \"b\" must be a string that is not empty.");
        assert_eq!(complaint(fields.texts("c").unwrap_err()), "The field \"c\" must be an array of strings.");
        assert_eq!(complaint(fields.flag("d").unwrap_err()), "The field \"d\" must be true or false.");
        assert_eq!(fields.optional_text("e").unwrap(), None);
    }

    #[test]
    fn a_form_is_read_and_a_parameter_that_comes_twice_is_refused() {
        let form = |body| request(Some("application/x-www-form-urlencoded; charset=UTF-8"), body).form();
        let parameters = form("email=ada%2Bx%40example.com&empty=&name=A+B").unwrap();
        assert_eq!(parameters.find("email"), Some("ada+x@example.com"));
        assert_eq!(parameters.find("name"), Some("A B"));
        assert_eq!(parameters.find("empty"), None);
        assert!(matches!(form("a=1&%61=2"), Err(Denied::InvalidRequest(_))));
        assert_eq!(request(Some("application/json"), "a=1").form().unwrap_err(), Denied::UnsupportedMediaType);
        assert_eq!(form(&format!("a={}", "x".repeat(16 * 1024))).unwrap_err(), Denied::PayloadTooLarge);
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
            assert_eq!(with_authorization(values, uri).unwrap_err(), Denied::Unauthorized, "{values:?}");
        }
        for values in [&["Bearer a", "Bearer a"][..], &["Bearer a,Bearer b"]] {
            assert!(matches!(with_authorization(values, uri), Err(Denied::InvalidRequest(_))), "{values:?}");
        }
    }
}
