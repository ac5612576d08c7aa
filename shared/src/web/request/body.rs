//! JSON bodies: a struct for each request, whose fields know what they must be. Fields that it does not name are ignored
//! and never acted on.

use std::slice::Iter;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use domain::error::Rejection;

use super::field::sentence;
use super::strict_json::StrictValue;

/// Reads one JSON object without duplicate keys.
pub(super) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, Rejection> {
    let invalid = |problem: &str| Rejection::InvalidRequest(format!("The body is not a JSON object: {problem}."));
    let StrictValue(value) = serde_json::from_slice(json).map_err(|error| {
        // serde_json's own message may quote the input; the position is enough to find the fault.
        invalid(match error.classify() {
            serde_json::error::Category::Data => "a key appears twice",
            serde_json::error::Category::Eof => "it ends too early",
            _ => "it is malformed",
        })
    })?;
    match value {
        Value::Object(fields) => {
            T::deserialize(Fields(fields)).map_err(|error| Rejection::InvalidRequest(error.to_string()))
        }
        _ => Err(invalid("it is a different kind of value")),
    }
}

/// The fields of a body, for a struct.
struct Fields(Map<String, Value>);

impl<'de> Deserializer<'de> for Fields {
    type Error = serde_json::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_map(Named { fields: self.0, names: names.iter(), name: "" })
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.0.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Those that the struct names, in its order: one that is missing is null, and what is wrong with one names it.
struct Named {
    fields: Map<String, Value>,
    names: Iter<'static, &'static str>,
    name: &'static str,
}

impl<'de> MapAccess<'de> for Named {
    type Error = serde_json::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error> {
        let Some(name) = self.names.next() else { return Ok(None) };
        self.name = name;
        let key: StrDeserializer<'_, Self::Error> = name.into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Self::Error> {
        let value = self.fields.remove(self.name).unwrap_or_default();
        seed.deserialize(value).map_err(|must| Error::custom(sentence(self.name, &must.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::super::field::Parsed;
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Body {
        a: Option<Parsed<String>>,
        b: Option<Parsed<bool>>,
        c: Parsed<String>,
    }

    fn complaint(json: &str) -> String {
        match read::<Body>(json.as_bytes()) {
            Err(Rejection::InvalidRequest(message)) => message,
            other => panic!("{json}: {other:?}"),
        }
    }

    #[test]
    fn a_key_that_appears_twice_is_refused_at_any_depth() {
        for body in [r#"{"a": 1, "a": 1}"#, r#"{"x": [{"a": 1, "\u0061": 2}]}"#] {
            assert_eq!(complaint(body), "The body is not a JSON object: a key appears twice.", "{body}");
        }
    }

    #[test]
    fn what_is_no_json_object_is_refused_without_quoting_it() {
        for body in ["", "{", "[]", "\"secret\"", "{\"a\": secret}", "{} {}", "{\"a\": 1,}", &"[".repeat(10_000)] {
            assert!(complaint(body).starts_with("The body is not a JSON object: "), "{body}");
            assert!(!complaint(body).contains("secret"), "{body}");
        }
    }

    #[test]
    fn a_field_of_the_wrong_kind_is_named_and_so_is_one_that_is_missing() {
        let text = |name: &str| format!("The field \"{name}\" must be a string that is not empty.");
        assert_eq!(complaint(r#"{"a": 1, "c": "c"}"#), text("a"));
        assert_eq!(complaint(r#"{"a": "", "c": "c"}"#), text("a"));
        assert_eq!(complaint(r#"{"b": "true", "c": "c"}"#), "The field \"b\" must be true or false.");
        for body in ["{}", r#"{"c": null}"#, r#"{"c": [1]}"#] {
            assert_eq!(complaint(body), text("c"), "{body}");
        }
    }

    #[test]
    fn a_field_that_may_be_missing_may_be_null_and_one_that_nobody_names_is_ignored() {
        let body: Body = read(br#"{"a": null, "c": "c", "d": [1]}"#).unwrap();
        assert!(body.a.is_none() && body.b.is_none() && body.c.value() == "c");
    }
}
