//! What a provider gives as its reason, fit for the log and for nobody else.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

/// A provider's own reason for an error (RFC 6749 sections 4.1.2.1 and 5.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProviderError {
    error: String,
    description: Option<String>,
}

impl ProviderError {
    /// Takes the parameters `error` and `error_description`.
    pub fn new(error: &str, description: Option<&str>) -> Self {
        let description = description.map(|text| legible(text, MAX_DESCRIPTION)).filter(|text| !text.is_empty());
        Self { error: legible(error, MAX_WORD), description }
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.description {
            Some(description) => write!(f, "{:?} ({description})", self.error),
            None => write!(f, "{:?}", self.error),
        }
    }
}

/// How a token endpoint says that it does not accept a code, when it does not say `invalid_grant`: a JSON pointer into its
/// answer (RFC 6901), and every value there that means it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct CodeErrors(BTreeMap<String, Vec<Value>>);

impl CodeErrors {
    /// Whether `answer` says so.
    pub fn hold(&self, answer: &Value) -> bool {
        self.0.iter().any(|(pointer, values)| answer.pointer(pointer).is_some_and(|told| values.contains(told)))
    }
}

/// The visible ASCII characters of `text` and single blanks between its words, at most `most` of them: strangers write it,
/// and a log is read in terminals.
pub(super) fn legible(text: &str, most: usize) -> String {
    let words = text.split_whitespace().map(|word| word.chars().filter(char::is_ascii_graphic).collect::<String>());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(most).collect()
}

const MAX_WORD: usize = 80;
/// Microsoft's have a sentence and three ids.
const MAX_DESCRIPTION: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_is_one_line_of_visible_ascii_and_not_without_end() {
        let told = |error: &str, description: Option<&str>| ProviderError::new(error, description).to_string();
        assert_eq!(told("server_error", None), "\"server_error\"");
        assert_eq!(told("server_error\n<b>", Some(" \r\n")), "\"server_error <b>\"");
        let description = "AADSTS65004: declined.\r\nTrace\tID: 7\u{1b}[31m \u{202e}é";
        assert_eq!(
            told("consent_required", Some(description)),
            "\"consent_required\" (AADSTS65004: declined. Trace ID: 7[31m)"
        );
        let (word, text) = ("e".repeat(81), "d".repeat(301));
        assert_eq!(told(&word, Some(&text)), format!("{:?} ({})", &word[..80], &text[..300]));
    }
}
