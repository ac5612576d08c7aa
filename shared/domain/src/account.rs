//! Accounts and the identities that lead to them; what proves either is in the modules below.

pub mod email;
pub mod factor;
pub mod invite;
pub mod pending_link;
pub mod profile;
pub mod proof;
pub mod resolution;
#[cfg(test)]
mod tests;
pub mod trust;
pub mod undo;

use std::collections::BTreeMap;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::account::email::EmailAddress;
use crate::account::factor::Factor;
use crate::account::profile::Profile;
use crate::account::proof::Proof;
use crate::clock::Timestamp;
use crate::error::Rejection;
use crate::language::Language;
use crate::secret::{new_id, public_id, random_bytes};

/// An account.
///
/// An account begins from a [`Proof`]. None can be made up that lacks the second factors which the gate looks for:
///
/// ```compile_fail,E0277
/// use doorward_domain::account::User;
///
/// fn out_of_nothing(json: &str) -> Option<User> {
///     serde_json::from_str(json).ok()
/// }
/// ```
///
/// ```compile_fail,E0423
/// use doorward_domain::account::{StoredUser, User};
///
/// fn past_the_store(kept: StoredUser) -> User {
///     User(kept)
/// }
/// ```
///
/// The stored fields can be read anywhere, but only written here:
///
/// ```compile_fail,E0594
/// use doorward_domain::account::User;
///
/// fn to_another_account(user: &mut User) {
///     user.id = "usr_1".to_owned();
/// }
/// ```
#[derive(Clone, Debug)]
pub struct User(StoredUser);

/// An account as the store keeps it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct StoredUser {
    /// The public id, `usr_…`.
    pub id: String,
    /// What kind of user this is, in the deployment's own words.
    pub actor_type: String,
    /// Where mail goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
    /// Whether the address is proven. Only a proven address leads to the account.
    pub email_verified: bool,
    /// The display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The family name, if the person gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The name that the person chose at Doorward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// The URL of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// What the person may do beyond what everybody may, in the deployment's own words; Doorward itself knows only
    /// [`ADMIN`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The language that the person signed up in. Mail about the account is written in it, whatever language the request
    /// asks for that causes the mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Counts the changes, so that two writers cannot overwrite each other.
    pub version: u32,
    #[serde(default)]
    epoch: u32,
    /// The accounts elsewhere that lead here.
    pub identities: Vec<Identity>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    factors: Vec<Factor>,
    #[serde(flatten)]
    others: Others,
}

/// Fields of another version that this one does not know: they are written back unchanged.
type Others = BTreeMap<String, serde_json::Value>;

/// An account elsewhere, and why it leads to a user.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Identity {
    /// Names this linking and no other: linking the same identity again gives a new id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<LinkingId>,
    /// Who vouches for the subject.
    pub issuer: String,
    /// The subject, unique and stable within the issuer.
    pub subject: String,
    /// The provider's name in the configuration when it was linked.
    pub provider: String,
    /// The provider's name for people when it was linked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What the person recognises the account there by: its address, or else its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// When it was linked.
    pub linked_at: Timestamp,
    /// Why it was linked.
    pub reason: LinkReason,
    #[serde(flatten)]
    others: Others,
}

/// Why an identity leads to an account.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkReason {
    /// The account was made by signing in with it.
    SignUp,
    /// The person asked for it while signed in.
    Asked,
    /// The account held the same address, proven on both sides.
    VerifiedEmail,
    /// The account held the same address, and its mailbox agreed by opening a link.
    MailedLink,
}

public_id! {
    /// Names one linking of an identity.
    LinkingId, "lnk", "not a linking's id"
}

impl Identity {
    /// The identity that `proof` shows; `None` for a mailbox, which is not an identity.
    fn shown(proof: &Proof, reason: LinkReason, now: Timestamp) -> Option<Self> {
        let Proof::Subject { provider, label, issuer, profile, .. } = proof else { return None };
        Some(Self {
            id: Some(LinkingId(random_bytes())),
            issuer: issuer.clone(),
            subject: profile.subject.clone(),
            provider: provider.clone(),
            label: (!label.is_empty()).then(|| label.clone()),
            account: profile.account(),
            linked_at: now,
            reason,
            others: Others::new(),
        })
    }

