//! The HTTP client for AWS: HTTP/1.1, which is all that its endpoints are asked in, over TLS that trusts Amazon alone.

use std::error::Error;
use std::io;
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::ErrorKind;
use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::{CaptureConnection, HttpConnector as TcpConnector, capture_connection};
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::net::TcpStream;
use tower::timeout::Timeout;
use tower::timeout::error::Elapsed;
use tower::util::BoxCloneSyncService;

use crate::adapter::{budget, tls};

/// A client for every service, with one pool of connections. A scheme without TLS is for the stand-ins of a local stack.
///
/// # Errors
///
/// When TLS cannot be set up.
pub fn http_client() -> Result<SharedHttpClient, BoxError> {
    let connector = SharedHttpConnector::new(BoundedConnector::new()?);
    Ok(http_client_fn(move |_, _| connector.clone()))
}

/// Calls that end when the request's time does, whatever the SDK would like to try again.
#[derive(Debug)]
struct BoundedConnector(Client<BoxCloneSyncService<Uri, MaybeHttpsStream<TokioIo<TcpStream>>, BoxError>, SdkBody>);

impl BoundedConnector {
    fn new() -> Result<Self, BoxError> {
        let mut roots = RootCertStore::empty();
        for root in CertificateDer::pem_slice_iter(AMAZON_ROOTS) {
            roots.add(root?)?;
        }
        let mut tcp = TcpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let connecting = Timeout::new(HttpsConnector::from((tcp, tls::trusting(roots)?)), TO_CONNECT);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(MAX_IDLE)
            .build(BoxCloneSyncService::new(connecting));
        Ok(Self(client))
    }
}

impl HttpConnector for BoundedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let connection = capture_connection(&mut request);
        if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
            capture.set_connection_retriever(move || poisonable(&connection));
        }
        let answer = budget::bounded(self.0.request(request));
        HttpConnectorFuture::new(async move {
            let answer = answer.await.ok_or_else(|| ConnectorError::timeout("the request ran out of time".into()))?;
            let response = answer.map_err(broken)?.map(SdkBody::from_body_1_x);
            HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// The connection that a request went by, which the SDK takes out of the pool after a failure that may be its fault.
fn poisonable(connection: &CaptureConnection) -> Option<ConnectionMetadata> {
    connection.connection_metadata().as_ref()?;
    let connection = connection.clone();
    let poison = move || connection.connection_metadata().iter().for_each(|connected| connected.poison());
    Some(ConnectionMetadata::builder().proxied(false).poison_fn(poison).build())
}

/// What the SDK shall think of an error, which decides whether it tries again; in this, `aws-smithy-http-client` is
/// followed.
fn broken(error: ClientError) -> ConnectorError {
    let kind: fn(BoxError) -> ConnectorError = match find::<hyper::Error>(&error) {
        _ if find::<Elapsed>(&error).is_some() => ConnectorError::timeout,
        Some(http) if http.is_timeout() => ConnectorError::timeout,
        Some(http) if http.is_user() => ConnectorError::user,
        Some(http) if http.is_closed() || http.is_canceled() || find::<io::Error>(http).is_some() => ConnectorError::io,
        Some(http) if http.is_incomplete_message() => {
            |error| ConnectorError::other(error, Some(ErrorKind::TransientError))
        }
        None if error.is_connect() || find::<io::Error>(&error).is_some() => ConnectorError::io,
        _ => |error| ConnectorError::other(error, None),
    };
    kind(error.into())
}

/// The first `E` among an error and its causes.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref())
}

/// The TLS handshake included.
const TO_CONNECT: Duration = Duration::from_secs(1);

/// A frozen environment keeps connections that the other side, or what is between, has long forgotten.
const MAX_IDLE: Duration = Duration::from_secs(20);

/// The certificate authorities that sign AWS endpoints (Amazon Trust Services repository).
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon_roots.pem");

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A server whose connections, counted from 1, are served so; and its port.
    async fn served<F: Future<Output = ()> + Send + 'static>(
        serve: impl Fn(TcpStream, usize) -> F + Send + 'static,
    ) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            for count in 1.. {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, count));
            }
        });
        port
    }

    async fn hears(stream: &mut TcpStream) -> bool {
        stream.read(&mut [0; 1024]).await.unwrap_or_default() > 0
    }

    /// Answers every request with how many connections there were.
    async fn counts(mut stream: TcpStream, count: usize) {
        while hears(&mut stream).await {
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx-count: {count}\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    }

    fn request(url: &str) -> HttpRequest {
        http::Request::post(url).body(SdkBody::from("{}")).unwrap().try_into().unwrap()
    }

    async fn refused(url: &str) -> ConnectorError {
        BoundedConnector::new().unwrap().call(request(url)).await.unwrap_err()
    }

    #[tokio::test]
    async fn where_nobody_listens_the_sdk_tries_again() {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let error = refused(&format!("http://127.0.0.1:{port}/")).await;
        assert!(error.is_io(), "{error:?}");
    }

    #[tokio::test]
    async fn where_no_answer_comes_the_sdk_tries_again() {
        let port = served(|mut stream, _| async move {
            hears(&mut stream).await;
        });
        let error = refused(&format!("http://127.0.0.1:{}/", port.await)).await;
        assert_eq!(error.as_other(), Some(ErrorKind::TransientError), "{error:?}");
    }

    #[tokio::test]
    async fn a_handshake_that_hangs_is_given_up_after_a_second() {
        let port = served(|mut stream, _| async move { while hears(&mut stream).await {} });
        let error = refused(&format!("https://127.0.0.1:{}/", port.await)).await;
        assert!(error.is_timeout(), "{error:?}");
    }

    #[tokio::test]
    async fn what_is_not_tls_is_not_spoken_to_as_if_it_were() {
        let error = refused(&format!("https://127.0.0.1:{}/", served(counts).await)).await;
        assert!(error.is_io(), "{error:?}");
    }

    #[tokio::test]
    async fn a_connection_is_used_again_until_it_is_poisoned() {
        let connector = BoundedConnector::new().unwrap();
        let url = format!("http://127.0.0.1:{}/", served(counts).await);
        for (count, poisons) in [("1", false), ("1", true), ("2", false)] {
            let (mut request, connection) = (request(&url), CaptureSmithyConnection::new());
            request.add_extension(connection.clone());
            let answer = connector.call(request).await.unwrap();
            assert_eq!(answer.headers().get("x-count"), Some(count));
            if poisons {
                connection.get().unwrap().poison();
            }
            // Only a body that was read gives its connection back, and it does so in its own time.
            drop(answer);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
