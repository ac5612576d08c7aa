//! SES v2's `SendEmail`, without the SDK for all that SES can do, of which this is the only call that is made. What the
//! SDKs do with every call (sign it, try it again, bound its time) is done by their own runtime here, too.

use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{self, SigV4AuthScheme};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::recursion_detection::RecursionDetectionInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime::client::stalled_stream_protection::StalledStreamProtectionInterceptor;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_types::region::SigningRegion;
use aws_types::{SdkConfig, SigningName};
use serde_json::{Value, json};

use domain::account::email::EmailAddress;

use super::letter::ComposedMail;

/// The way to SES, in the region and with the patience of its configuration.
#[derive(Clone, Debug)]
pub struct Ses(Operation<Value, (), ErrorMetadata>);

impl Ses {
    /// SES as `config` says that it is reached: without an endpoint of its own, at its region's.
    pub fn new(config: &SdkConfig) -> Self {
        let region = config.region().map(AsRef::as_ref).unwrap_or_default();
        let regional = format!("https://email.{region}.amazonaws.com");
        let operation = Operation::builder()
            .service_name("SESv2")
            .operation_name("SendEmail")
            .endpoint_url(config.endpoint_url().unwrap_or(&regional))
            .runtime_plugin(as_the_sdks_do(config))
            .with_connection_poisoning()
            .serializer(request)
            .deserializer(outcome);
        Self(operation.build())
    }

    /// Hands over a mail.
    ///
    /// # Errors
    ///
    /// When SES says no, with its code and without its words, and when it does not say anything.
    pub async fn send_email(
        &self,
        from: &str,
        to: &EmailAddress,
        mail: &ComposedMail,
    ) -> Result<(), SdkError<ErrorMetadata, HttpResponse>> {
        self.0.invoke(body(from, to, mail)).await
    }
}

/// What the SDKs generate for each of their services: by which scheme, as whom and for which service a call is signed,
/// what is worth another try, and the headers that each call has.
fn as_the_sdks_do(config: &SdkConfig) -> StaticRuntimePlugin {
    let mut settings = Layer::new("SES");
    settings
        .store_or_unset(config.retry_config().cloned())
        .store_or_unset(config.timeout_config().cloned())
        .store_or_unset(config.region().cloned().map(SigningRegion::from))
        .store_put(SigningName::from_static("ses"))
        .store_put(SigV4OperationSigningConfig::default())
        .store_put(AuthSchemeOptionResolverParams::new(()))
        .store_put(ApiMetadata::new("sesv2", env!("CARGO_PKG_VERSION")));
    let mut components = RuntimeComponentsBuilder::new("SES")
        .with_http_client(config.http_client())
        .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![sigv4::SCHEME_ID])))
        .with_auth_scheme(SigV4AuthScheme::new())
        .with_retry_classifier(HttpStatusCodeClassifier::default())
        .with_retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .with_retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
        .with_retry_classifier(ServiceClockSkewClassifier::<ErrorMetadata>::new())
        .with_interceptor(StalledStreamProtectionInterceptor::default())
        .with_interceptor(ServiceClockSkewInterceptor::new())
        .with_interceptor(RequestInfoInterceptor::new())
        .with_interceptor(UserAgentInterceptor::new())
        .with_interceptor(InvocationIdInterceptor::new())
        .with_interceptor(RecursionDetectionInterceptor::new());
    if let Some(credentials) = config.credentials_provider() {
        components.set_identity_resolver(sigv4::SCHEME_ID, credentials);
    }
    StaticRuntimePlugin::new().with_config(settings.freeze()).with_runtime_components(components)
}

/// A mail as SES wants it (Amazon SES API v2, `SendEmail`).
fn body(from: &str, to: &EmailAddress, mail: &ComposedMail) -> Value {
    let utf8 = |data: &str| json!({ "Data": data, "Charset": "UTF-8" });
    json!({
        "FromEmailAddress": from,
        "Destination": { "ToAddresses": [to.to_string()] },
        "Content": { "Simple": {
            "Subject": utf8(&mail.subject),
            "Body": { "Text": utf8(&mail.text), "Html": utf8(&mail.html) },
        } },
    })
}

