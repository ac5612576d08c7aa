//! One HTTP request, byte for byte as the test wants it.

use std::net::{Ipv4Addr, SocketAddr};

use base64::prelude::{BASE64_STANDARD, Engine};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpSocket;

use super::Answer;

/// A request that has not been sent yet.
#[derive(Clone)]
pub struct Call {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Call {
    pub fn new(method: &'static str, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            headers: vec![("user-agent", "doorward-tests/1".to_owned())],
            body: Vec::new(),
        }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }

    pub fn post(path: impl Into<String>) -> Self {
        Self::new("POST", path)
    }

    pub fn delete(path: impl Into<String>) -> Self {
        Self::new("DELETE", path)
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub fn basic(self, user: &str, password: &str) -> Self {
        self.header("authorization", format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}"))))
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    /// Opens a connection of its own, sends, and reads the whole answer.
    pub async fn send(self, from: Ipv4Addr, to: SocketAddr) -> Answer {
        Line::open(from, to).await.send(self).await
    }
}

/// An open connection, for races: everybody is connected before anybody sends.
pub struct Line {
    sender: SendRequest<Full<Bytes>>,
    to: SocketAddr,
}

impl Line {
    pub async fn open(from: Ipv4Addr, to: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((from, 0).into()).unwrap();
        let stream = socket.connect(to).await.unwrap_or_else(|error| panic!("nobody listens at {to}: {error}"));
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self { sender, to }
    }

    pub async fn send(mut self, call: Call) -> Answer {
        let what = format!("{} {}", call.method, call.path);
        let mut request = Request::builder().method(call.method).uri(&call.path).header("host", self.to.to_string());
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(call.body))).unwrap();
        let answer =
            self.sender.send_request(request).await.unwrap_or_else(|error| panic!("{what} got no answer: {error}"));
        let (head, body) = answer.into_parts();
        let body = body.collect().await.unwrap_or_else(|error| panic!("{what} broke off: {error}")).to_bytes();
        let answer = Answer { what, status: head.status.as_u16(), headers: head.headers, body };
        super::openapi::foresees(&answer);
        answer
    }
}
