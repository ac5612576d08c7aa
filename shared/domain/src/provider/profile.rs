//! Profiles: what a provider's answer says about a person, read the same way for every provider.

use serde::Deserialize;
use serde_json::Value;

use super::id_token::MAX_SUBJECT;
use crate::account::email::EmailAddress;
use crate::account::profile::{Profile, display_text};

/// Where in a provider's word about a person things stand. Each source is a JSON pointer (RFC 6901) or, where one is
/// not enough, a text with pointers in braces: `{/tid}.{/oid}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClaimMapping {
    subject: String,
    email: Option<String>,
    verified: Option<String>,
    #[serde(default)]
    verified_as: VerifiedAs,
    name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    picture: Option<String>,
}

/// How a provider says that an address was proven.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
enum VerifiedAs {
    /// By `true`. The string `"false"` is true to whoever looks twice too little.
    #[default]
    Boolean,
    /// By 1.
    Integer,
    /// By telling the address at all.
    Presence,
    /// By `true`, `"true"` or `"1"`.
    Text,
}

impl Default for ClaimMapping {
    /// The standard claims (OpenID Connect Core section 5.1).
    fn default() -> Self {
        Self {
            subject: "/sub".to_owned(),
            email: Some("/email".to_owned()),
            verified: Some("/email_verified".to_owned()),
            verified_as: VerifiedAs::Boolean,
            name: Some("/name".to_owned()),
            given_name: Some("/given_name".to_owned()),
            family_name: Some("/family_name".to_owned()),
            picture: Some("/picture".to_owned()),
        }
    }
}

/// Reads a profile. `None` without a subject.
pub fn read(document: &Value, layout: &ClaimMapping) -> Option<Profile> {
    let text = |source: &Option<String>| source.as_deref().and_then(|source| find(document, source));
    let email = text(&layout.email).and_then(|address| EmailAddress::parse(&address).ok());
    let verified = match (&layout.verified, layout.verified_as) {
        (_, VerifiedAs::Presence) => true,
        (None, _) => false,
        (Some(pointer), kind) => document.pointer(pointer).is_some_and(|flag| kind.holds(flag)),
    };
    let name = |source| text(source).as_deref().and_then(display_text);
    // Nobody can tell where one name ends and the other begins, unless both are said.
    let (name, last_name) = match (name(&layout.given_name), name(&layout.family_name)) {
        (Some(given), Some(family)) => (Some(given), Some(family)),
        _ => (name(&layout.name), None),
    };
    Some(Profile {
        subject: find(document, &layout.subject).filter(|subject| (1..=MAX_SUBJECT).contains(&subject.len()))?,
        email_verified: email.is_some() && verified,
        email,
        name,
        last_name,
        picture: text(&layout.picture).filter(|url| is_picture(url)),
    })
}

/// Whether the subject stands in `document` as a number. `77` and `"77"` may be two people, and digits beyond what a
/// double holds change on their way; a layout that wants it all the same says so with braces: `{/id}`.
pub fn numbers_its_subjects(document: &Value, layout: &ClaimMapping) -> bool {
    document.pointer(&layout.subject).is_some_and(Value::is_number)
}

/// Fills what an ID token left out from the userinfo answer. `None` when that speaks of somebody else (section 5.3.2).
pub fn with_userinfo(profile: Profile, info: &Value, layout: &ClaimMapping) -> Option<Profile> {
    let info = read(info, layout).filter(|info| info.subject == profile.subject)?;
    let (email, email_verified) = match profile.email {
        Some(email) => (Some(email), profile.email_verified),
        None => (info.email, info.email_verified),
    };
    let (name, last_name) = match profile.name {
        Some(name) => (Some(name), profile.last_name),
        None => (info.name, info.last_name),
    };
    let picture = profile.picture.or(info.picture);
    Some(Profile { subject: profile.subject, email, email_verified, name, last_name, picture })
}

/// The address that is both primary and verified in a list of addresses.
pub fn primary_verified_email(list: &[Value]) -> Option<EmailAddress> {
    let is = |entry: &Value, flag: &str| entry.get(flag) == Some(&Value::Bool(true));
    let entry = list.iter().find(|entry| is(entry, "primary") && is(entry, "verified"))?;
    EmailAddress::parse(entry.get("email")?.as_str()?).ok()
}

impl VerifiedAs {
    fn holds(self, flag: &Value) -> bool {
        match self {
            Self::Boolean => flag == &Value::Bool(true),
            Self::Integer => flag.as_u64() == Some(1),
            Self::Presence => true,
            Self::Text => flag == &Value::Bool(true) || matches!(flag.as_str(), Some("true" | "1")),
        }
    }
}

/// What stands at a source: a string that is not empty, or the digits of a whole number.
fn find(document: &Value, source: &str) -> Option<String> {
    let at = |pointer: &str| match document.pointer(pointer)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) if number.is_u64() => Some(number.to_string()),
        _ => None,
    };
    if !source.contains('{') {
        return at(source);
    }
    let mut parts = source.split('{');
    let mut filled = parts.next()?.to_owned();
    for part in parts {
        let (pointer, literal) = part.split_once('}')?;
        filled.push_str(&at(pointer)?);
        filled.push_str(literal);
    }
    Some(filled)
}