fn request(body: Value) -> Result<HttpRequest, BoxError> {
    let body = body.to_string();
    let request = http::Request::post("/v2/email/outbound-emails")
        .header("content-type", "application/json")
        .header("content-length", body.len())
        .body(SdkBody::from(body))?;
    Ok(request.try_into()?)
}

/// Whether SES took the mail; else its code, wherever its protocol has it (Smithy 2.0, AWS restJson1, "Operation error
/// serialization").
fn outcome(response: &HttpResponse) -> Result<(), OrchestratorError<ErrorMetadata>> {
    if response.status().is_success() {
        return Ok(());
    }
    let body: Value = response.body().bytes().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
    let code = response.headers().get("x-amzn-errortype").or(body["code"].as_str()).or(body["__type"].as_str());
    let metadata = ErrorMetadata::builder();
    let metadata = match code {
        Some(code) => metadata.code(bare(code)),
        None => metadata,
    };
    Err(OrchestratorError::operation(metadata.build()))
}

/// A code without the namespace before it and the URL behind it.
fn bare(code: &str) -> &str {
    let code = code.split_once(':').map_or(code, |(code, _)| code);
    code.split_once('#').map_or(code, |(_, code)| code)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use aws_sdk_dynamodb::config::retry::RetryConfig;
    use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
    use aws_sdk_dynamodb::config::{Credentials, Region, SharedCredentialsProvider};
    use aws_smithy_runtime_api::client::http::{
        HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
    };
    use aws_smithy_runtime_api::http::StatusCode;

    use super::*;

    fn mail() -> ComposedMail {
        ComposedMail {
            subject: "Zaloguj się — ログイン".to_owned(),
            text: "Ваша \"ссылка\"\n".to_owned(),
            html: "<p>🔑</p>".to_owned(),
        }
    }

    fn mailbox() -> EmailAddress {
        EmailAddress::parse("jörg@example.com").unwrap()
    }

    fn answer(status: u16, body: &'static str) -> HttpResponse {
        HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body))
    }

    #[test]
    fn a_mail_is_handed_over_as_ses_documents_it_and_in_any_script() {
        let sent = request(body("Doorward <no-reply@example.com>", &mailbox(), &mail())).unwrap();
        assert_eq!((sent.method(), sent.uri()), ("POST", "/v2/email/outbound-emails"));
        assert_eq!(sent.headers().get("content-type"), Some("application/json"));
        let bytes = sent.body().bytes().unwrap();
        assert_eq!(sent.headers().get("content-length"), Some(&*bytes.len().to_string()));
        let documented = r#"{
            "FromEmailAddress": "Doorward <no-reply@example.com>",
            "Destination": { "ToAddresses": ["jörg@example.com"] },
            "Content": {
                "Simple": {
                    "Subject": { "Data": "Zaloguj się — ログイン", "Charset": "UTF-8" },
                    "Body": {
                        "Text": { "Data": "Ваша \"ссылка\"\n", "Charset": "UTF-8" },
                        "Html": { "Data": "<p>🔑</p>", "Charset": "UTF-8" }
                    }
                }
            }
        }"#;
        let documented: Value = serde_json::from_str(documented).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(bytes).unwrap(), documented);
    }

    /// The code of an answer.
    fn code(status: u16, header: Option<&'static str>, body: &'static str) -> Option<String> {
        let mut response = answer(status, body);
        if let Some(header) = header {
            response.headers_mut().insert("x-amzn-errortype", header);
        }
        let refused = outcome(&response).unwrap_err();
        let metadata = refused.as_operation_error().unwrap();
        assert_eq!(metadata.message(), None, "its words may quote the mail");
        metadata.code().map(str::to_owned)
    }

    #[test]
    fn ses_says_by_a_code_why_it_takes_no_mail_in_its_header_or_in_its_body() {
        let namespaced = "aws.ses#MessageRejected:http://internal.amazon.com/coral/";
        for (header, body, expected) in [
            (Some("MessageRejected"), r#"{"message": "hunter2"}"#, "MessageRejected"),
            (Some("MessageRejected"), r#"{"code": "Other"}"#, "MessageRejected"),
            (Some("MessageRejected"), "<html>", "MessageRejected"),
            (Some(namespaced), "", "MessageRejected"),
            (None, r#"{"code": "MessageRejected", "__type": "Other"}"#, "MessageRejected"),
            (None, r#"{"__type": "aws.ses#MessageRejected", "Message": "hunter2"}"#, "MessageRejected"),
        ] {
            assert_eq!(code(400, header, body).as_deref(), Some(expected), "{header:?} {body}");
        }
    }

    #[test]
    fn an_answer_without_a_code_is_a_refusal_all_the_same() {
        for (status, body) in [(500, ""), (503, "<html>"), (400, r#"{"code": 7}"#), (302, "{}")] {
            assert_eq!(code(status, None, body), None, "{status} {body}");
        }
    }

    #[test]
    fn any_success_says_that_the_mail_was_taken() {
        assert!(outcome(&answer(200, r#"{"MessageId": "m"}"#)).is_ok());
    }

    /// An SES that refuses so many calls, with such an answer, and takes the next.
    #[derive(Clone, Debug)]
    struct MockSes {
        refuses: usize,
        with: (u16, &'static str),
        heard: Arc<Mutex<Vec<HttpRequest>>>,
    }

    impl HttpConnector for MockSes {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            let mut heard = self.heard.lock().unwrap();
            heard.push(request);
            let (status, body) = if heard.len() > self.refuses { (200, "{}") } else { self.with };
            HttpConnectorFuture::ready(Ok(answer(status, body)))
        }
    }

    /// Hands a mail over, with three tries, and says what became of it and what SES has heard.
    async fn sent(refuses: usize, with: (u16, &'static str)) -> (Option<String>, Vec<HttpRequest>) {
        let ses = MockSes { refuses, with, heard: Arc::default() };
        let heard = ses.heard.clone();
        let credentials = Credentials::new("AKID", "secret", Some("session".to_owned()), None, "tests");
        let config = SdkConfig::builder()
            .region(Region::new("eu-west-3"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .timeout_config(TimeoutConfig::disabled())
            .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
            .http_client(http_client_fn(move |_, _| SharedHttpConnector::new(ses.clone())))
            .build();
        let sent = Ses::new(&config).send_email("no-reply@example.com", &mailbox(), &mail()).await;
        let refusal = sent.err().map(|error| error.as_service_error().unwrap().code().unwrap().to_owned());
        let heard = std::mem::take(&mut *heard.lock().unwrap());
        (refusal, heard)
    }

    #[tokio::test]
    async fn a_call_goes_to_its_region_and_is_signed_for_ses() {
        let (refusal, heard) = sent(0, (500, "")).await;
        assert_eq!((refusal, heard.len()), (None, 1));
        assert_eq!(heard[0].uri(), "https://email.eu-west-3.amazonaws.com/v2/email/outbound-emails");
        let headers = heard[0].headers();
        let authorization = headers.get("authorization").unwrap();
        assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKID/"), "{authorization}");
        assert!(authorization.contains("/eu-west-3/ses/aws4_request, "), "{authorization}");
        assert_eq!(headers.get("x-amz-security-token"), Some("session"));
        assert!(headers.get("user-agent").unwrap().starts_with("aws-sdk-rust/"));
    }

    #[tokio::test]
    async fn too_many_mails_at_once_and_a_failure_are_tried_again_and_a_refusal_is_not() {
        let throttled = (429, r#"{"__type": "TooManyRequestsException"}"#);
        let refused = (400, r#"{"__type": "MessageRejected"}"#);
        for (refuses, with, refusal, calls) in [
            (2, throttled, None, 3),
            (2, (500, ""), None, 3),
            (3, throttled, Some("TooManyRequestsException"), 3),
            (1, refused, Some("MessageRejected"), 1),
        ] {
            let (met, heard) = sent(refuses, with).await;
            assert_eq!((met.as_deref(), heard.len()), (refusal, calls), "{with:?}");
        }
    }
}
