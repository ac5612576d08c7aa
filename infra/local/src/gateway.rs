//! The HTTP API in front of the functions.

pub mod answer;
pub mod cors;
pub mod event;
pub mod routes;
pub mod throttle;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::json;

use crate::clock;
use crate::lambda::pool::{Invocation, Pool};
use crate::lambda::watch::Watch;
use crate::random;
use crate::template::Deployment;
use cors::Cors;
use routes::Routes;
use throttle::Throttle;

/// The header in which API Gateway tells a request's id.
pub const REQUEST_ID: &str = "apigw-requestid";
/// The longest that API Gateway waits for a function.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(29);
/// The largest request that API Gateway takes.
const MAX_PAYLOAD: usize = 10 * 1024 * 1024;
/// How much of a larger one is read before the connection ends.
const MAX_DISCARDED: usize = 4 * MAX_PAYLOAD;

/// Routes, CORS and throttling of the template, with the functions behind them.
pub struct Gateway {
    routes: Routes,
    cors: Option<Cors>,
    throttle: Option<Throttle>,
    functions: BTreeMap<String, Arc<Pool>>,
    watch: Option<Arc<Watch>>,
}

impl Gateway {
    /// The API that the template describes.
    pub fn new(deployment: &Deployment, functions: BTreeMap<String, Arc<Pool>>, watch: Option<Arc<Watch>>) -> Self {
        Self {
            routes: Routes::new(deployment.routes.clone()),
            cors: deployment.cors.clone(),
            throttle: deployment.throttle.map(|(rate, burst)| Throttle::new(rate, burst)),
            functions,
            watch,
        }
    }

    /// Answers a request that came from this address.
    pub async fn answer(&self, request: Request<Body>, source: IpAddr) -> Response<Body> {
        let (parts, body) = request.into_parts();
        if let Some(cors) = self.cors.as_ref().filter(|_| Cors::is_preflight(&parts)) {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            *response.headers_mut() = cors.preflight(&parts.headers);
            return response;
        }
        let request_id = random::uuid().unwrap_or_default();
        let mut response = self.call(&parts, body, source, &request_id).await.unwrap_or_else(refusal);
        if let Ok(request_id) = HeaderValue::from_str(&request_id) {
            response.headers_mut().insert(REQUEST_ID, request_id);
        }
        if let Some(cors) = &self.cors {
            cors.write_headers(&parts.headers, response.headers_mut());
        }
        response
    }

    async fn call(
        &self,
        parts: &Parts,
        body: Body,
        source: IpAddr,
        request_id: &str,
    ) -> Result<Response<Body>, StatusCode> {
        let route = self.routes.find(parts.method.as_str(), parts.uri.path()).ok_or(StatusCode::NOT_FOUND)?;
        if self.throttle.as_ref().is_some_and(|throttle| !throttle.admits(clock::since_epoch())) {
            return Err(StatusCode::TOO_MANY_REQUESTS);
        }
        let body = read(body).await?;
        let function = self.functions.get(route.function).cloned().ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
        // Before the time that a function has begins.
        if let Some(watch) = self.watch.clone() {
            watch.catch_up(route.function.to_owned()).await;
        }
        let event = event::build(parts, &body, &route, source, request_id).to_string();
        // A task of its own: a function goes on with its work when the caller or the gateway stops waiting.
        let invocation = tokio::spawn(async move { function.invoke(event.into()).await });
        match tokio::time::timeout(INTEGRATION_TIMEOUT, invocation).await {
            Ok(Ok(Invocation::Answered(payload))) => {
                answer::response(&payload).ok_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
            Ok(_) => Err(StatusCode::INTERNAL_SERVER_ERROR),
            Err(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
        }
    }
}

/// Reads a body to its end even when it is too large: a client that is still sending would not see the refusal.
async fn read(mut body: Body) -> Result<Bytes, StatusCode> {
    let mut bytes = BytesMut::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() else {
            continue;
        };
        length += data.len();
        if length <= MAX_PAYLOAD {
            bytes.extend_from_slice(&data);
        } else if length > MAX_DISCARDED {
            break;
        }
    }
    if length > MAX_PAYLOAD { Err(StatusCode::PAYLOAD_TOO_LARGE) } else { Ok(bytes.freeze()) }
}

/// API Gateway's own error answers.
fn refusal(status: StatusCode) -> Response<Body> {
    let message = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
        _ => status.canonical_reason().unwrap_or_default(),
    };
    let mut response = Response::new(Body::from(json!({"message": message}).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;
    use crate::gateway::routes::RouteKey;

    fn gateway(throttle: Option<(f64, f64)>) -> Gateway {
        let cors = Cors::from_template(&json!({"AllowOrigins": ["https://app.example.com"], "AllowMethods": ["POST"]}));
        let deployment = Deployment {
            functions: vec![],
            routes: vec![(RouteKey::parse("POST /v1/auth/login").unwrap(), "login".to_owned())],
            tables: vec![],
            secrets: vec![],
            cors: Some(cors),
            throttle,
        };
        Gateway::new(&deployment, BTreeMap::new(), None)
    }

    async fn answer(gateway: &Gateway, request: http::request::Builder, body: Body) -> (u16, String) {
        let response = gateway.answer(request.body(body).unwrap(), IpAddr::from([127, 0, 0, 1])).await;
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    fn message(status: u16, message: &str) -> (u16, String) {
        (status, format!(r#"{{"message":"{message}"}}"#))
    }

    #[tokio::test]
    async fn an_unknown_route_or_method_is_not_found() {
        let gateway = gateway(None);
        for request in
            [Request::post("/v1/auth/nothing"), Request::put("/v1/auth/login"), Request::post("/v1/auth/login/")]
        {
            assert_eq!(answer(&gateway, request, Body::empty()).await, message(404, "Not Found"));
        }
    }

    #[tokio::test]
    async fn a_payload_may_be_ten_megabytes_and_no_more() {
        let gateway = gateway(None);
        let login = || Request::post("/v1/auth/login");
        let too_large = answer(&gateway, login(), vec![0; MAX_PAYLOAD + 1].into()).await;
        assert_eq!(too_large, message(413, "Request Entity Too Large"));
        // There is no function behind this gateway.
        let largest = answer(&gateway, login(), vec![0; MAX_PAYLOAD].into()).await;
        assert_eq!(largest, message(500, "Internal Server Error"));
    }

    #[tokio::test]
    async fn more_than_the_stage_allows_is_too_many() {
        let gateway = gateway(Some((0.001, 1.0)));
        assert_eq!(answer(&gateway, Request::post("/v1/auth/login"), Body::empty()).await.0, 500);
        let second = answer(&gateway, Request::post("/v1/auth/login"), Body::empty()).await;
        assert_eq!(second, message(429, "Too Many Requests"));
    }

    #[tokio::test]
    async fn a_preflight_is_answered_without_a_function() {
        let request = Request::options("/v1/auth/login")
            .header("Origin", "https://app.example.com")
            .header("Access-Control-Request-Method", "POST");
        let response = gateway(None).answer(request.body(Body::empty()).unwrap(), IpAddr::from([127, 0, 0, 1])).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example.com");
    }

    #[tokio::test]
    async fn a_refusal_can_be_read_by_an_allowed_origin_too() {
        let request =
            Request::post("/nothing").header("Origin", "https://app.example.com").body(Body::empty()).unwrap();
        let response = gateway(None).answer(request, IpAddr::from([127, 0, 0, 1])).await;
        assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example.com");
    }
}
