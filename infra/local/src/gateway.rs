//! The HTTP API in front of the functions.

pub mod answer;
pub mod cors;
pub mod event;
pub mod routes;
pub mod throttle;

use crate::clock;
use crate::lambda::pool::{Invocation, Pool};
use crate::random;
use crate::template::Deployment;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use cors::Cors;
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use routes::Routes;
use serde_json::json;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use throttle::Throttle;

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
}

impl Gateway {
    /// The API that the template describes.
    pub fn new(deployment: &Deployment, functions: BTreeMap<String, Arc<Pool>>) -> Self {
        Self {
            routes: Routes::new(deployment.routes.clone()),
            cors: deployment.cors.clone(),
            throttle: deployment.throttle.map(|(rate, burst)| Throttle::new(rate, burst)),
            functions,
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
        let mut response = self
            .call(&parts, body, source, &request_id)
            .await
            .unwrap_or_else(refusal);
        if let Ok(request_id) = HeaderValue::from_str(&request_id) {
            response.headers_mut().insert("apigw-requestid", request_id);
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
        let route = self
            .routes
            .find(parts.method.as_str(), parts.uri.path())
            .ok_or(StatusCode::NOT_FOUND)?;
        if self
            .throttle
            .as_ref()
            .is_some_and(|throttle| !throttle.admits(clock::since_epoch()))
        {
            return Err(StatusCode::TOO_MANY_REQUESTS);
        }
        let body = read(body).await?;
        let function = self
            .functions
            .get(route.function)
            .cloned()
            .ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
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
    if length > MAX_PAYLOAD {
        Err(StatusCode::PAYLOAD_TOO_LARGE)
    } else {
        Ok(bytes.freeze())
    }
}

/// API Gateway's own error answers.
fn refusal(status: StatusCode) -> Response<Body> {
    let message = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
        _ => status.canonical_reason().unwrap_or_default(),
    };
    let mut response = Response::new(Body::from(json!({"message": message}).to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
