//! Who a person is: users, the identities that lead to them, and what proves either.

pub mod email;
pub mod factor;
pub mod invite;
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
use crate::account::trust::Word;
use crate::clock::Timestamp;
use crate::error::{Rejection, Unauthenticated};
use crate::language::Language;
use crate::secret::{new_id, public_id, random_bytes, sha256, write_id};

/// An account.
///
/// It begins from a [`Proof`]. Nobody makes one up without the second factors that the gate looks for:
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
/// What is kept of it can be read, and written here alone:
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

/// What the store keeps of an account.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct StoredUser {
    /// The public id, `usr_…`.
    pub id: String,
    /// What kind of user, by the deployment's own words.
    pub actor_type: String,
    /// Where mail goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
    /// Whether the address was proven. Only a proven address leads to the account.
    pub email_verified: bool,
    /// The display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The family name, where the person gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The name that the person chose here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// Where a picture is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// What the person may do beside what everybody may, in the deployment's own words; only [`ADMIN`] means something
    /// here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// What the person reads, as they signed up: what is mailed about the account is written in it, whatever the request
    /// that brought it about asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When it was changed last.
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

/// What another version keeps here that this one does not know: it is written back as it was.
type Others = BTreeMap<String, serde_json::Value>;

/// An account elsewhere and why it leads to a user.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Identity {
    /// Names this linking and no other: who links the same identity again gets another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<LinkingId>,
    /// Who vouches for the subject.
    pub issuer: String,
    /// The subject, unique and stable within the issuer.
    pub subject: String,
    /// The provider's name in the configuration, as it was then.
    pub provider: String,
    /// Its name for people, as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What a person recognises the account there by: its address, or else its name.
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
    /// The account held the same address, and its mailbox opened a link that asked.
    MailedLink,
}

public_id! {
    /// Names one linking of an identity.
    LinkingId, "lnk", "not a linking's id"
}

impl Identity {
    /// The identity that `proof` shows; `None` for a mailbox, which is none.
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

    /// What people call the provider.
    pub fn label(&self) -> &str {
        self.label.as_ref().unwrap_or(&self.provider)
    }
}

/// What a provider says about a person. Display data but for the subject.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Profile {
    /// The subject, unique and stable within the issuer.
    pub subject: String,
    /// The address.
    pub email: Option<EmailAddress>,
    /// Whether the provider says that the address was proven.
    pub email_verified: bool,
    /// The display name, or the first one where the last one is known.
    pub name: Option<String>,
    /// The family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Where a picture is.
    pub picture: Option<String>,
}

impl Profile {
    /// What a person recognises the account by: its address, or else its name.
    pub fn account(&self) -> Option<String> {
        self.email.as_ref().map(ToString::to_string).or_else(|| self.name.clone())
    }
}

/// What a person has just proven.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// That they are this subject of that issuer.
    Subject {
        /// The provider's name in the configuration.
        provider: String,
        /// The provider's name for people.
        #[serde(default)]
        label: String,
        /// Who vouches.
        issuer: String,
        /// What was said.
        profile: Profile,
        /// How far the issuer's word on the address goes.
        trust_email: Word,
    },
    /// That they read the mail of this address.
    Mailbox(EmailAddress),
}

impl Proof {
    /// What people call where it comes from.
    pub fn label(&self) -> &str {
        match self {
            Self::Subject { label, provider, .. } if label.is_empty() => provider,
            Self::Subject { label, .. } => label,
            Self::Mailbox(_) => "",
        }
    }

    /// What was proven as people read it.
    pub fn told(&self) -> String {
        match self {
            Self::Subject { profile, .. } => told(self.label(), profile.account().as_deref()),
            Self::Mailbox(address) => address.to_string(),
        }
    }

    /// The address that is proven well enough to lead to an account.
    pub fn proven_email(&self) -> Option<&EmailAddress> {
        match self {
            Self::Subject { profile, trust_email, .. } => {
                profile.email.as_ref().filter(|_| profile.email_verified && *trust_email == Word::True)
            }
            Self::Mailbox(address) => Some(address),
        }
    }

    /// The address that leads to an account at once, where it is [proven](Self::proven_email), or else once its mailbox has
    /// opened a link.
    pub fn claimed_email(&self) -> Option<&EmailAddress> {
        match self {
            Self::Subject { profile, trust_email, .. } => {
                profile.email.as_ref().filter(|_| profile.email_verified && *trust_email != Word::False)
            }
            Self::Mailbox(address) => Some(address),
        }
    }

    /// The public id of what was proven, `aid_…`: the same whenever the same is proven, with an account or without.
    pub fn identity_id(&self) -> String {
        let hash = sha256(
            match self {
                Self::Subject { issuer, profile, .. } => format!("subject#{issuer}#{}", profile.subject),
                Self::Mailbox(address) => format!("mailbox#{}", address.canonical()),
            }
            .as_bytes(),
        );
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        write_id("aid", &id)
    }
}

/// The role of those who invite people.
pub const ADMIN: &str = "admin";

/// A key that leads to an account; one account has several.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pointer(String);

impl Pointer {
    /// By the user's id.
    pub fn user(id: &str) -> Self {
        Self(format!("user#{id}"))
    }

    /// By an account elsewhere. Issuer URLs and actor types hold no `#`, so that no two identities share a key.
    pub fn identity(actor_type: &str, issuer: &str, subject: &str) -> Self {
        Self(format!("identity#{actor_type}#{issuer}#{subject}"))
    }

