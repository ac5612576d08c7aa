//! How a service of AWS answers with an error.

use axum::body::Body;
use axum::response::IntoResponse;
use http::{Response, StatusCode};
use serde_json::json;

/// An error as AWS's JSON protocols write it.
#[derive(Debug)]
pub struct ServiceError {
    pub kind: &'static str,
    pub message: String,
}

impl ServiceError {
    /// An error of this type.
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response<Body> {
        let status = match self.kind {
            "InternalServiceError" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        let headers = [("content-type", AMZ_JSON), ("x-amzn-errortype", self.kind)];
        let body = json!({"__type": self.kind, "message": self.message, "Message": self.message});
        (status, headers, body.to_string()).into_response()
    }
}

pub const AMZ_JSON: &str = "application/x-amz-json-1.1";
