//! The providers secret: what `--providers` gives, and the demo provider.

use crate::failure::{Context, Failure, Result};
use serde_json::{Map, Value};
use std::path::Path;

/// The name of the demo provider's row.
const DEMO: &str = "demo";
/// The row of the external login, which no browser starts at.
const EXTERNAL: &str = "external";

/// Reads the file, if there is one: an object of provider rows.
pub fn read(file: Option<&Path>) -> Result<Map<String, Value>> {
    let Some(file) = file else { return Ok(Map::new()) };
    let text = std::fs::read_to_string(file).context(file.display())?;
    let rows: Value = serde_json::from_str(&text).context(file.display())?;
    let rows = rows.as_object().cloned();
    rows.filter(|rows| rows.values().all(Value::is_object))
        .ok_or_else(|| Failure::new(format!("{}: expected one object of provider rows by name", file.display())))
}

/// Adds the demo provider's row. One of that name in the file counts more.
pub fn with_demo(mut rows: Map<String, Value>, demo_row: Value) -> Map<String, Value> {
    rows.entry(DEMO).or_insert(demo_row);
    rows
}

/// The providers that a page can offer, by name and label; the demo provider first.
pub fn labels(rows: &Map<String, Value>) -> Vec<(String, String)> {
    let mut labels: Vec<_> = rows
        .iter()
        .filter(|(name, _)| *name != EXTERNAL)
        .map(|(name, row)| (name.clone(), row["label"].as_str().unwrap_or(name).to_owned()))
        .collect();
    labels.sort_by_key(|(name, _)| name != DEMO);
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_demo_provider_is_added_to_what_is_given() {
        let rows = json!({"corp": {"issuer": "https://id.example.com"}}).as_object().cloned().unwrap();
        let rows = with_demo(rows, json!({"clientId": "doorward", "label": "Demo provider"}));
        assert_eq!(rows["corp"], json!({"issuer": "https://id.example.com"}));
        let labels = labels(&rows);
        assert_eq!(labels.iter().map(|(_, label)| label.as_str()).collect::<Vec<_>>(), ["Demo provider", "corp"]);
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read(Some(Path::new("no-such-file.json"))).unwrap_err().to_string();
        assert!(error.starts_with("no-such-file.json: "), "{error}");
    }
}
