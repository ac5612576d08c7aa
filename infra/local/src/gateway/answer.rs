//! A function's answer in payload format 2.0 as an HTTP response.

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_TYPE, SET_COOKIE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::Value;

/// The response that the function meant, or `None` where API Gateway would call the answer malformed.
pub fn response(payload: &[u8]) -> Option<Response<Body>> {
    let answer: Value = serde_json::from_slice(payload).ok()?;
    if answer.get("statusCode").is_none() {
        // Anything else that is JSON is a body in itself.
        let text = answer.as_str().map_or_else(|| answer.to_string(), str::to_owned);
        return Response::builder().header(CONTENT_TYPE, "application/json").body(text.into()).ok();
    }
    let status = match &answer["statusCode"] {
        Value::Number(number) => u16::try_from(number.as_u64()?).ok()?,
        Value::String(digits) => digits.parse().ok()?,
        _ => return None,
    };
    let mut response = Response::new(body(&answer)?);
    *response.status_mut() = StatusCode::from_u16(status).ok().filter(|status| status.as_u16() < 600)?;

    let headers = response.headers_mut();
    for (name, value) in object(&answer["headers"])? {
        headers.insert(header_name(name)?, header_value(value)?);
    }
    for (name, values) in object(&answer["multiValueHeaders"])? {
        let name = header_name(name)?;
        headers.remove(&name);
        for value in values.as_array()? {
            headers.append(&name, header_value(value)?);
        }
    }
    for cookie in array(&answer["cookies"])? {
        headers.append(SET_COOKIE, header_value(cookie)?);
    }
    // The connection's own business, whatever the function says.
    for name in [http::header::CONTENT_LENGTH, http::header::TRANSFER_ENCODING, http::header::CONNECTION] {
        headers.remove(name);
    }
    headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("text/plain; charset=utf-8"));
    Some(response)
}

fn body(answer: &Value) -> Option<Body> {
    let text = match &answer["body"] {
        Value::Null => "",
        Value::String(text) => text,
        _ => return None,
    };
    match &answer["isBase64Encoded"] {
        Value::Bool(true) => STANDARD.decode(text).ok().map(Body::from),
        Value::Bool(false) | Value::Null => Some(Body::from(text.to_owned())),
        _ => None,
    }
}

fn object(value: &Value) -> Option<impl Iterator<Item = (&String, &Value)>> {
    (value.is_object() || value.is_null()).then(|| value.as_object().into_iter().flatten())
}

fn array(value: &Value) -> Option<impl Iterator<Item = &Value>> {
    (value.is_array() || value.is_null()).then(|| value.as_array().into_iter().flatten())
}

fn header_name(name: &str) -> Option<HeaderName> {
    HeaderName::from_bytes(name.as_bytes()).ok()
}

fn header_value(value: &Value) -> Option<HeaderValue> {
    match value {
        Value::String(text) => HeaderValue::from_bytes(text.as_bytes()).ok(),
        Value::Number(_) | Value::Bool(_) => HeaderValue::from_str(&value.to_string()).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(answer: &Value) -> Option<(u16, Vec<(String, String)>)> {
        let response = response(answer.to_string().as_bytes())?;
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        Some((response.status().as_u16(), headers))
    }

    async fn read_body(answer: &Value) -> Vec<u8> {
        let response = response(answer.to_string().as_bytes()).unwrap();
        axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn each_cookie_gets_a_header_of_its_own() {
        let answer = json!({"statusCode": 204, "headers": {"X-A": 1}, "cookies": ["a=1", "b=2; Secure"]});
        let (status, headers) = read(&answer).unwrap();
        assert_eq!(status, 204);
        for expected in [pair("x-a", "1"), pair("set-cookie", "a=1"), pair("set-cookie", "b=2; Secure")] {
            assert!(headers.contains(&expected), "{expected:?} in {headers:?}");
        }
    }

    #[test]
    fn several_values_of_one_header_replace_the_single_one() {
        let answer = json!({"statusCode": 200, "headers": {"x-a": "1"}, "multiValueHeaders": {"x-a": ["1", "2"]}});
        let (_, headers) = read(&answer).unwrap();
        assert_eq!(headers.iter().filter(|(name, _)| name == "x-a").count(), 2);
    }

    #[tokio::test]
    async fn a_base64_body_is_decoded() {
        let answer = json!({"statusCode": 200, "isBase64Encoded": true, "body": "AP8="});
        assert_eq!(read_body(&answer).await, [0, 255]);
    }

    #[tokio::test]
    async fn json_without_a_status_code_is_a_body() {
        assert_eq!(read_body(&json!({"a": 1})).await, br#"{"a":1}"#);
        assert_eq!(read(&json!({"a": 1})).unwrap(), (200, vec![pair("content-type", "application/json")]));
    }

    #[test]
    fn malformed_answers_are_no_responses() {
        assert!(response(b"not json").is_none());
        for answer in [
            json!({"statusCode": "many"}),
            json!({"statusCode": 42}),
            json!({"statusCode": 700}),
            json!({"statusCode": 200, "headers": ["a"]}),
            json!({"statusCode": 200, "headers": {"a": {}}}),
            json!({"statusCode": 200, "headers": {"bad name": "x"}}),
            json!({"statusCode": 200, "headers": {"a": "line\nbreak"}}),
            json!({"statusCode": 200, "cookies": "a=1"}),
            json!({"statusCode": 200, "body": {"not": "text"}}),
            json!({"statusCode": 200, "body": "!", "isBase64Encoded": true}),
        ] {
            assert!(read(&answer).is_none(), "{answer}");
        }
    }
}
