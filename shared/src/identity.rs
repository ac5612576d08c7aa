//! Who a person is: users, the identities that lead to them, and whose account a proof opens.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::email::EmailAddress;
use crate::failure::Denied;
use crate::provider::trust::Word;
use crate::second_factor::Factor;
use crate::secret::{new_id, sha256, write_id};

/// An account.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct User {
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
}

/// An account elsewhere and why it leads to a user.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Identity {
    /// Who vouches for the subject.
    pub issuer: String,
    /// The subject, unique and stable within the issuer.
    pub subject: String,
    /// The provider's name in the configuration, as it was then.
    pub provider: String,
    /// When it was linked.
    pub linked_at: Timestamp,
    /// Why it was linked.
    pub reason: LinkReason,
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

/// What a person has just proven.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// That they are this subject of that issuer.
    Subject {
        /// The provider's name in the configuration.
        provider: String,
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
        let user = Self {
            id: new_id("usr"),
            actor_type: actor_type.to_owned(),
            email: None,
            email_verified: proof.proven_email().is_some(),
            name: None,
            last_name: None,
            user_name: None,
            picture: None,
            role: None,
            created_at: now,
            updated_at: now,
            version: 1,
            epoch: 0,
            identities: Vec::new(),
            factors: Vec::new(),
        };
        match proof {
            Proof::Mailbox(address) => Self { email: Some(address.clone()), ..user },
            Proof::Subject { provider, issuer, profile, .. } => Self {
                email: profile.email.clone(),
                name: profile.name.clone(),
                last_name: profile.last_name.clone(),
                picture: profile.picture.clone(),
                identities: vec![Identity {
                    issuer: issuer.clone(),
                    subject: profile.subject.clone(),
                    provider: provider.clone(),
                    linked_at: now,
                    reason: LinkReason::SignUp,
                }],
                ..user
            },
        }
    }

    /// The account with one more identity.
    pub fn linked(
        mut self,
        provider: &str,
        issuer: &str,
        profile: &Profile,
        reason: LinkReason,
        now: Timestamp,
    ) -> Self {
        self.change(now);
        if self.name.is_none() {
            (self.name, self.last_name) = (profile.name.clone(), profile.last_name.clone());
        }
        self.picture = self.picture.or_else(|| profile.picture.clone());
        self.identities.push(Identity {
            issuer: issuer.to_owned(),
            subject: profile.subject.clone(),
            provider: provider.to_owned(),
            linked_at: now,
            reason,
        });
        self
    }

    /// What the person has besides: every way in asks for one of these.
    pub fn factors(&self) -> &[Factor] {
        &self.factors
    }

    /// Which sessions count: those that began in this epoch, and no others. Whoever asks compares by
    /// [`Session::is_of`](crate::session::Session::is_of).
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The account in its next epoch: once that is written, every session is over that was not lifted in the same
    /// transaction.
    pub fn ending_sessions(mut self, now: Timestamp) -> Self {
        self.change(now);
        self.epoch += 1;
        self
    }

    fn change(&mut self, now: Timestamp) {
        self.version += 1;
        self.updated_at = now;
    }

    /// The account with, or without, a second factor. What was begun before is over.
    pub fn with_factor(self, factor: Factor, held: bool, now: Timestamp) -> Self {
        let mut user = self.ending_sessions(now);
        user.factors.retain(|other| *other != factor);
        user.factors.extend(held.then_some(factor));
        user
    }

    /// The account without the identities of `provider`.
    ///
    /// # Errors
    ///
    /// `NotFound` when it has none; `LastIdentity` when neither another identity nor a proven address would be left.
    pub fn without(mut self, provider: &str, now: Timestamp) -> Result<Self, Denied> {
        let before = self.identities.len();
        self.identities.retain(|held| held.provider != provider);
        if self.identities.len() == before {
            return Err(Denied::NotFound);
        }
        if self.identities.is_empty() && !self.email_verified {
            return Err(Denied::LastIdentity);
        }
        self.change(now);
        Ok(self)
    }

    /// Whether the person may invite people of their own actor type and give them roles.
    pub fn is_admin(&self) -> bool {
        self.role.as_deref() == Some(ADMIN)
    }

    /// Whether an identity leads here.
    fn holds(&self, issuer: &str, subject: &str) -> bool {
        self.identities.iter().any(|held| held.issuer == issuer && held.subject == subject)
    }

    /// Every key that leads here.
    pub fn pointers(&self) -> Vec<Pointer> {
        let identities =
            self.identities.iter().map(|held| Pointer::identity(&self.actor_type, &held.issuer, &held.subject));
        let email = self.email.as_ref().filter(|_| self.email_verified);
        [Pointer::user(&self.id)]
            .into_iter()
            .chain(identities)
            .chain(email.map(|address| Pointer::email(&self.actor_type, address)))
            .collect()
    }
}

