//! The providers secret: what `--providers` gives, and the mock providers.

use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

use domain::provider::registry::Providers;

use crate::failure::{Context, Failure, Result};
use crate::random;

/// The name of the demo provider's row.
const DEMO: &str = "demo";
/// The row of the external login, which no browser starts at.
const EXTERNAL: &str = "external";

/// Reads the file, if there is one: an object of provider rows as in the deployed secret, but that API keys may be written
/// out. A row that no function could use is refused.
pub fn read(file: Option<&Path>) -> Result<Map<String, Value>> {
    let Some(file) = file else { return Ok(Map::new()) };
    let text = std::fs::read_to_string(file).context(format!("--providers {}", file.display()))?;
    let rows: Map<String, Value> = serde_json::from_str(&text).context(file.display())?;
    let rows = with_hashed_keys(rows);
    let providers = Providers::parse(&json!(rows).to_string()).context(file.display())?;
    match providers.problem() {
        Some(problem) => Err(Failure::new(format!("{}: {problem}", file.display()))),
        None => Ok(rows),
    }
}

/// Puts a hash in place of each API key that is written out: in the deployed secret there are hashes only.
fn with_hashed_keys(mut rows: Map<String, Value>) -> Map<String, Value> {
    let keys = rows.get_mut(EXTERNAL).and_then(|row| row.get_mut("apiKeys")?.as_array_mut());
    for (index, key) in keys.into_iter().flatten().enumerate() {
        if let Some(text) = key.as_str() {
            let hash = digest(&SHA256, text.as_bytes());
            let label = format!("local-{}", index + 1);
            *key = json!({"label": label, "sha256": random::hex(hash.as_ref()), "allows": ["external", "invites"]});
        }
    }
    rows
}

/// Adds the rows of the mock providers. A row of the file wins over one of the same name.
pub fn with_mocks(rows: Map<String, Value>, mut mocks: Map<String, Value>) -> Map<String, Value> {
    mocks.extend(rows);
    mocks
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

    #[test]
    fn mock_providers_are_added_to_what_is_given() {
        let rows = |rows: Value| rows.as_object().cloned().unwrap();
        let given = rows(json!({"corp": {"issuer": "https://id.example.com"}, "google": {"clientId": "ours"}}));
        let mocks = rows(json!({"google": {"clientId": "doorward"}, "demo": {"label": "the demo provider"}}));
        let rows = with_mocks(given, mocks);
        assert_eq!(
            (&rows["corp"]["issuer"], &rows["google"]["clientId"]),
            (&json!("https://id.example.com"), &json!("ours"))
        );
        let labels = labels(&rows);
        let labels: Vec<_> = labels.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(labels, ["the demo provider", "corp", "google"]);
    }

    #[test]
    fn an_api_key_that_is_written_out_becomes_its_hash() {
        let rows = json!({"external": {"loginUrl": "http://login.example/", "apiKeys": ["abc", {"label": "kept"}]}});
        let rows = with_hashed_keys(rows.as_object().cloned().unwrap());
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let hashed = json!({"label": "local-1", "sha256": hash, "allows": ["external", "invites"]});
        assert_eq!(rows["external"]["apiKeys"], json!([hashed, {"label": "kept"}]));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read(Some(Path::new("no-such-file.json"))).unwrap_err().to_string();
        assert!(error.starts_with("--providers no-such-file.json: "), "{error}");
    }
}
