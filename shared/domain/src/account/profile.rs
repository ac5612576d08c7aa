//! What a provider says about a person.

use serde::{Deserialize, Serialize};

use crate::account::email::EmailAddress;

/// What a provider says about a person. Everything but the subject is display data.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Profile {
    /// The subject, unique and stable within the issuer.
    pub subject: String,
    /// The mail address.
    pub email: Option<EmailAddress>,
    /// Whether the provider says that the address is proven.
    pub email_verified: bool,
    /// The display name, or only the given name if the family name is known.
    pub name: Option<String>,
    /// The family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The URL of a picture.
    pub picture: Option<String>,
}

impl Profile {
    /// What a person recognises the account by: its address, or else its name.
    pub fn account(&self) -> Option<String> {
        self.email.as_ref().map(ToString::to_string).or_else(|| self.name.clone())
    }
}

/// Display data, cut to 200 characters and without control characters; `None` if nothing visible is left.
pub fn display_text(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|character| !character.is_control()).take(200).collect();
    (!text.trim().is_empty()).then_some(text)
}
