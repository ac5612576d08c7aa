//! The providers secret: what `--providers` gives, and the demo provider.

use crate::failure::{Context, Failure, Result};
use serde_json::{Map, Value};
use std::path::Path;

/// The name of the demo provider's row.
const DEMO: &str = "demo";

/// Reads the file, if there is one: an object of provider rows.
pub fn read(file: Option<&Path>) -> Result<Map<String, Value>> {
    let Some(file) = file else { return Ok(Map::new()) };
    let text = std::fs::read_to_string(file).context(file.display())?;
    let rows: Value = serde_json::from_str(&text).context(file.display())?;
    let rows = rows.as_object().cloned();
    rows.filter(|rows| rows.values().all(Value::is_object)).ok_or_else(|| {
        Failure::new(format!(
            "{}: expected one object of provider rows by name",
            file.display()
        ))
    })
}

/// The secret's value. A row `demo` in the file counts more than the demo provider's own.
pub fn secret(mut rows: Map<String, Value>, demo_row: Value) -> String {
    rows.entry(DEMO).or_insert(demo_row);
    Value::from(rows).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_demo_provider_is_added_to_what_is_given() {
        let rows = json!({"corp": {"issuer": "https://id.example.com"}})
            .as_object()
            .cloned()
            .unwrap();
        let secret: Value = serde_json::from_str(&secret(rows, json!({"clientId": "doorward"}))).unwrap();
        assert_eq!(
            secret,
            json!({"corp": {"issuer": "https://id.example.com"}, "demo": {"clientId": "doorward"}})
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read(Some(Path::new("no-such-file.json"))).unwrap_err().to_string();
        assert!(error.starts_with("no-such-file.json: "), "{error}");
    }
}
