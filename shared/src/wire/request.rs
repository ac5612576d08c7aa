//! What every contract reads the same way: the caller, the body, the credentials.

use std::fmt;

use lambda_http::request::RequestContext;
use lambda_http::{Body, RequestExt};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::caller::Caller;
use crate::clock::Timestamp;
use crate::email::EmailAddress;
use crate::failure::Denied;
use crate::secret::Secret;

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

    /// Method and path segments, to match on.
    pub fn route(&self) -> (&str, Vec<&str>) {
        let path = self.event.raw_http_path();
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

    /// The bearer token (RFC 6750 section 2.1).
    ///
    /// # Errors
    ///
    /// `Unauthorized` without one; a token in the query, or more than one, is a malformed request.
    pub fn bearer(&self) -> Result<Secret, Denied> {
        let query = self.event.query_string_parameters_ref();
        if query.is_some_and(|query| ["access_token", "token"].iter().any(|name| query.first(name).is_some())) {
            return Err(Denied::InvalidRequest(
                "Tokens do not belong into the address: use the header Authorization.".into(),
            ));
        }
        let mut headers = self.event.headers().get_all("authorization").iter();
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

    fn body(&self) -> &[u8] {
        match self.event.body() {
            Body::Text(text) => text.as_bytes(),
            Body::Binary(bytes) => bytes,
            _ => &[],
        }
    }

    fn is_json(&self) -> bool {
        let header = self.event.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut parts = header.split(';').map(str::trim);
        let media_type = parts.next().is_some_and(|media_type| media_type.eq_ignore_ascii_case("application/json"));
        media_type && parts.all(|parameter| parameter.eq_ignore_ascii_case("charset=utf-8"))
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

/// A body larger than this is refused (SECURITY 16).
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
