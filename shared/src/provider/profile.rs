//! Profiles: what a provider's answer says about a person, read the same way for every provider.

use serde_json::{Map, Value};

use super::catalog::Pointers;
use super::id_token::MAX_SUBJECT;
use crate::email::EmailAddress;
use crate::identity::Profile;

/// Reads the standard claims (OpenID Connect Core section 5.1) of an ID token or a userinfo answer. `None` without a
/// subject.
pub fn from_claims(claims: &Map<String, Value>) -> Option<Profile> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let email = text("email").and_then(|address| EmailAddress::parse(address).ok());
    Some(Profile {
        subject: subject(claims.get("sub")?)?,
        // Only the boolean counts: the string "false" is true to whoever looks twice too little.
        email_verified: email.is_some() && claims.get("email_verified") == Some(&Value::Bool(true)),
        email,
        name: text("name").and_then(display_text),
        picture: text("picture").and_then(picture),
    })
}

/// Fills what an ID token left out from the userinfo answer. `None` when that speaks of somebody else (section 5.3.2).
pub fn with_userinfo(profile: Profile, claims: &Map<String, Value>) -> Option<Profile> {
    let info = from_claims(claims).filter(|info| info.subject == profile.subject)?;
    let (email, email_verified) = match profile.email {
        Some(email) => (Some(email), profile.email_verified),
        None => (info.email, info.email_verified),
    };
    let (name, picture) = (profile.name.or(info.name), profile.picture.or(info.picture));
    Some(Profile {
        subject: profile.subject,
        email,
        email_verified,
        name,
        picture,
    })
}

/// Reads a plain OAuth 2.0 provider's profile. `None` without a subject.
pub fn from_pointers(document: &Value, pointers: &Pointers) -> Option<Profile> {
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str);
    Some(Profile {
        subject: subject(document.pointer(pointers.subject)?)?,
        name: text(pointers.name).and_then(display_text),
        picture: text(pointers.picture).and_then(picture),
        ..Profile::default()
    })
}

/// The address that is both primary and verified in a list of addresses.
pub fn primary_verified_email(list: &Value) -> Option<EmailAddress> {
    let is = |entry: &Value, flag: &str| entry.get(flag) == Some(&Value::Bool(true));
    let entry = list
        .as_array()?
        .iter()
        .find(|entry| is(entry, "primary") && is(entry, "verified"))?;
    EmailAddress::parse(entry.get("email")?.as_str()?).ok()
}

fn subject(value: &Value) -> Option<String> {
    let subject = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_u64() => number.to_string(),
        _ => return None,
    };
    (1..=MAX_SUBJECT).contains(&subject.len()).then_some(subject)
}

/// Display data of a bearable length, without control characters.
fn display_text(text: &str) -> Option<String> {
    let text: String = text
        .chars()
        .filter(|character| !character.is_control())
        .take(200)
        .collect();
    (!text.trim().is_empty()).then_some(text)
}

/// A picture is shown in pages, where any other scheme could run.
fn picture(url: &str) -> Option<String> {
    (url.starts_with("https://") && url.len() <= 2048).then(|| url.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: &Value) -> Profile {
        from_claims(value.as_object().unwrap()).unwrap()
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
        let filled = with_userinfo(profile.clone(), info.as_object().unwrap()).unwrap();
        assert_eq!((filled.name.as_deref(), filled.email_verified), (Some("Ada"), true));
        assert_eq!(
            with_userinfo(profile.clone(), json!({"sub": "2"}).as_object().unwrap()),
            None
        );
        assert_eq!(with_userinfo(profile, json!({}).as_object().unwrap()), None);
    }

    #[test]
    fn userinfo_does_not_verify_the_address_of_an_id_token() {
        let profile = claims(&json!({"sub": "1", "email": "a@b.example"}));
        let info = json!({"sub": "1", "email": "c@d.example", "email_verified": true});
        let filled = with_userinfo(profile, info.as_object().unwrap()).unwrap();
        assert_eq!(
            (filled.email.unwrap().to_string().as_str(), filled.email_verified),
            ("a@b.example", false)
        );
    }

    #[test]
    fn a_numeric_subject_is_its_digits_and_a_fraction_is_none() {
        let pointers = Pointers {
            subject: "/id",
            name: "/name",
            picture: "/avatar_url",
        };
        let subject = |id: Value| from_pointers(&json!({"id": id}), &pointers).map(|profile| profile.subject);
        assert_eq!(subject(json!(583_231)), Some("583231".to_owned()));
        for id in [json!(1.5), json!(-1), json!(""), json!(null), json!({})] {
            assert_eq!(subject(id.clone()), None, "{id}");
        }
    }

    #[test]
    fn only_the_primary_verified_address_counts() {
        let list = json!([
            {"email": "one@b.example", "primary": false, "verified": true},
            {"email": "two@b.example", "primary": true, "verified": true},
        ]);
        assert_eq!(primary_verified_email(&list).unwrap().to_string(), "two@b.example");
        assert_eq!(
            primary_verified_email(&json!([{"email": "a@b.example", "primary": true, "verified": false}])),
            None
        );
        assert_eq!(primary_verified_email(&json!({"message": "Not Found"})), None);
    }

    #[test]
    fn display_data_cannot_carry_control_characters_or_scripts() {
        let profile = claims(&json!({"sub": "1", "name": "A\u{0}da\r\n", "picture": "javascript:alert(1)"}));
        assert_eq!((profile.name.as_deref(), profile.picture), (Some("Ada"), None));
    }
}
