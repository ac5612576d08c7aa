//! The event that API Gateway's HTTP API hands to a function: payload format 2.0.

use std::collections::BTreeMap;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use http::{HeaderMap, header};
use serde_json::{Map, Value, json};

use crate::clock;
use crate::gateway::routes::{Match, decode};
use crate::template::ACCOUNT;

/// The event for a request. `source` is the address that the connection came from: the only one that a function may
/// trust.
pub fn build(parts: &Parts, body: &[u8], route: &Match<'_>, source: IpAddr, request_id: &str) -> Value {
    let now = clock::since_epoch();
    let host = text(&parts.headers, header::HOST).unwrap_or("localhost");
    let domain = host.rsplit_once(':').map_or(host, |(domain, _)| domain);
    let path = decode(parts.uri.path());
    let query = parts.uri.query().unwrap_or_default();
    let route_key = route.key.to_string();

    let mut event = json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(&parts.headers, source, host),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": domain,
            "domainPrefix": domain.split('.').next(),
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": format!("{:?}", parts.version),
                "sourceIp": source.to_string(),
                "userAgent": text(&parts.headers, header::USER_AGENT).unwrap_or_default(),
            },
            "requestId": request_id,
            "routeKey": route_key,
            "stage": "$default",
            "time": clock::common_log(now),
            "timeEpoch": clock::epoch_millis(),
        },
        "isBase64Encoded": false,
    });
    let cookies = cookies(&parts.headers);
    if !cookies.is_empty() {
        event["cookies"] = cookies.into();
    }
    if !query.is_empty() {
        event["queryStringParameters"] = query_parameters(query);
    }
    if !route.parameters.is_empty() {
        event["pathParameters"] = json!(route.parameters);
    }
    if !body.is_empty() {
        let plain = Some(body).filter(|_| is_text(&parts.headers)).and_then(|body| std::str::from_utf8(body).ok());
        event["isBase64Encoded"] = plain.is_none().into();
        event["body"] = plain.map_or_else(|| STANDARD.encode(body), str::to_owned).into();
    }
    event
}

/// Headers that do not reach a function: cookies, which stand in an array of their own, and what concerns the
/// connection alone.
const LEFT_OUT: [header::HeaderName; 6] =
    [header::COOKIE, header::CONNECTION, header::TRANSFER_ENCODING, header::TE, header::TRAILER, header::UPGRADE];

/// Lower-case names, the values of one name joined by commas, cookies taken out; and what API Gateway adds.
fn headers(headers: &HeaderMap, source: IpAddr, host: &str) -> BTreeMap<String, String> {
    let mut result = BTreeMap::new();
    for name in headers.keys().filter(|name| !LEFT_OUT.contains(name)) {
        let values: Vec<_> =
            headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        result.insert(name.as_str().to_owned(), values.join(","));
    }
    result
        .entry("x-forwarded-for".to_owned())
        .and_modify(|earlier| *earlier = format!("{earlier}, {source}"))
        .or_insert_with(|| source.to_string());
    let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
    result.insert("x-forwarded-port".to_owned(), port.to_owned());
    result.insert("x-forwarded-proto".to_owned(), "http".to_owned());
    result
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            value.split(';').map(|cookie| cookie.trim().to_owned()).collect::<Vec<_>>()
        })
        .filter(|cookie| !cookie.is_empty())
        .collect()
}

fn query_parameters(query: &str) -> Value {
    let mut parameters = Map::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match parameters.get_mut(name.as_ref()) {
            Some(Value::String(values)) => {
                values.push(',');
                values.push_str(&value);
            }
            _ => {
                parameters.insert(name.into_owned(), value.into_owned().into());
            }
        }
    }
    parameters.into()
}

/// The content types whose bodies API Gateway hands over as they are. Forms are not among them, nor is a body without
/// a type: both arrive in base64.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = text(headers, header::CONTENT_TYPE).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("text/")
        || matches!(kind.as_str(), "application/json" | "application/xml" | "application/javascript")
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::routes::{RouteKey, Routes};

    fn event(request: http::request::Builder, body: &str) -> Value {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let routes = Routes::new(vec![(RouteKey::parse("ANY /v1/{id}").unwrap(), "session".to_owned())]);
        let route = routes.find(parts.method.as_str(), parts.uri.path()).unwrap();
        build(&parts, body.as_bytes(), &route, IpAddr::from([127, 0, 0, 7]), "request-1")
    }

    #[test]
    fn a_request_becomes_an_event_of_format_2() {
        let request = http::Request::post("/v1/a%20b?x=1&x=2&y=%C3%A9")
            .header("Host", "localhost:9100")
            .header("User-Agent", "test")
            .header("Content-Type", "application/json")
            .header("X-Two", "a")
            .header("X-Two", "b")
            .header("Cookie", "one=1; two=2")
            .header("X-Forwarded-For", "198.51.100.1");
        let mut event = event(request, r#"{"a":1}"#);
        let context = event["requestContext"].as_object_mut().unwrap();
        assert!(context.remove("time").is_some() && context.remove("timeEpoch").unwrap().is_u64());
        assert_eq!(
            event,
            json!({
                "version": "2.0",
                "routeKey": "ANY /v1/{id}",
                "rawPath": "/v1/a b",
                "rawQueryString": "x=1&x=2&y=%C3%A9",
                "cookies": ["one=1", "two=2"],
                "headers": {
                    "host": "localhost:9100",
                    "user-agent": "test",
                    "content-type": "application/json",
                    "x-two": "a,b",
                    "x-forwarded-for": "198.51.100.1, 127.0.0.7",
                    "x-forwarded-port": "9100",
                    "x-forwarded-proto": "http",
                },
                "queryStringParameters": {"x": "1,2", "y": "é"},
                "pathParameters": {"id": "a b"},
                "requestContext": {
                    "accountId": "000000000000",
                    "apiId": "local",
                    "domainName": "localhost",
                    "domainPrefix": "localhost",
                    "http": {
                        "method": "POST", "path": "/v1/a b", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.7",
                        "userAgent": "test",
                    },
                    "requestId": "request-1",
                    "routeKey": "ANY /v1/{id}",
                    "stage": "$default",
                },
                "body": r#"{"a":1}"#,
                "isBase64Encoded": false,
            })
        );
    }

    #[test]
    fn what_a_request_lacks_the_event_lacks() {
        let event = event(http::Request::get("/v1/a"), "");
        for absent in ["cookies", "queryStringParameters", "body"] {
            assert!(event.get(absent).is_none(), "{absent}");
        }
        assert_eq!(event["isBase64Encoded"], false);
    }

    #[test]
    fn a_form_a_body_without_a_type_and_broken_text_arrive_in_base64() {
        let form = http::Request::post("/v1/a").header("Content-Type", "application/x-www-form-urlencoded");
        let event_of_form = event(form, "a=1");
        assert_eq!((&event_of_form["body"], &event_of_form["isBase64Encoded"]), (&json!("YT0x"), &json!(true)));
        assert_eq!(event(http::Request::post("/v1/a"), "a=1")["isBase64Encoded"], true);
        let text = http::Request::post("/v1/a").header("Content-Type", "Text/Plain; charset=utf-8");
        assert_eq!(event(text, "a=1")["body"], "a=1");
    }
}
