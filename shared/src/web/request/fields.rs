//! What a body, a query or a form holds, by name.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use domain::account::email::EmailAddress;
use domain::error::Denied;

/// The parameters of a query or a form. Parameters that nobody asks for are ignored and never acted on.
#[derive(Debug)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn parse(encoded: &[u8]) -> Result<Self, Denied> {
        let mut parameters = Vec::new();
        for (name, value) in url::form_urlencoded::parse(encoded).into_owned() {
            // Of two values, two readers could each see another one (RFC 6749 section 3.1).
            if parameters.iter().any(|(other, _)| *other == name) {
                return Err(Denied::InvalidRequest("A parameter appears twice.".to_owned()));
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

    /// What `parse` makes of the JSON that the parameter holds.
    ///
    /// # Errors
    ///
    /// Names the parameter and says what it must be.
    pub fn json<T>(&self, name: &str, must: &str, parse: fn(Value) -> Option<T>) -> Result<T, Denied> {
        let value = self.find(name).and_then(|text| serde_json::from_str(text).ok());
        value.and_then(|StrictValue(value)| parse(value)).ok_or_else(|| must_be(name, must))
    }

    /// The value of the parameter as a text of its own.
    pub fn text(&self, name: &str) -> Option<String> {
        self.find(name).map(str::to_owned)
    }
}

/// The fields of a body. Fields that nobody asks for are ignored and never acted on.
#[derive(Debug, Default)]
pub struct Fields(Map<String, Value>);

impl Fields {
    /// Reads one JSON object without duplicate keys.
    pub(super) fn parse(json: &[u8]) -> Result<Self, Denied> {
        let invalid = |problem: &str| Denied::InvalidRequest(format!("The body is not a JSON object: {problem}."));
        let StrictValue(value) = serde_json::from_slice(json).map_err(|error| {
            // serde_json's own message may quote the input; the position is enough to find the fault.
            invalid(match error.classify() {
                serde_json::error::Category::Data => "a key appears twice",
                serde_json::error::Category::Eof => "it ends too early",
                _ => "it is malformed",
            })
        })?;
        match value {
            Value::Object(fields) => Ok(Self(fields)),
            _ => Err(invalid("it is another kind of value")),
        }
    }

    /// A string that must be there and not be empty.
    ///
    /// # Errors
    ///
    /// Names the field.
    pub fn text(&self, name: &str) -> Result<String, Denied> {
        self.optional_text(name)?.ok_or_else(|| must_be(name, "a string that is not empty"))
    }

    /// A string that may be missing or null, but not empty.
    ///
    /// # Errors
    ///
    /// Names the field.
    pub fn optional_text(&self, name: &str) -> Result<Option<String>, Denied> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(_) => Err(must_be(name, "a string that is not empty")),
        }
    }

    /// A field that `parse` understands, if it is there.
    ///
    /// # Errors
    ///
    /// Names the field and says what it must be.
    pub fn parsed<T>(&self, name: &str, must: &str, parse: fn(&str) -> Option<T>) -> Result<Option<T>, Denied> {
        let text = self.optional_text(name)?;
        text.map(|text| parse(&text).ok_or_else(|| must_be(name, must))).transpose()
    }

    /// What `parse` makes of a value of any kind that must be there.
    ///
    /// # Errors
    ///
    /// Names the field and says what it must be.
    pub fn json<T>(&self, name: &str, must: &str, parse: fn(Value) -> Option<T>) -> Result<T, Denied> {
        self.0.get(name).cloned().and_then(parse).ok_or_else(|| must_be(name, must))
    }

    /// An e-mail address.
    ///
    /// # Errors
    ///
    /// Names the field.
    pub fn email(&self, name: &str) -> Result<EmailAddress, Denied> {
        let must = "one e-mail address, without a display name";
        EmailAddress::parse(&self.text(name)?).map_err(|_| must_be(name, must))
    }

    /// A list of strings; empty when it is missing.
    ///
    /// # Errors
    ///
    /// Names the field.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, Denied> {
        let item = |value: &Value| value.as_str().map(str::to_owned);
        match self.0.get(name) {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(Value::Array(items)) => items.iter().map(item).collect::<Option<_>>(),
            Some(_) => None,
        }
        .ok_or_else(|| must_be(name, "an array of strings"))
    }

    /// A whole number that must be there.
    ///
    /// # Errors
    ///
    /// Names the field.
    pub fn integer(&self, name: &str) -> Result<i64, Denied> {
        self.0.get(name).and_then(Value::as_i64).ok_or_else(|| must_be(name, "a whole number"))
    }

    /// A boolean; false when it is missing.
    ///
    /// # Errors
    ///
    /// Names the field.
    pub fn flag(&self, name: &str) -> Result<bool, Denied> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(must_be(name, "true or false")),
        }
    }
}

/// The complaint about one field.
pub fn must_be(field: &str, what: &str) -> Denied {
    Denied::InvalidRequest(format!("The field \"{field}\" must be {what}."))
}

/// A JSON value in which no object has a key twice: of two parsers, one would see the other value.
struct StrictValue(Value);

impl<'de> Deserialize<'de> for StrictValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without duplicate keys")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(StrictValue(value)) = items.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((key, StrictValue(value))) = entries.next_entry::<String, _>()? {
            if object.insert(key, value).is_some() {
                return Err(A::Error::custom("duplicate key"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(json: &str) -> Result<Fields, Denied> {
        Fields::parse(json.as_bytes())
    }

    #[test]
    fn a_key_that_appears_twice_is_refused_at_any_depth() {
        for body in [r#"{"a": 1, "a": 1}"#, r#"{"x": [{"a": 1, "\u0061": 2}]}"#] {
            let expected = Denied::InvalidRequest("The body is not a JSON object: a key appears twice.".into());
            assert_eq!(fields(body).unwrap_err(), expected, "{body}");
        }
    }

    #[test]
    fn what_is_no_json_object_is_refused_without_quoting_it() {
        for body in ["", "{", "[]", "\"secret\"", "{\"a\": secret}", "{} {}", "{\"a\": 1,}", &"[".repeat(10_000)] {
            let Err(Denied::InvalidRequest(message)) = fields(body) else { panic!("{body}") };
            assert!(!message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn a_field_of_the_wrong_kind_is_named() {
        let fields = fields(r#"{"a": 1, "b": "", "c": [1], "d": "true", "e": null}"#).unwrap();
        let complaint = |denied: Denied| match denied {
            Denied::InvalidRequest(message) => message,
            other => panic!("{other:?}"),
        };
        assert_eq!(complaint(fields.text("a").unwrap_err()), "The field \"a\" must be a string that is not empty.");
        assert_eq!(complaint(fields.text("b").unwrap_err()), "The field \"b\" must be a string that is not empty.");
        assert_eq!(complaint(fields.texts("c").unwrap_err()), "The field \"c\" must be an array of strings.");
        assert_eq!(complaint(fields.flag("d").unwrap_err()), "The field \"d\" must be true or false.");
        assert_eq!(fields.optional_text("e").unwrap(), None);
    }
}