/// A picture is shown in pages, where any other scheme could run.
fn is_picture(url: &str) -> bool {
    url.starts_with("https://") && url.len() <= 2048
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: &Value) -> Profile {
        read(value, &ClaimMapping::default()).unwrap()
    }

    #[test]
    fn a_subject_that_is_a_number_is_noticed_unless_the_layout_asks_for_its_digits() {
        let layout = |subject: &str| ClaimMapping { subject: subject.to_owned(), ..ClaimMapping::default() };
        let numbers = |document: Value, subject: &str| numbers_its_subjects(&document, &layout(subject));
        assert!(numbers(json!({"sub": 77}), "/sub") && numbers(json!({"id": 7.5}), "/id"));
        assert!(!numbers(json!({"sub": "77"}), "/sub") && !numbers(json!({"id": 77}), "{/id}"));
    }

    #[test]
    fn an_address_is_verified_only_by_the_boolean() {
        let verified =
            |flag: Value| claims(&json!({"sub": "1", "email": "a@b.example", "email_verified": flag})).email_verified;
        assert!(verified(json!(true)));
        for flag in [json!(false), json!("true"), json!("false"), json!(1), json!(null)] {
            assert!(!verified(flag.clone()), "{flag}");
        }
    }

    #[test]
    fn userinfo_fills_gaps_and_must_speak_of_the_same_subject() {
        let profile = claims(&json!({"sub": "1", "name": "Ada"}));
        let info = json!({"sub": "1", "name": "Eve", "email": "a@b.example", "email_verified": true});
        let filled = with_userinfo(profile.clone(), &info, &ClaimMapping::default()).unwrap();
        assert_eq!((filled.name.as_deref(), filled.email_verified), (Some("Ada"), true));
        assert_eq!(with_userinfo(profile.clone(), &json!({"sub": "2"}), &ClaimMapping::default()), None);
        assert_eq!(with_userinfo(profile, &json!({}), &ClaimMapping::default()), None);
    }

    #[test]
    fn userinfo_does_not_verify_the_address_of_an_id_token() {
        let profile = claims(&json!({"sub": "1", "email": "a@b.example"}));
        let info = json!({"sub": "1", "email": "c@d.example", "email_verified": true});
        let filled = with_userinfo(profile, &info, &ClaimMapping::default()).unwrap();
        assert_eq!((filled.email.unwrap().to_string().as_str(), filled.email_verified), ("a@b.example", false));
    }

    #[test]
    fn a_numeric_subject_is_its_digits_and_a_fraction_is_none() {
        let subject = |id: Value| read(&json!({"sub": id}), &ClaimMapping::default()).map(|profile| profile.subject);
        assert_eq!(subject(json!(583_231)), Some("583231".to_owned()));
        for id in [json!(1.5), json!(-1), json!(""), json!(null), json!({}), json!("s".repeat(256))] {
            assert_eq!(subject(id.clone()), None, "{id}");
        }
    }

    #[test]
    fn a_source_with_a_gap_reads_as_nothing() {
        let document = json!({"tid": "t", "oid": "o", "avatar": null});
        assert_eq!(find(&document, "{/tid}.{/oid}"), Some("t.o".to_owned()));
        assert_eq!(find(&document, "https://cdn.example/{/tid}/{/avatar}.png"), None);
        assert_eq!(find(&document, "{/tid"), None);
    }

    #[test]
    fn every_kind_of_word_for_verified_has_its_own_yes() {
        for (kind, yes, no) in [
            (VerifiedAs::Boolean, vec![json!(true)], vec![json!("true"), json!(1), json!("false")]),
            (VerifiedAs::Integer, vec![json!(1)], vec![json!(0), json!(true), json!("1")]),
            (
                VerifiedAs::Text,
                vec![json!(true), json!("true"), json!("1")],
                vec![json!("false"), json!(1), json!("0")],
            ),
        ] {
            assert!(yes.iter().all(|flag| kind.holds(flag)), "{kind:?}");
            assert!(!no.iter().any(|flag| kind.holds(flag)), "{kind:?}");
        }
    }

    #[test]
    fn only_the_primary_verified_address_counts() {
        let list = [
            json!({"email": "one@b.example", "primary": false, "verified": true}),
            json!({"email": "two@b.example", "primary": true, "verified": true}),
        ];
        assert_eq!(primary_verified_email(&list).unwrap().to_string(), "two@b.example");
        let unproven = [json!({"email": "a@b.example", "primary": true, "verified": false})];
        assert_eq!(primary_verified_email(&unproven), None);
    }

    #[test]
    fn a_name_is_split_where_the_provider_gives_both_parts() {
        let names = |parts: Value| {
            let mut document = json!({"sub": "1", "name": "Ada King Lovelace"});
            document.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
            let Profile { name, last_name, .. } = claims(&document);
            (name.unwrap(), last_name)
        };
        let split = names(json!({"given_name": "Ada", "family_name": "King Lovelace"}));
        assert_eq!(split, ("Ada".to_owned(), Some("King Lovelace".to_owned())));
        for parts in [json!({}), json!({"given_name": "Ada"}), json!({"family_name": "Lovelace", "given_name": ""})] {
            assert_eq!(names(parts), ("Ada King Lovelace".to_owned(), None));
        }
    }

    #[test]
    fn display_data_cannot_carry_control_characters_or_scripts() {
        let profile = claims(&json!({"sub": "1", "name": "A\u{0}da\r\n", "picture": "javascript:alert(1)"}));
        assert_eq!((profile.name.as_deref(), profile.picture), (Some("Ada"), None));
    }
}
