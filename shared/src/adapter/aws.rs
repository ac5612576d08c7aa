//! How AWS is reached: one HTTP client, configured by hand, shared by every service that a function uses.

pub mod connector;

use std::error::Error;
use std::fmt::Display;
use std::sync::OnceLock;
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_types::SdkConfig;

use domain::error::{Dependency, Fault};

use crate::config::Env;

/// Region, credentials and the HTTP client of this execution environment.
#[derive(Clone, Debug)]
pub struct Aws {
    config: SdkConfig,
    env: Env,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
    secretsmanager: OnceLock<aws_sdk_secretsmanager::Client>,
}

impl Aws {
    /// Reads what Lambda gives every function (`AWS_REGION`, `AWS_ACCESS_KEY_ID` and its companions).
    ///
    /// Building this by hand instead of through `aws_config`, with Amazon's own roots instead of the system's, saves
    /// 5 ms of every cold start.
    ///
    /// # Errors
    ///
    /// When a variable is missing, or when TLS cannot be set up.
    pub fn from_env(env: &Env) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let credentials = Credentials::new(
            env.text("AWS_ACCESS_KEY_ID")?,
            env.text("AWS_SECRET_ACCESS_KEY")?,
            env.optional("AWS_SESSION_TOKEN"),
            None,
            "lambda",
        );
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(env.text("AWS_REGION")?))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(connector::http_client()?)
            .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(50)))
            .build();
        Ok(Self { config, env: env.clone(), dynamodb: OnceLock::new(), secretsmanager: OnceLock::new() })
    }

    /// The DynamoDB client.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let config = || self.at("AWS_ENDPOINT_URL_DYNAMODB", Duration::from_secs(1));
        self.dynamodb.get_or_init(|| aws_sdk_dynamodb::Client::new(&config())).clone()
    }

    /// The Secrets Manager client.
    pub fn secretsmanager(&self) -> aws_sdk_secretsmanager::Client {
        let config = || self.at("AWS_ENDPOINT_URL_SECRETS_MANAGER", Duration::from_secs(3));
        self.secretsmanager.get_or_init(|| aws_sdk_secretsmanager::Client::new(&config())).clone()
    }

    /// How SES v2 is reached. It takes so many mails a second and refuses the next one, which a moment later is welcome.
    pub fn sesv2(&self) -> SdkConfig {
        let patient = RetryConfig::standard()
            .with_max_attempts(8)
            .with_initial_backoff(Duration::from_millis(100))
            .with_max_backoff(Duration::from_secs(1));
        self.at("AWS_ENDPOINT_URL_SESV2", Duration::from_secs(3)).to_builder().retry_config(patient).build()
    }

    /// The configuration with the SDKs' own variable for one service's endpoint, where it is set, and with the time that
    /// one attempt may take there. All attempts together have what the request has left.
    fn at(&self, variable: &str, attempt: Duration) -> SdkConfig {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(attempt).build();
        let mut config = self.config.to_builder().timeout_config(timeouts);
        config.set_endpoint_url(self.env.optional(variable));
        config.build()
    }
}

/// An answer of a service that says what is wrong by a code.
pub trait AwsServiceError: ProvideErrorMetadata + Error + Send + Sync + 'static {}

impl<E: ProvideErrorMetadata + Error + Send + Sync + 'static> AwsServiceError for E {}

/// A call that failed. The log has the service's code for it, or why there was no answer, and no message of the service:
/// that may quote what it was sent.
pub fn fault_of<E: AwsServiceError>(dependency: Dependency, call: impl Display, error: SdkError<E>) -> Fault {
    let met = match &error {
        SdkError::TimeoutError(_) => "timed out",
        SdkError::DispatchFailure(_) => "could not be reached",
        _ => {
            let code = error.code().unwrap_or("gave no usable answer");
            return Fault::new(dependency, format!("{call}: {code}"));
        }
    };
    let fault = Fault::new(dependency, format!("{call}: {met}"));
    match error.into_source() {
        Ok(source) => fault.because(source),
        Err(_) => fault,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::error::ErrorMetadata;
    use aws_sdk_dynamodb::operation::get_item::GetItemError;
    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
    use aws_smithy_runtime_api::client::result::{ConnectorError, ServiceError as Answer};
    use aws_smithy_runtime_api::http::StatusCode;

    use super::*;

    fn said(error: SdkError<GetItemError>) -> String {
        fault_of(Dependency::Store, "GetItem", error).causes()
    }

    #[test]
    fn a_broken_call_says_the_services_code_and_nothing_of_its_message() {
        let answer = || HttpResponse::new(StatusCode::try_from(400).unwrap(), "hunter2".into());
        let refused = ErrorMetadata::builder().code("ValidationException").message("hunter2").build();
        for (metadata, expected) in [
            (refused, "GetItem: ValidationException"),
            (ErrorMetadata::builder().message("hunter2").build(), "GetItem: gave no usable answer"),
        ] {
            let answered = Answer::builder().source(GetItemError::generic(metadata)).raw(answer()).build();
            assert_eq!(said(SdkError::ServiceError(answered)), expected);
        }
        assert_eq!(said(SdkError::response_error("hunter2", answer())), "GetItem: gave no usable answer");
    }

    #[test]
    fn a_call_without_an_answer_says_why_there_was_none() {
        assert_eq!(said(SdkError::timeout_error("after 1 s")), "GetItem: timed out: after 1 s");
        let unreachable = ConnectorError::io("connection refused".into());
        assert_eq!(
            said(SdkError::dispatch_failure(unreachable)),
            "GetItem: could not be reached: io error: connection refused"
        );
    }
}
