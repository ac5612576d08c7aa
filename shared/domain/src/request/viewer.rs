//! Who asks, where CloudFront stands in front: it writes the viewer's address into one header and shows by another that it
//! is CloudFront, and this deployment's, which writes.

use std::net::IpAddr;

use serde::Deserialize;

use crate::secret::{Secret, equal, sha256};

/// What the distribution shows. Two values are good while one takes the place of the other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OriginSecret {
    current: Secret,
    previous: Option<Secret>,
}

impl OriginSecret {
    /// Reads `{"current": "…"}`, with `previous` beside it during a change.
    ///
    /// # Errors
    ///
    /// For anything else, and for a value that could be guessed: each has 32 characters at least.
    pub fn parse(text: &str) -> Result<Self, String> {
        let secret: Self = serde_json::from_str(text).map_err(|_| {
            "is not a JSON object with the string \"current\" and, during a change, \"previous\"".to_owned()
        })?;
        if secret.values().any(|value| value.reveal().len() < MIN_LENGTH) {
            return Err(format!("has a value of fewer than {MIN_LENGTH} characters"));
        }
        Ok(secret)
    }

    /// Whether `shown` is one of the values. All are compared, and hashed before, so that time tells nothing.
    pub fn is(&self, shown: &str) -> bool {
        let shown = sha256(shown.as_bytes());
        self.values().fold(false, |found, value| equal(&sha256(value.reveal().as_bytes()), &shown) | found)
    }

    fn values(&self) -> impl Iterator<Item = &Secret> {
        [&self.current].into_iter().chain(&self.previous)
    }
}

/// Why a request does not come through our distribution.
#[derive(Clone, Copy, Debug)]
pub struct NotOurs(pub &'static str);

/// The address in `CloudFront-Viewer-Address`, which has a port behind it; an IPv6 address may stand in brackets or not.
pub fn viewer(header: &str) -> Option<IpAddr> {
    let (address, port) = header.rsplit_once(':')?;
    port.parse::<u16>().ok()?;
    match address.strip_prefix('[') {
        Some(inner) => inner.strip_suffix(']')?.parse().ok().filter(IpAddr::is_ipv6),
        None => address.parse().ok(),
    }
}

const MIN_LENGTH: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_with_its_port_and_nothing_else_is_one() {
        for (header, expected) in [
            ("198.51.100.10:46532", "198.51.100.10"),
            ("2001:db8:1:2::7:46532", "2001:db8:1:2::7"),
            ("[2001:db8:1:2::7]:443", "2001:db8:1:2::7"),
            ("2001:0db8:0001:0002:0000:0000:0000:0007:1", "2001:db8:1:2::7"),
        ] {
            assert_eq!(viewer(header), Some(expected.parse().unwrap()), "{header}");
        }
        for header in [
            "",
            "198.51.100.10",
            "198.51.100.10:",
            "198.51.100.10:https",
            "198.51.100.10:65536",
            "198.51.100.10:1, 198.51.100.11:2",
            "[198.51.100.10]:443",
            "[2001:db8::7:443",
            "viewer.example:443",
        ] {
            assert_eq!(viewer(header), None, "{header}");
        }
    }

    #[test]
    fn two_values_are_good_during_a_change_and_no_other_ever() {
        let (new, old) = ("n".repeat(32), "o".repeat(32));
        let during = OriginSecret::parse(&format!(r#"{{"current": "{new}", "previous": "{old}"}}"#)).unwrap();
        assert!(during.is(&new) && during.is(&old));
        let after = OriginSecret::parse(&format!(r#"{{"current": "{new}"}}"#)).unwrap();
        assert!(after.is(&new) && !after.is(&old));
        for shown in ["", &new[1..], &format!("{new}n"), &new.to_uppercase()] {
            assert!(!during.is(shown), "{shown}");
        }
    }

    #[test]
    fn a_secret_that_is_short_missing_or_something_else_is_none() {
        let short = "s".repeat(31);
        for text in [
            "",
            "{}",
            r#"{"current": ""}"#,
            &format!(r#"{{"current": "{short}"}}"#),
            &format!(r#"{{"current": "{}", "previous": "{short}"}}"#, "n".repeat(32)),
            &format!(r#"{{"current": "{}", "next": "x"}}"#, "n".repeat(32)),
            r#"["a-list-of-values-is-no-object-and-fails"]"#,
        ] {
            let problem = OriginSecret::parse(text).unwrap_err();
            assert!(!problem.contains("sss"), "{problem}");
        }
    }
}
