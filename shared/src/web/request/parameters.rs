//! What a query or a form holds, by name.

use domain::error::Rejection;

use super::field::{Field, field};
use super::strict_json::StrictValue;

/// The parameters of a query or a form. Parameters that nobody asks for are ignored and never acted on.
#[derive(Debug)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn parse(encoded: &[u8]) -> Result<Self, Rejection> {
        let mut parameters = Vec::new();
        for (name, value) in url::form_urlencoded::parse(encoded).into_owned() {
            // Of two values, two readers could each see another one (RFC 6749 section 3.1).
            if parameters.iter().any(|(other, _)| *other == name) {
                return Err(Rejection::InvalidRequest("A parameter appears twice.".to_owned()));
            }
            parameters.push((name, value));
        }
        Ok(Self(parameters))
    }

    /// The value of the parameter; an empty one is none (RFC 6749 section 3.1).
    pub fn find(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The JSON that the parameter holds.
    ///
    /// # Errors
    ///
    /// Names the parameter and says what it must be.
    pub fn json<T: Field>(&self, name: &str) -> Result<T, Rejection> {
        let value = self.find(name).and_then(|text| serde_json::from_str(text).ok());
        field(name, value.map(|StrictValue(value)| value).unwrap_or_default())
    }

    /// The value of the parameter as a text of its own.
    pub fn text(&self, name: &str) -> Option<String> {
        self.find(name).map(str::to_owned)
    }
}
