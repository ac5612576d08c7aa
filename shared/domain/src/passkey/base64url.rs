//! Bytes in the JSON of WebAuthn, and in what is stored of a passkey.

use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, Engine};
use base64::{DecodeError, alphabet};
use serde::{Deserialize, Serialize};

use crate::secret::base64url;

/// Bytes that are written as base64url without padding (WebAuthn section 3, "Base64url Encoding"). Whoever pads them is
/// understood.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Base64UrlString(pub Vec<u8>);

impl TryFrom<String> for Base64UrlString {
    type Error = DecodeError;

    fn try_from(text: String) -> Result<Self, DecodeError> {
        READER.decode(text).map(Self)
    }
}

impl From<Base64UrlString> for String {
    fn from(bytes: Base64UrlString) -> Self {
        base64url(&bytes.0)
    }
}

const READER: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bytes_are_written_without_padding_and_read_with_it_too() {
        for text in ["-_8", "-_8="] {
            let bytes: Base64UrlString = serde_json::from_value(json!(text)).unwrap();
            assert_eq!((&bytes.0[..], json!(bytes)), (&[0xfb, 0xff][..], json!("-_8")));
        }
    }

    #[test]
    fn another_alphabet_and_stray_bits_are_refused() {
        for text in ["+/8", "-_9", "-_8 ", "-", "-_8=="] {
            assert!(serde_json::from_value::<Base64UrlString>(json!(text)).is_err(), "{text}");
        }
    }
}
