//! Mail, through SES: one recipient, text and HTML.

pub mod invite;
mod letter;
pub mod magic_link;
pub mod notice;
mod ses;
#[cfg(test)]
mod tests;
pub mod wish;

pub use letter::{ComposedMail, MailContext};

use std::fmt;

use aws_types::SdkConfig;
use futures_core::future::BoxFuture;

use domain::account::email::EmailAddress;
use domain::error::{Dependency, Fault};

use crate::adapter::aws;
use ses::Ses;

/// The way to people's mailboxes.
#[derive(Clone, Debug)]
pub struct Mailer {
    ses: Ses,
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

impl Mailer {
    /// Mail through SES, which is reached as `ses` says, from `from`, the setting `MAIL_FROM`: an address that SES is
    /// allowed to send for.
    pub fn new(ses: &SdkConfig, from: Option<String>) -> Self {
        Self { ses: Ses::new(ses), from }
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
    pub fn send<'c>(
        &'c self,
        to: &'c EmailAddress,
        composed: Result<ComposedMail, askama::Error>,
    ) -> BoxFuture<'c, Result<(), Unsent>> {
        Box::pin(async move {
            let mail = composed.map_err(|error| Unsent::for_certain(Dependency::Service, error))?;
            let from = self.sender().map_err(|fault| Unsent { fault, certain: true })?;
            self.ses.send_email(from, to, &mail).await.map_err(|error| Unsent {
                certain: error.as_service_error().is_some(),
                fault: aws::fault_of(Dependency::Mail, "SendEmail", error),
            })
        })
    }
}