    /// The provider's name for people.
    pub fn label(&self) -> &str {
        self.label.as_ref().unwrap_or(&self.provider)
    }
}

/// The role that may invite people.
pub const ADMIN: &str = "admin";

/// A key that leads to an account; one account has several.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pointer(String);

impl Pointer {
    /// The key by the user's id.
    pub fn user(id: &str) -> Self {
        Self(format!("user#{id}"))
    }

    /// The key by an account elsewhere. Issuer URLs and actor types contain no `#`, so no two identities share a key.
    pub fn identity(actor_type: &str, issuer: &str, subject: &str) -> Self {
        Self(format!("identity#{actor_type}#{issuer}#{subject}"))
    }

    /// The key by a proven address.
    pub fn email(actor_type: &str, address: &EmailAddress) -> Self {
        Self(format!("email#{actor_type}#{}", address.canonical()))
    }

    /// The key itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl User {
    /// What the person knows the account by, for example in a list of their own: its address, or else its id.
    pub fn account_name(&self) -> String {
        self.email.as_ref().map_or_else(|| self.id.clone(), ToString::to_string)
    }

    /// A new account for what was proven. An unproven address is kept for display and claims nothing.
    pub fn sign_up(proof: &Proof, actor_type: &str, now: Timestamp) -> Self {
        let user = StoredUser {
            id: new_id("usr"),
            actor_type: actor_type.to_owned(),
            email: None,
            email_verified: proof.proven_email().is_some(),
            name: None,
            last_name: None,
            user_name: None,
            picture: None,
            role: None,
            language: None,
            created_at: now,
            updated_at: now,
            version: 1,
            epoch: 0,
            identities: Vec::new(),
            factors: Vec::new(),
            others: Others::new(),
        };
        Self(match proof {
            Proof::Mailbox(address) => StoredUser { email: Some(address.clone()), ..user },
            Proof::Subject { profile, .. } => StoredUser {
                email: profile.email.clone(),
                name: profile.name.clone(),
                last_name: profile.last_name.clone(),
                picture: profile.picture.clone(),
                identities: Identity::shown(proof, LinkReason::SignUp, now).into_iter().collect(),
                ..user
            },
        })
    }

    /// An account read back from the store. For the store alone: any other caller would be inventing one.
    pub fn restored(kept: StoredUser) -> Self {
        Self(kept)
    }

    /// The account with `language` for its mail, unless it has a language already.
    pub fn reading(mut self, language: Language) -> Self {
        self.0.language.get_or_insert(language);
        self
    }

    /// The account with one more identity: the one that `proof` shows.
    pub fn linked(self, proof: &Proof, reason: LinkReason, now: Timestamp) -> Self {
        match (proof, Identity::shown(proof, reason, now)) {
            (Proof::Subject { profile, .. }, Some(identity)) => self.joined(identity, profile, now),
            _ => self,
        }
    }

    /// The account with one more identity, and what `profile` adds to it.
    fn joined(mut self, identity: Identity, profile: &Profile, now: Timestamp) -> Self {
        self.change(now);
        if self.name.is_none() {
            (self.0.name, self.0.last_name) = (profile.name.clone(), profile.last_name.clone());
        }
        self.0.picture = self.0.picture.or_else(|| profile.picture.clone());
        self.0.identities.push(identity);
        self
    }

    /// The account with its address proven, which leads to it from now on.
    pub fn proven(mut self, now: Timestamp) -> Self {
        self.change(now);
        self.0.email_verified = true;
        self
    }

