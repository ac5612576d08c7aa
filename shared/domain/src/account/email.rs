//! E-mail addresses: one canonical form, and nothing that a mail header could be bent with.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::secret::Hash;

/// An address that mail can be sent to.
///
/// The domain is normalised (NFKC, case folding and Punycode through IDNA, UTS #46); the local part is kept as it was
/// given. Two addresses are the same person's when their [canonical](EmailAddress::canonical) forms are equal.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress {
    local: String,
    domain: String,
}

/// Why a text is no address that Doorward sends mail to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotAnAddress;

impl EmailAddress {
    /// Reads one bare address: a dot-atom local part (RFC 5321 section 4.1.2; UTF-8 as in RFC 6531) and a domain name.
    ///
    /// # Errors
    ///
    /// Anything else is refused: display names, lists, quoted local parts, address literals, single-label domains,
    /// white space and control characters.
    pub fn parse(text: &str) -> Result<Self, NotAnAddress> {
        let (local, domain) = text.rsplit_once('@').ok_or(NotAnAddress)?;
        let well_formed = !local.is_empty()
            && local.len() <= 64
            && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_text));
        if !well_formed {
            return Err(NotAnAddress);
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| NotAnAddress)?;
        let numeric = domain.rsplit('.').next().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
        if !domain.contains('.') || numeric || domain.ends_with('.') || local.len() + domain.len() > 253 {
            return Err(NotAnAddress);
        }
        Ok(Self { local: local.to_owned(), domain })
    }

    /// The form that identifies a mailbox: ASCII letters of the local part in lower case, nothing else touched, so
    /// plus-tags and non-ASCII spellings stay distinct.
    pub fn canonical(&self) -> String {
        format!("{}@{}", self.local.to_ascii_lowercase(), self.domain)
    }

    /// The hash of that form, for where addresses must not stand.
    pub fn hash(&self) -> Hash {
        Hash::of(&self.canonical())
    }

    /// Whether the mailbox is one of `domain`, and not of one below it.
    pub fn is_at(&self, domain: &str) -> bool {
        idna::domain_to_ascii_strict(domain).is_ok_and(|domain| domain == self.domain)
    }

    /// The address without its plus-tag: for most providers the same mailbox, so that limits count it as one. What may be
    /// another person's is never decided by it.
    pub fn untagged(&self) -> Self {
        let name = self.local.split('+').next().filter(|name| !name.is_empty());
        Self { local: name.unwrap_or(&self.local).to_owned(), domain: self.domain.clone() }
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.to_string()
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = NotAnAddress;

    fn try_from(text: String) -> Result<Self, NotAnAddress> {
        Self::parse(&text)
    }
}

impl fmt::Display for NotAnAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an e-mail address")
    }
}

impl std::error::Error for NotAnAddress {}

fn is_atom_text(character: char) -> bool {
    if character.is_ascii() {
        character.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(character)
    } else {
        character.is_alphanumeric()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> Option<String> {
        EmailAddress::parse(text).ok().map(|address| address.canonical())
    }

    #[test]
    fn case_does_not_make_another_mailbox() {
        assert_eq!(canonical("Ada.Lovelace@Example.COM"), canonical("ada.lovelace@example.com"));
    }

    #[test]
    fn a_plus_tag_makes_another_mailbox() {
        assert_ne!(canonical("ada+news@example.com"), canonical("ada@example.com"));
    }

    #[test]
    fn mail_goes_to_the_address_as_it_was_given() {
        assert_eq!(EmailAddress::parse("Ada@Example.com").unwrap().to_string(), "Ada@example.com");
    }

    #[test]
    fn an_international_domain_has_one_spelling() {
        assert_eq!(canonical("ada@BÜCHER.example"), Some("ada@xn--bcher-kva.example".to_owned()));
        assert_eq!(canonical("ada@xn--bcher-kva.example"), canonical("ada@bücher.example"));
    }

    #[test]
    fn a_turkish_dotless_i_is_not_an_ascii_i() {
        assert_ne!(canonical("adıl@example.com"), canonical("adil@example.com"));
        assert_ne!(canonical("K@example.com"), canonical("\u{212a}@example.com"));
    }

    #[test]
    fn what_could_bend_a_mail_header_is_refused() {
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@localhost",
            "ada@example.com.",
            "ada@[127.0.0.1]",
            "ada@127.0.0.1",
            "Ada <ada@example.com>",
            "ada@example.com,eve@example.com",
            "ada@example.com\r\nBcc: eve@example.com",
            "ada\n@example.com",
            "ada@exam ple.com",
            " ada@example.com",
            "ada@example.com ",
            "a..da@example.com",
            ".ada@example.com",
            "\"ada\"@example.com",
            "ada\u{0}@example.com",
            "ada\u{200b}@example.com",
            "ada@eve@example.com",
        ] {
            assert_eq!(EmailAddress::parse(text), Err(NotAnAddress), "{text:?}");
        }
    }

    #[test]
    fn an_address_longer_than_smtp_carries_is_refused() {
        assert!(EmailAddress::parse(&format!("{}@example.com", "a".repeat(64))).is_ok());
        assert!(EmailAddress::parse(&format!("{}@example.com", "a".repeat(65))).is_err());
    }
}
