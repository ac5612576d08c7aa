//! The providers secret: what `--providers` gives, and the providers that are played.

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

/// Adds the rows of the providers that are played. One of that name in the file counts more.
pub fn with_played(rows: Map<String, Value>, mut played: Map<String, Value>) -> Map<String, Value> {
    played.extend(rows);
    played
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
    fn what_is_played_is_added_to_what_is_given() {
        let rows = |rows: Value| rows.as_object().cloned().unwrap();
        let given = rows(json!({"corp": {"issuer": "https://id.example.com"}, "google": {"clientId": "ours"}}));
        let played = rows(json!({"google": {"clientId": "doorward"}, "demo": {"label": "the demo provider"}}));
        let rows = with_played(given, played);
        assert_eq!(
            (&rows["corp"]["issuer"], &rows["google"]["clientId"]),
            (&json!("https://id.example.com"), &json!("ours"))
        );
        let labels = labels(&rows);
        let labels: Vec<_> = labels.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(labels, ["the demo provider", "corp", "google"]);
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read(Some(Path::new("no-such-file.json"))).unwrap_err().to_string();
        assert!(error.starts_with("no-such-file.json: "), "{error}");
    }
}
