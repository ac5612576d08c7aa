//! Mail, through SES: one recipient, text and HTML.

pub mod invite;
mod letter;
pub mod magic_link;
pub mod notice;
#[cfg(test)]
mod tests;

pub use letter::Letter;

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::ProvideErrorMetadata;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};

use crate::email::EmailAddress;
use crate::failure::{Broken, Dependency};

/// The way to SES.
#[derive(Clone, Debug)]
pub struct Mailer {
    client: Client,
    from: String,
}

/// A mail, ready to go.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The subject.
    pub subject: String,
    /// The text for readers without HTML.
    pub text: String,
    /// The same in HTML.
    pub html: String,
}

impl Mailer {
    /// Mail from `from`, an address that SES is allowed to send for.
    pub fn new(client: Client, from: String) -> Self {
        Self { client, from }
    }

    /// Hands SES a mail that was composed.
    ///
    /// # Errors
    ///
    /// When it could not be composed, or SES does not take it.
    pub async fn send(&self, to: &EmailAddress, composed: Result<Mail, askama::Error>) -> Result<(), Broken> {
        let mail = composed.map_err(|error| Broken::new(Dependency::Service, error))?;
        let utf8 = |data: &str| Content::builder().data(data).charset("UTF-8").build();
        let malformed = |error| Broken::new(Dependency::Service, error);
        let body = Body::builder()
            .text(utf8(&mail.text).map_err(malformed)?)
            .html(utf8(&mail.html).map_err(malformed)?)
            .build();
        let message = Message::builder().subject(utf8(&mail.subject).map_err(malformed)?).body(body).build();
        let request = self
            .client
            .send_email()
            .from_email_address(&self.from)
            .destination(Destination::builder().to_addresses(to.to_string()).build())
            .content(EmailContent::builder().simple(message).build());
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let cause = error.code().unwrap_or("no usable answer");
                Err(Broken::new(Dependency::Mail, format!("SendEmail: {cause}")))
            }
        }
    }
}