    /// The account without the identity that this linking joined.
    ///
    /// # Errors
    ///
    /// `LastIdentity` when nothing else would lead to the account.
    pub fn undone(mut self, linking: LinkingId, now: Timestamp) -> Result<Self, Rejection> {
        self.0.identities.retain(|held| held.id != Some(linking));
        if self.identities.is_empty() && !self.email_verified {
            return Err(Rejection::LastIdentity);
        }
        self.change(now);
        Ok(self)
    }

    /// The identity of the account that `proof` shows.
    pub fn identity(&self, proof: &Proof) -> Option<&Identity> {
        let Proof::Subject { issuer, profile, .. } = proof else { return None };
        self.identities.iter().find(|held| held.issuer == *issuer && held.subject == profile.subject)
    }

    /// Whether this linking joined one of the account's identities.
    pub fn has_linking(&self, linking: LinkingId) -> bool {
        self.identities.iter().any(|held| held.id == Some(linking))
    }

    /// Where mail about the account goes: its address, if that is proven.
    pub fn mailbox(&self) -> Option<&EmailAddress> {
        self.email.as_ref().filter(|_| self.email_verified)
    }

    /// Whether the account's mailbox is the one that `proof` claims.
    pub fn is_claimed_by(&self, proof: &Proof) -> bool {
        let canonical = |address: &EmailAddress| address.canonical();
        self.mailbox().map(canonical).is_some_and(|own| proof.claimed_email().map(canonical) == Some(own))
    }

    /// Whether the account's address is unproven and the one that `proof` claims, so that its mailbox may be asked.
    pub fn awaits_mailbox(&self, proof: &Proof) -> bool {
        !self.email_verified && self.email.is_some() && self.email.as_ref() == proof.claimed_email()
    }

    /// The account's second factors: every way in asks for one of them.
    pub fn factors(&self) -> &[Factor] {
        &self.factors
    }

    /// The account's epoch: only sessions of this epoch are valid. Compare them by
    /// [`Session::is_of`](crate::session::Session::is_of).
    pub const fn epoch(&self) -> u32 {
        self.0.epoch
    }

    /// The account in its next epoch. Writing it ends every session that the same transaction does not lift.
    pub fn ending_sessions(mut self, now: Timestamp) -> Self {
        self.change(now);
        self.0.epoch += 1;
        self
    }

    fn change(&mut self, now: Timestamp) {
        self.0.version += 1;
        self.0.updated_at = now;
    }

    /// The account with a second factor added or removed, in its next epoch.
    pub fn with_factor(self, factor: Factor, held: bool, now: Timestamp) -> Self {
        let mut user = self.ending_sessions(now);
        user.0.factors.retain(|other| *other != factor);
        user.0.factors.extend(held.then_some(factor));
        user
    }

    /// The account without the identities of `provider`.
    ///
    /// # Errors
    ///
    /// `NotFound` when it has none of them; `LastIdentity` when neither another identity nor a proven address would
    /// remain.
    pub fn without(mut self, provider: &str, now: Timestamp) -> Result<Self, Rejection> {
        let before = self.identities.len();
        self.0.identities.retain(|held| held.provider != provider);
        if self.identities.len() == before {
            return Err(Rejection::NotFound);
        }
        if self.identities.is_empty() && !self.email_verified {
            return Err(Rejection::LastIdentity);
        }
        self.change(now);
        Ok(self)
    }

    /// Whether the person may invite people of their own actor type and give them roles.
    pub fn is_admin(&self) -> bool {
        self.role.as_deref() == Some(ADMIN)
    }

    /// Every key that leads to the account.
    pub fn pointers(&self) -> Vec<Pointer> {
        let identities =
            self.identities.iter().map(|held| Pointer::identity(&self.actor_type, &held.issuer, &held.subject));
        [Pointer::user(&self.id)]
            .into_iter()
            .chain(identities)
            .chain(self.mailbox().map(|address| Pointer::email(&self.actor_type, address)))
            .collect()
    }
}

impl Deref for User {
    type Target = StoredUser;

    fn deref(&self) -> &StoredUser {
        &self.0
    }
}
