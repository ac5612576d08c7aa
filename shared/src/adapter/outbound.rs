//! The one way out to providers: no redirects, bounded in time and size, and to public addresses only.

pub mod directory;

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_core::future::BoxFuture;
use http::HeaderValue;
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use rustls::RootCertStore;
use serde_json::Value;
use url::{Host, Url};

use domain::error::{Dependency, Fault};
use domain::provider::pushed::{Form, FormResponse};
use domain::secret::Secret;

use crate::adapter::{budget, tls};
use crate::config::OutboundPolicy;

/// The HTTP client for providers.
#[derive(Clone, Debug)]
pub struct Outbound {
    client: reqwest::Client,
    policy: OutboundPolicy,
}

impl Outbound {
    /// A client under `policy`, which trusts the public certificate authorities.
    ///
    /// # Errors
    ///
    /// When TLS cannot be set up.
    pub fn new(policy: OutboundPolicy) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        #[expect(clippy::disallowed_methods, reason = "the one place where the HTTP client is built")]
        let builder = reqwest::Client::builder();
        let client = builder
            .tls_backend_preconfigured(tls::trusting(roots)?)
            .redirect(Policy::none())
            .connect_timeout(Duration::from_secs(3))
            .timeout(Duration::from_secs(4))
            // A frozen environment keeps connections that the other side has long closed, and a code is redeemed once.
            .pool_idle_timeout(Duration::from_secs(5))
            .https_only(policy == OutboundPolicy::Public)
            .no_proxy()
            .user_agent(concat!("doorward/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(PolicedResolver(policy))
            .build()?;
        Ok(Self { client, policy })
    }

    /// Sends `request` and reads at most 1 MiB of the answer, whatever its status.
    ///
    /// # Errors
    ///
    /// When the address is not allowed, nothing answers in time, or too much is answered.
    pub fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, Fault>> {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let url = Url::parse(&parts.uri.to_string()).map_err(|error| unanswered("?", error))?;
            let host = url.host_str().unwrap_or_default().to_owned();
            if !self.policy.allows(&url) {
                return Err(unanswered(&host, "the outbound policy allows https at public addresses only"));
            }
            let request = self.client.request(parts.method, url).headers(parts.headers).body(body);
            let answer = budget::bounded(exchange(request, &host)).await;
            answer.unwrap_or_else(|| Err(unanswered(&host, "no answer before the request ran out of time")))
        })
    }

    /// Sends `form` and reads what is answered, whatever its status.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn submit(&self, form: &Form) -> Result<FormResponse, Fault> {
        let request = http::Request::post(&form.url)
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded");
        let request =
            form.authorization.iter().fold(request, |request, by| request.header("authorization", by.reveal()));
        let request = request.body(form.body.reveal().as_bytes().to_vec());
        let (parts, body) = self.send(request.map_err(|_| not_a_url())?).await?.into_parts();
        Ok(FormResponse { status: parts.status.as_u16(), body })
    }

    /// Asks `question` with a bearer token and reads the JSON that answers it.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), and for any status but 200 and anything but JSON.
    pub async fn json(&self, question: &ApiRequest<'_>, bearer: &Secret) -> Result<Value, Fault> {
        self.document(question.request().header("authorization", format!("Bearer {}", bearer.reveal()))).await
    }

    /// Asks about a person with a bearer token, and reads what is told in JSON or as a JWT, which nobody has verified yet.
    ///
    /// # Errors
    ///
    /// As [`json`](Self::json), but for a JWT.
    pub async fn userinfo(&self, url: &str, bearer: &Secret) -> Result<UserinfoResponse, Fault> {
        let request = http::Request::get(url)
            .header("accept", "application/json, application/jwt")
            .header("authorization", format!("Bearer {}", bearer.reveal()));
        let (host, answer) = self.asked(request).await?;
        match answer.status().as_u16() == 200 && is_jwt(&answer) {
            true => Ok(UserinfoResponse::Jwt(Secret::new(String::from_utf8_lossy(answer.body()).trim()))),
            false => read_json(&host, &answer).map(UserinfoResponse::Json),
        }
    }

    /// Asks `question` with a bearer token that need not open it; `None` when it does not (403, 404).
    ///
    /// # Errors
    ///
    /// As [`json`](Self::json), but for those two.
    pub async fn json_if_allowed(&self, question: &ApiRequest<'_>, bearer: &Secret) -> Result<Option<Value>, Fault> {
        let request = question.request().header("authorization", format!("Bearer {}", bearer.reveal()));
        self.answer(request, &[403, 404]).await
    }

    /// Asks `question` with a bearer token that may be none; `None` when it is refused.
    ///
    /// # Errors
    ///
    /// As [`json`](Self::json), but for the statuses that say that nobody knows the token.
    pub async fn json_if_known(&self, question: &ApiRequest<'_>, bearer: &Secret) -> Result<Option<Value>, Fault> {
        let authorization = HeaderValue::from_str(&format!("Bearer {}", bearer.reveal()));
        // What fits into no header was never a token of theirs.
        let Ok(authorization) = authorization else { return Ok(None) };
        self.answer(question.request().header("authorization", authorization), &[400, 401, 403, 404]).await
    }

    /// Reads a JSON document that is there for everybody.
    ///
    /// # Errors
    ///
    /// As [`json`](Self::json).
    pub async fn public_json(&self, url: &str) -> Result<Value, Fault> {
        self.document(ApiRequest::get(url).request()).await
    }

    async fn document(&self, request: http::request::Builder) -> Result<Value, Fault> {
        Ok(self.answer(request, &[]).await?.unwrap_or_default())
    }

    /// The JSON that answers `request`; `None` for the statuses that mean no.
    async fn answer(&self, request: http::request::Builder, no: &[u16]) -> Result<Option<Value>, Fault> {
        let (host, answer) = self.asked(request).await?;
        match no.contains(&answer.status().as_u16()) {
            true => Ok(None),
            false => read_json(&host, &answer).map(Some),
        }
    }

    /// Whatever answers `request`, and from which host.
    async fn asked(&self, request: http::request::Builder) -> Result<(String, HttpResponse), Fault> {
        let request = request.body(Vec::new()).map_err(|_| not_a_url())?;
        let host = request.uri().host().unwrap_or_default().to_owned();
        Ok((host, self.send(request).await?))
    }
}

