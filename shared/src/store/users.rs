//! The table Users: accounts, and the keys that lead to them.
//!
//! An account is kept whole under each of its [pointers](crate::identity::Pointer): its id, its identities, its proven
//! address. All copies are written in one transaction, so that a sign-in needs a single read and never sees half a
//! change.

use aws_sdk_dynamodb::Client;
use serde::{Deserialize, Serialize};

use super::{Table, Write, item, number};
use crate::failure::Broken;
use crate::identity::{Pointer, User};

/// The table.
#[derive(Clone, Debug)]
pub struct Users(Table);

#[derive(Deserialize, Serialize)]
struct Copy<'a> {
    account: std::borrow::Cow<'a, User>,
}

impl Users {
    /// Opens the table `name`.
    pub fn new(client: Client, name: String) -> Self {
        Self(Table { client, name })
    }

    /// The account that `pointer` leads to.
    ///
    /// # Errors
    ///
    /// When DynamoDB does not answer.
    pub async fn find(&self, pointer: &Pointer) -> Result<Option<User>, Broken> {
        let copy = self.0.get::<Copy<'static>>(pointer.as_str()).await?;
        Ok(copy.map(|copy| copy.account.into_owned()))
    }

    /// That the account is still in the epoch that it was read in, for other writes to happen.
    ///
    /// # Errors
    ///
    /// Only when the write itself is malformed.
    pub fn in_same_epoch(&self, user: &User) -> Result<Write, Broken> {
        let epoch = vec![(":epoch", number(user.epoch().into()))];
        self.0.checking(Pointer::user(&user.id).as_str(), "account.epoch = :epoch", epoch)
    }

    /// Writes `after` under each of its pointers, and takes away what led to `before` alone. Where `before` was, its
    /// version must still be there; everywhere else there must be nothing: an identity or an address never changes hands
    /// by accident.
    ///
    /// # Errors
    ///
    /// Only when a write itself is malformed.
    pub fn saving(&self, before: Option<&User>, after: &User) -> Result<Vec<Write>, Broken> {
        let held = before.map(User::pointers).unwrap_or_default();
        let write = |pointer: &Pointer| {
            let item = item(pointer.as_str(), &Copy { account: std::borrow::Cow::Borrowed(after) }, None)?;
            match before.filter(|_| held.contains(pointer)) {
                Some(before) => {
                    let version = vec![(":version", number(before.version.into()))];
                    self.0.putting(item, "account.version = :version", version)
                }
                None => self.0.putting(item, "attribute_not_exists(id)", Vec::new()),
            }
        };
        let kept = after.pointers();
        let dropped = before.into_iter().flat_map(|before| {
            held.iter().filter(|pointer| !kept.contains(pointer)).map(|pointer| {
                let version = vec![(":version", number(before.version.into()))];
                self.0.deleting(pointer.as_str(), "account.version = :version", version)
            })
        });
        kept.iter().map(write).chain(dropped).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;
    use crate::clock::Timestamp;
    use crate::email::EmailAddress;
    use crate::identity::{Profile, Proof};
    use crate::provider::trust::Word;
    use crate::store::{read, text};

    #[test]
    fn an_account_is_written_back_with_whatever_another_version_keeps_on_it() {
        let email = Some(EmailAddress::parse("ada@example.com").unwrap());
        let profile = Profile { subject: "s1".into(), email, email_verified: true, ..Profile::default() };
        let proof = Proof::Subject {
            provider: "idp".into(),
            label: String::new(),
            issuer: "https://idp.example".into(),
            profile,
            trust_email: Word::True,
        };
        let user = User::sign_up(&proof, "user", Timestamp::from_seconds(1_000_000));
        let mut kept = item("user#1", &Copy { account: std::borrow::Cow::Borrowed(&user) }, None).unwrap();
        let Some(AttributeValue::M(account)) = kept.get_mut("account") else { panic!("an account is a map") };
        let unknown = [
            ("disabled_at", number(7)),
            ("locale", text("tlh")),
            ("flags", AttributeValue::L(vec![AttributeValue::Bool(true), AttributeValue::Null(true)])),
            ("limits", AttributeValue::M(HashMap::from([("ratio".to_owned(), AttributeValue::N("0.5".to_owned()))]))),
        ];
        account.extend(unknown.clone().map(|(name, value)| (name.to_owned(), value)));
        account.insert("factors".to_owned(), AttributeValue::L(vec![text("totp"), text("implant")]));
        let Some(AttributeValue::L(identities)) = account.get_mut("identities") else { panic!("a list") };
        let Some(AttributeValue::M(identity)) = identities.first_mut() else { panic!("a map") };
        identity.extend(unknown.map(|(name, value)| (name.to_owned(), value)));

        let known: Copy<'static> = read(kept.clone()).unwrap();

        assert_eq!(item("user#1", &known, None).unwrap(), kept);
    }
}