    /// By a proven address.
    pub fn email(actor_type: &str, address: &EmailAddress) -> Self {
        Self(format!("email#{actor_type}#{}", address.canonical()))
    }

    /// The key itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl User {
    /// What the person knows the account by, in lists of theirs: its address, or else its id.
    pub fn account_name(&self) -> String {
        self.email.as_ref().map_or_else(|| self.id.clone(), ToString::to_string)
    }

    /// A new account for what was proven. An address that was not proven is kept for display and claims nothing.
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

    /// The account that began as any does and was kept. For the store alone: whoever else calls it has made one up.
    pub fn restored(kept: StoredUser) -> Self {
        Self(kept)
    }

    /// The account, whose mails are written in `language` from now on, unless it has one already.
    pub fn reading(mut self, language: Language) -> Self {
        self.0.language.get_or_insert(language);
        self
    }

    /// The account with one more identity, the one that `proof` shows.
    pub fn linked(self, proof: &Proof, reason: LinkReason, now: Timestamp) -> Self {
        match (proof, Identity::shown(proof, reason, now)) {
            (Proof::Subject { profile, .. }, Some(identity)) => self.joined(identity, profile, now),
            _ => self,
        }
    }

    /// The account with one more identity, whose provider says this of the person.
    fn joined(mut self, identity: Identity, profile: &Profile, now: Timestamp) -> Self {
        self.change(now);
        if self.name.is_none() {
            (self.0.name, self.0.last_name) = (profile.name.clone(), profile.last_name.clone());
        }
        self.0.picture = self.0.picture.or_else(|| profile.picture.clone());
        self.0.identities.push(identity);
        self
    }

    /// The account, whose address leads to it from now on: its mailbox said so.
    pub fn proven(mut self, now: Timestamp) -> Self {
        self.change(now);
        self.0.email_verified = true;
        self
    }

    /// The account without the identity that was joined by this linking.
    ///
    /// # Errors
    ///
    /// `LastIdentity` when nothing else would lead to it.
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

    /// Whether one of the account's identities was joined by this linking.
    pub fn has_linking(&self, linking: LinkingId) -> bool {
        self.identities.iter().any(|held| held.id == Some(linking))
    }

    /// Where mail about the account goes: to its address, if that is proven.
    pub fn mailbox(&self) -> Option<&EmailAddress> {
        self.email.as_ref().filter(|_| self.email_verified)
    }

    /// Whether the account's mailbox is the one that `proof` claims.
    pub fn is_claimed_by(&self, proof: &Proof) -> bool {
        let canonical = |address: &EmailAddress| address.canonical();
        self.mailbox().map(canonical).is_some_and(|own| proof.claimed_email().map(canonical) == Some(own))
    }

    /// Whether the account's address has yet to open a link, as `proof` made sure of it once.
    pub fn awaits_mailbox(&self, proof: &Proof) -> bool {
        !self.email_verified && self.email.is_some() && self.email.as_ref() == proof.claimed_email()
    }

    /// What the person has besides: every way in asks for one of these.
    pub fn factors(&self) -> &[Factor] {
        &self.factors
    }

    /// Which sessions count: those that began in this epoch, and no others. Whoever asks compares by
    /// [`Session::is_of`](crate::session::Session::is_of).
    pub const fn epoch(&self) -> u32 {
        self.0.epoch
    }

    /// The account in its next epoch: once that is written, every session is over that was not lifted in the same
    /// transaction.
    pub fn ending_sessions(mut self, now: Timestamp) -> Self {
        self.change(now);
        self.0.epoch += 1;
        self
    }

    fn change(&mut self, now: Timestamp) {
        self.0.version += 1;
        self.0.updated_at = now;
    }

    /// The account with, or without, a second factor. What was begun before is over.
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
    /// `NotFound` when it has none; `LastIdentity` when neither another identity nor a proven address would be left.
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

    /// Every key that leads here.
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

/// An identity that joins an account once its person has shown their second factor.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PendingLink {
    /// What it will be.
    pub identity: Identity,
    proof: Proof,
}

impl PendingLink {
    /// That the identity which `proof` shows is to join an account, as it did `after`; `None` where it did not.
    pub fn of(after: &User, proof: &Proof) -> Option<Self> {
        Some(Self { identity: after.identity(proof)?.clone(), proof: proof.clone() })
    }

    /// The account with the identity, if the address that brought the two together is still its own.
    ///
    /// # Errors
    ///
    /// `Unauthorized` otherwise: what was decided minutes ago holds no more.
    pub fn join(&self, user: &User, now: Timestamp) -> Result<User, Rejection> {
        match &self.proof {
            Proof::Subject { profile, .. }
                if user.is_claimed_by(&self.proof) && user.identity(&self.proof).is_none() =>
            {
                Ok(user.clone().joined(Identity { linked_at: now, ..self.identity.clone() }, profile, now))
            }
            _ => Err(Unauthenticated::AccountMovedOn.into()),
        }
    }
}

/// An identity as people read it: what the provider is called, and what the account there is recognised by.
pub fn told(label: &str, account: Option<&str>) -> String {
    match account {
        Some(account) => format!("{label}: {account}"),
        None => label.to_owned(),
    }
}

/// Display data of a bearable length, without control characters.
pub fn display_text(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|character| !character.is_control()).take(200).collect();
    (!text.trim().is_empty()).then_some(text)
}