/// Who may make an account of an actor type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SignUpPolicy {
    /// Nobody.
    Closed,
    /// Whoever holds an invite.
    Invite,
    /// Everybody.
    Open,
}

/// Whether an address may join an identity to the account that holds it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LinkPolicy {
    /// Never; a collision is refused.
    Never,
    /// When both sides have proven the address, or its mailbox says so.
    Verified,
}

/// Whose account a proof opens.
#[derive(Clone, Debug)]
pub enum Standing {
    /// This one.
    Known(User),
    /// This one, which gets one more identity first.
    Linked {
        /// As it is.
        before: Box<User>,
        /// As it is to be.
        after: Box<User>,
    },
    /// A new one.
    New(User),
    /// None yet: an invite is needed.
    RegistrationRequired,
    /// None, and there will be none.
    SignUpClosed,
    /// None: the address belongs to an account that may not be linked.
    Collision,
    /// None yet: the address belongs to this account, and its mailbox has not said that the identity is its own.
    Unconfirmed(Box<User>),
}

/// Display data of a bearable length, without control characters.
pub fn display_text(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|character| !character.is_control()).take(200).collect();
    (!text.trim().is_empty()).then_some(text)
}

/// Decides whose account `proof` opens, for a person to whom no identity leads yet. `holder` is the account that holds
/// the [claimed address](Proof::claimed_email), if there is one.
pub fn judge(
    proof: &Proof,
    holder: Option<User>,
    actor_type: &str,
    sign_up: SignUpPolicy,
    linking: LinkPolicy,
    now: Timestamp,
) -> Standing {
    match (holder, proof) {
        // Two spellings of one canonical address may be two mailboxes: only the one that mail was sent to is proven.
        (Some(user), Proof::Mailbox(address)) if user.email.as_ref() == Some(address) => Standing::Known(user),
        (Some(_), Proof::Mailbox(_)) => Standing::Collision,
        // Somebody else linked it between two look-ups.
        (Some(user), Proof::Subject { issuer, profile, .. }) if user.holds(issuer, &profile.subject) => {
            Standing::Known(user)
        }
        (Some(_), Proof::Subject { .. }) if linking == LinkPolicy::Never => Standing::Collision,
        // A word of long ago would let whoever had the mailbox then into the account of whoever has it now.
        (Some(user), Proof::Subject { .. }) if proof.proven_email().is_none() => Standing::Unconfirmed(Box::new(user)),
        (Some(user), Proof::Subject { provider, issuer, profile, .. }) => {
            let after = user.clone().linked(provider, issuer, profile, LinkReason::VerifiedEmail, now);
            Standing::Linked { before: Box::new(user), after: Box::new(after) }
        }
        (None, _) => match sign_up {
            SignUpPolicy::Open => Standing::New(User::sign_up(proof, actor_type, now)),
            SignUpPolicy::Invite => Standing::RegistrationRequired,
            SignUpPolicy::Closed => Standing::SignUpClosed,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn address() -> EmailAddress {
        EmailAddress::parse("Ada@example.com").unwrap()
    }

    fn proof(email_verified: bool, trust_email: Word) -> Proof {
        let profile = Profile { subject: "s1".into(), email: Some(address()), email_verified, ..Profile::default() };
        Proof::Subject { provider: "idp".into(), issuer: "https://idp.example".into(), profile, trust_email }
    }

    fn judged(proof: &Proof, holder: Option<User>, sign_up: SignUpPolicy, linking: LinkPolicy) -> Standing {
        judge(proof, holder, "user", sign_up, linking, NOW)
    }

    #[test]
    fn an_address_is_proven_only_when_it_is_verified_and_the_provider_is_trusted() {
        assert_eq!(proof(true, Word::True).proven_email(), Some(&address()));
        assert_eq!(proof(true, Word::Confirmed).proven_email(), None);
        assert_eq!(proof(true, Word::False).proven_email(), None);
        assert_eq!(proof(false, Word::True).proven_email(), None);
        assert_eq!(Proof::Mailbox(address()).proven_email(), Some(&address()));
    }

    #[test]
    fn an_address_is_claimed_where_it_is_proven_and_where_it_was_confirmed_once() {
        for (word, claimed) in [(Word::True, true), (Word::Confirmed, true), (Word::False, false)] {
            assert_eq!(proof(true, word).claimed_email().is_some(), claimed, "{word:?}");
            assert_eq!(proof(false, word).claimed_email(), None, "{word:?}");
        }
        assert_eq!(Proof::Mailbox(address()).claimed_email(), Some(&address()));
    }

    #[test]
    fn a_word_that_was_confirmed_once_joins_nothing_by_itself() {
        let holder = User::sign_up(&Proof::Mailbox(address()), "user", NOW);
        let standing =
            |linking| judged(&proof(true, Word::Confirmed), Some(holder.clone()), SignUpPolicy::Open, linking);
        let Standing::Unconfirmed(user) = standing(LinkPolicy::Verified) else { panic!("a mailbox that said nothing") };
        assert_eq!((&user.id, user.identities.len()), (&holder.id, 0));
        assert!(matches!(standing(LinkPolicy::Never), Standing::Collision));
    }

    #[test]
    fn a_new_account_claims_its_address_only_when_it_is_proven() {
        let keys = |proof: &Proof| -> Vec<String> {
            User::sign_up(proof, "user", NOW).pointers().iter().skip(1).map(|key| key.as_str().to_owned()).collect()
        };
        let identity = "identity#user#https://idp.example#s1";
        assert_eq!(keys(&proof(true, Word::True)), [identity, "email#user#ada@example.com"]);
        assert_eq!(keys(&proof(true, Word::Confirmed)), [identity]);
        assert_eq!(keys(&proof(true, Word::False)), [identity]);
        assert_eq!(keys(&Proof::Mailbox(address())), ["email#user#ada@example.com"]);
    }

    #[test]
    fn a_proven_address_joins_the_identity_to_its_holder_and_says_why() {
        let holder = User::sign_up(&Proof::Mailbox(address()), "user", NOW);
        let id = holder.id.clone();
        let standing = judged(&proof(true, Word::True), Some(holder), SignUpPolicy::Closed, LinkPolicy::Verified);
        let Standing::Linked { before, after } = standing else { panic!("{standing:?}") };
        assert_eq!((before.id, before.version, before.identities.len()), (id.clone(), 1, 0));
        assert_eq!((after.id, after.version, after.identities[0].reason), (id, 2, LinkReason::VerifiedEmail));
    }

    #[test]
    fn an_identity_that_the_holder_has_already_is_not_linked_twice() {
        let holder = User::sign_up(&proof(true, Word::True), "user", NOW);
        for linking in [LinkPolicy::Verified, LinkPolicy::Never] {
            let same = proof(true, Word::True);
            let standing = judged(&same, Some(holder.clone()), SignUpPolicy::Open, linking);
            assert!(matches!(standing, Standing::Known(_)), "{standing:?}");
        }
    }

    #[test]
    fn a_mailbox_opens_the_account_only_in_the_spelling_that_the_account_has() {
        let holder = User::sign_up(&Proof::Mailbox(address()), "user", NOW);
        let other = Proof::Mailbox(EmailAddress::parse("ADA@example.com").unwrap());
        let standing = |proof: &Proof| judged(proof, Some(holder.clone()), SignUpPolicy::Open, LinkPolicy::Verified);
        assert!(matches!(standing(&Proof::Mailbox(address())), Standing::Known(_)));
        assert!(matches!(standing(&other), Standing::Collision));
    }

    #[test]
    fn where_linking_is_off_a_held_address_is_a_collision() {
        let holder = User::sign_up(&Proof::Mailbox(address()), "user", NOW);
        let standing = judged(&proof(true, Word::True), Some(holder), SignUpPolicy::Open, LinkPolicy::Never);
        assert!(matches!(standing, Standing::Collision), "{standing:?}");
    }

    #[test]
    fn an_identity_goes_unless_nothing_else_leads_to_the_account() {
        let proven = User::sign_up(&proof(true, Word::True), "user", NOW);
        let left = proven.clone().without("idp", NOW).unwrap();
        assert_eq!((left.identities.len(), left.version), (0, 2));
        assert_eq!(proven.without("other", NOW).unwrap_err(), Denied::NotFound);
        let unproven = User::sign_up(&proof(false, Word::True), "user", NOW);
        assert_eq!(unproven.clone().without("idp", NOW).unwrap_err(), Denied::LastIdentity);
        let profile = Profile { subject: "s2".into(), ..Profile::default() };
        let two = unproven.linked("other", "https://other.example", &profile, LinkReason::Asked, NOW);
        assert_eq!(two.without("idp", NOW).unwrap().identities[0].provider, "other");
    }

    #[test]
    fn the_policy_decides_who_may_sign_up() {
        let standing = |policy| judged(&proof(true, Word::True), None, policy, LinkPolicy::Verified);
        assert!(matches!(standing(SignUpPolicy::Open), Standing::New(_)));
        assert!(matches!(standing(SignUpPolicy::Invite), Standing::RegistrationRequired));
        assert!(matches!(standing(SignUpPolicy::Closed), Standing::SignUpClosed));
    }
}