/// What userinfo told of a person (OpenID Connect Core section 5.3.2).
#[derive(Debug)]
pub enum UserinfoResponse {
    /// Plainly.
    Json(Value),
    /// In a JWT that nobody has verified yet.
    Jwt(Secret),
}

/// Something that a provider is asked.
#[derive(Clone, Copy, Debug)]
pub struct ApiRequest<'a> {
    /// The URL.
    pub url: &'a str,
    /// Whether by POST, with an empty body.
    pub post: bool,
    /// With which headers.
    pub headers: &'a [(String, String)],
}

impl<'a> ApiRequest<'a> {
    /// A plain question by GET.
    pub const fn get(url: &'a str) -> Self {
        Self { url, post: false, headers: &[] }
    }

    fn request(&self) -> http::request::Builder {
        let request = if self.post { http::Request::post(self.url) } else { http::Request::get(self.url) };
        let request = request.header("accept", "application/json");
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }
}

impl<'c> AsyncHttpClient<'c> for Outbound {
    type Error = Fault;
    type Future = BoxFuture<'c, Result<HttpResponse, Fault>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        self.send(request)
    }
}

impl OutboundPolicy {
    fn allows(self, url: &Url) -> bool {
        match self {
            Self::Any => matches!(url.scheme(), "http" | "https"),
            Self::Public => {
                let host = match url.host() {
                    // A literal address is never resolved, so that the resolver would not see it.
                    Some(Host::Ipv4(address)) => is_public(address.into()),
                    Some(Host::Ipv6(address)) => is_public(address.into()),
                    Some(Host::Domain(_)) => true,
                    None => false,
                };
                url.scheme() == "https" && host
            }
        }
    }
}

/// Resolves names by the system, and lets none lead to an address that the policy does not allow: what is checked is
/// what is connected to, so that an answer cannot change in between.
struct PolicedResolver(OutboundPolicy);

impl Resolve for PolicedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.filter(|address| policy == OutboundPolicy::Any || is_public(address.ip())).collect();
            if allowed.is_empty() {
                return Err("the name has no public address".into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is reachable by everybody: neither loopback, private, link-local, shared, reserved, multicast nor
/// a documentation address (IANA special-purpose registries), in either family or one mapped into the other.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            !(v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_multicast()
                || v4.is_documentation()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (18..20).contains(&b)))
        }
        IpAddr::V6(v6) => {
            if let Some(v4) = v6.to_ipv4_mapped() {
                return is_public(v4.into());
            }
            // Global unicast is 2000::/3; inside it, Teredo, documentation and 6to4 lead elsewhere.
            let [first, second, ..] = v6.segments();
            (first & 0xe000) == 0x2000
                && first != 0x2002
                && !(first == 0x2001 && (second < 0x0200 || second == 0x0db8))
                && first != 0x3fff
        }
    }
}

/// Sends `request` and reads what is answered.
async fn exchange(request: reqwest::RequestBuilder, host: &str) -> Result<HttpResponse, Fault> {
    let mut answer = request.send().await.map_err(|error| unanswered(host, error.without_url()))?;
    let mut response = http::Response::new(Vec::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    while let Some(chunk) = answer.chunk().await.map_err(|error| unanswered(host, error.without_url()))? {
        if response.body().len() + chunk.len() > MAX_BYTES {
            return Err(unanswered(host, "the answer is larger than 1 MiB"));
        }
        response.body_mut().extend_from_slice(&chunk);
    }
    Ok(response)
}

fn is_jwt(answer: &HttpResponse) -> bool {
    let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/jwt"))
}

fn read_json(host: &str, answer: &HttpResponse) -> Result<Value, Fault> {
    match answer.status().as_u16() {
        200 => serde_json::from_slice(answer.body()).map_err(|_| unanswered(host, "the answer is not JSON")),
        status => Err(unanswered(host, format!("status {status}"))),
    }
}

fn not_a_url() -> Fault {
    unanswered("?", "the address is not a URL")
}

fn unanswered(host: &str, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Fault {
    Fault::new(Dependency::Provider, host).because(cause)
}

const MAX_BYTES: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_everybody_reaches_are_public() {
        for address in ["8.8.8.8", "140.82.121.4", "2606:4700::1111", "2a00:1450::1"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "2001:db8::1",
            "2002:7f00:1::",
            "2001::1",
            "64:ff9b::7f00:1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn the_public_policy_wants_https_and_no_literal_private_address() {
        let allows = |url: &str| OutboundPolicy::Public.allows(&Url::parse(url).unwrap());
        assert!(allows("https://idp.example/token"));
        for url in ["http://idp.example/", "https://127.0.0.1/", "https://[::1]/", "https://2130706433/", "file:///etc"]
        {
            assert!(!allows(url), "{url}");
        }
    }
}
