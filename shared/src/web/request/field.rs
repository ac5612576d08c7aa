//! What a field may hold, and how somebody is told what it must be.

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::{Value, json};

use domain::account::email::EmailAddress;
use domain::account::profile::display_text;
use domain::browser::binding::CodeChallenge;
use domain::error::Rejection;

/// A field that must be there. One that may be missing, or null, is an `Option` of this.
#[derive(Clone, Debug)]
pub struct Parsed<T>(pub T);

/// What a field holds.
pub trait Field: Sized {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// Says what it must be.
    fn read(value: Value) -> Result<Self, &'static str>;

    /// What `infra/openapi.yaml` says of it: a JSON Schema.
    fn schema() -> Value;
}

/// What a field holds as a text that is not empty.
pub trait Text: Sized {
    /// What the text must be.
    const MUST_BE: &'static str;

    /// Reads it.
    fn parse(text: &str) -> Option<Self>;
}

/// Reads the field `name` for a request that looks at it only sometimes.
///
/// # Errors
///
/// Names the field and says what it must be.
pub fn field<T: Field>(name: &str, value: Value) -> Result<T, Rejection> {
    T::read(value).map_err(|must| must_be(name, must))
}

impl<T> Parsed<T> {
    /// What the field holds.
    pub fn value(self) -> T {
        self.0
    }
}

impl<'de, T: Field> Deserialize<'de> for Parsed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(Value::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

/// A field is described where it stands.
#[cfg(feature = "openapi")]
impl<T: Field> schemars::JsonSchema for Parsed<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Parsed".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::Schema::try_from(T::schema()).unwrap_or_default()
    }
}

impl<T: Text> Field for T {
    fn read(value: Value) -> Result<Self, &'static str> {
        match value {
            Value::String(text) if !text.is_empty() => T::parse(&text).ok_or(T::MUST_BE),
            _ => Err(String::MUST_BE),
        }
    }

    fn schema() -> Value {
        json!({"type": "string", "minLength": 1, "description": T::MUST_BE})
    }
}

impl Field for bool {
    fn read(value: Value) -> Result<Self, &'static str> {
        value.as_bool().ok_or("true or false")
    }

    fn schema() -> Value {
        json!({"type": "boolean"})
    }
}

impl Field for i64 {
    fn read(value: Value) -> Result<Self, &'static str> {
        value.as_i64().ok_or("a whole number")
    }

    fn schema() -> Value {
        json!({"type": "integer", "format": "int64"})
    }
}

impl Text for String {
    const MUST_BE: &'static str = "a string that is not empty";

    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl Text for EmailAddress {
    const MUST_BE: &'static str = "one e-mail address, without a display name";

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Text for CodeChallenge {
    const MUST_BE: &'static str = "an S256 code challenge: 43 characters of base64url (RFC 7636)";

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

/// A code verifier, by the challenge that it answers.
#[derive(Clone, Debug)]
pub struct Verifier(pub CodeChallenge);

impl Text for Verifier {
    const MUST_BE: &'static str = "a code verifier: 43 to 128 letters, digits and -._~ (RFC 7636)";

    fn parse(text: &str) -> Option<Self> {
        CodeChallenge::of_verifier(text).map(Self)
    }
}

/// A person's name.
#[derive(Clone, Debug)]
pub struct Name(pub String);

impl Text for Name {
    const MUST_BE: &'static str = "a name that can be shown";

    fn parse(text: &str) -> Option<Self> {
        display_text(text).map(Self)
    }
}

/// The complaint about one field.
pub fn must_be(field: &str, what: &str) -> Rejection {
    Rejection::InvalidRequest(sentence(field, what))
}

/// The same in words.
pub(super) fn sentence(field: &str, what: &str) -> String {
    format!("The field \"{field}\" must be {what}.")
}
