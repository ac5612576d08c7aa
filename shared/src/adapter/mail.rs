//! Mail, through SES: one recipient, text and HTML.

pub mod invite;
mod letter;
pub mod magic_link;
pub mod notice;
#[cfg(test)]
mod tests;
pub mod wish;

pub use letter::MailContext;

use std::fmt;

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};

use domain::account::email::EmailAddress;
use domain::error::{Dependency, Fault};

use crate::adapter::aws;

/// The way to SES.
#[derive(Clone, Debug)]
pub struct Mailer {
    client: Client,
    from: Option<String>,
}

/// Why a mail did not go out.
#[derive(Debug)]
pub struct Unsent {
    /// What failed.
    pub fault: Fault,
    /// Whether it is certain that it did not: SES may have taken a mail of which it never said so.
    pub certain: bool,
}

impl Unsent {
    fn for_certain(dependency: Dependency, cause: impl fmt::Display) -> Self {
        Self { fault: Fault::new(dependency, cause), certain: true }
    }
}

/// A mail, ready to go.
#[derive(Clone, Debug)]
pub struct ComposedMail {
    /// The subject.
    pub subject: String,
    /// The text for readers without HTML.
    pub text: String,
    /// The same in HTML.
    pub html: String,
}

impl Mailer {
    /// Mail from `from`, the setting `MAIL_FROM`: an address that SES is allowed to send for.
    pub fn new(client: Client, from: Option<String>) -> Self {
        Self { client, from }
    }

    /// The sender.
    ///
    /// # Errors
    ///
    /// When there is none: whoever wants to mail something learns it before anything is counted or kept.
    pub fn sender(&self) -> Result<&str, Fault> {
        let missing = || Fault::new(Dependency::Mail, "setting MAIL_FROM is missing: no mail can be sent");
        self.from.as_deref().ok_or_else(missing)
    }

    /// Hands SES a mail that was composed.
    ///
    /// # Errors
    ///
    /// When there is no sender, when it could not be composed, or when SES does not take it.
    pub async fn send(&self, to: &EmailAddress, composed: Result<ComposedMail, askama::Error>) -> Result<(), Unsent> {
        let mail = composed.map_err(|error| Unsent::for_certain(Dependency::Service, error))?;
        let utf8 = |data: &str| Content::builder().data(data).charset("UTF-8").build();
        let malformed = |error| Unsent::for_certain(Dependency::Service, error);
        let body = Body::builder()
            .text(utf8(&mail.text).map_err(malformed)?)
            .html(utf8(&mail.html).map_err(malformed)?)
            .build();
        let message = Message::builder().subject(utf8(&mail.subject).map_err(malformed)?).body(body).build();
        let request = self
            .client
            .send_email()
            .from_email_address(self.sender().map_err(|fault| Unsent { fault, certain: true })?)
            .destination(Destination::builder().to_addresses(to.to_string()).build())
            .content(EmailContent::builder().simple(message).build());
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let certain = error.as_service_error().is_some();
                Err(Unsent { certain, fault: aws::fault_of(Dependency::Mail, "SendEmail", error) })
            }
        }
    }
}
