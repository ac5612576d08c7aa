//! Invites: a secret, mailed to an address, that lets one person make an account where sign-up takes one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::account::email::EmailAddress;
use crate::account::proof::Proof;
use crate::account::{StoredUser, User};
use crate::clock::Timestamp;
use crate::error::Rejection;
use crate::language::Language;
use crate::secret::{SingleUseToken, public_id, sha256};

/// A wish to invite somebody.
#[derive(Clone, Debug)]
pub struct InviteRequest {
    /// Whom.
    pub email: EmailAddress,
    /// As what.
    pub actor_type: Option<String>,
    /// With which role.
    pub role: Option<String>,
    /// The page that the mail's link opens.
    pub redirect_uri: Option<String>,
    /// The language of the mail.
    pub language: Language,
}

/// A wish to accept an invite.
#[derive(Clone, Debug)]
pub struct InviteAcceptance {
    /// The actor type that the route names, if it names one.
    pub actor_type: Option<String>,
    /// Which invite it is.
    pub invite: InviteCredential,
    /// The address that the person says is theirs.
    pub email: Option<EmailAddress>,
    /// What the person wants to be called.
    pub names: Names,
}

/// Which invite is meant.
#[derive(Clone, Debug)]
pub enum InviteCredential {
    /// The one whose mailed secret the person holds; `None` when what came can never have been one.
    Secret(Option<InviteId>),
    /// The one for the address that the person has proven.
    Address,
}

impl InviteAcceptance {
    /// Accepting without further ado.
    pub fn of(invite: InviteCredential) -> Self {
        Self { actor_type: None, invite, email: None, names: Names::default() }
    }
}

impl InviteCredential {
    /// What somebody presents who shows `token`.
    pub fn token(token: &str) -> Self {
        Self::Secret(InviteId::of_token(token))
    }
}

/// What a person wants to be called. Display data.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The display name, or the first one.
    pub name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// The name that the person goes by.
    pub user_name: Option<String>,
}

/// What is kept of an invite. The token itself is with the person who was invited.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Invite {
    /// The public id.
    pub invite_id: InviteId,
    /// Who is invited.
    pub email: EmailAddress,
    /// As what.
    pub actor_type: String,
    /// The role that comes with it, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The language that it was mailed in, for the account that it makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Who invites: a user's id, or the label of an API key.
    pub invited_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its time is over.
    pub valid_until: Timestamp,
    /// When it was accepted, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
    /// When it was taken back, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

impl Invite {
    /// An invite for `email`: what to send, and what to keep under the token's hash.
    pub fn start(
        email: EmailAddress,
        actor_type: String,
        role: Option<String>,
        invited_by: String,
        now: Timestamp,
        lifetime: Duration,
    ) -> (SingleUseToken, Self) {
        let token = SingleUseToken::random();
        let invite = Self {
            invite_id: InviteId::of(&token),
            email,
            actor_type,
            role,
            invited_by,
            created_at: now,
            valid_until: now + lifetime,
            language: None,
            used_at: None,
            revoked_at: None,
        };
        (token, invite)
    }

    /// Whether it can still be accepted at `now`.
    pub fn is_pending(&self, now: Timestamp) -> bool {
        self.check(now).is_ok()
    }

    /// Makes sure that it can still be accepted at `now`.
    ///
    /// # Errors
    ///
    /// `InviteUsed`, `InviteRevoked` or `InviteExpired`.
    pub fn check(&self, now: Timestamp) -> Result<(), Rejection> {
        match (self.used_at, self.revoked_at) {
            (Some(_), _) => Err(Rejection::InviteUsed),
            (None, Some(_)) => Err(Rejection::InviteRevoked),
            (None, None) if now >= self.valid_until => Err(Rejection::InviteExpired),
            (None, None) => Ok(()),
        }
    }

    /// The account that accepting makes for the person who has proven `proof`.
    ///
    /// The secret went to the invited address alone, so that whoever holds it reads that mailbox: an identity that
    /// vouches for no address, or for another one, gets the invited address with it. Without the secret, the address
    /// must have been proven.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check), and `InvalidInvite` when it is for another actor type or for somebody else.
    pub fn accept(
        &self,
        proof: &Proof,
        actor_type: &str,
        acceptance: &InviteAcceptance,
        now: Timestamp,
    ) -> Result<User, Rejection> {
        self.check(now)?;
        let holds_secret = matches!(acceptance.invite, InviteCredential::Secret(_));
        let same = |address: &EmailAddress| address.canonical() == self.email.canonical();
        let fits = self.actor_type == actor_type
            && match proof {
                // A person who comes by mail comes back by mail: the account is the mailbox that was read.
                Proof::Mailbox(address) => *address == self.email || (holds_secret && same(address)),
                Proof::Subject { .. } => holds_secret || proof.proven_email().is_some_and(same),
            };
        if !fits {
            return Err(Rejection::InvalidInvite);
        }
        if acceptance.email.as_ref().is_some_and(|claimed| !same(claimed)) {
            return Err(Rejection::InvalidRequest(
                "The field \"email\" must be the address that was invited.".to_owned(),
            ));
        }
        let User(user) = User::sign_up(proof, actor_type, now);
        Ok(User(StoredUser {
            email: Some(proof.proven_email().filter(|address| same(address)).unwrap_or(&self.email).clone()),
            email_verified: true,
            name: acceptance.names.name.clone().or(user.name),
            last_name: acceptance.names.last_name.clone(),
            user_name: acceptance.names.user_name.clone(),
            role: self.role.clone(),
            language: self.language,
            ..user
        }))
    }
}

public_id! {
    /// An invite's public id: a hash of its token, so that either leads to the one item, and the id to nothing else.
    InviteId, "inv", "not an invite's id"
}

impl InviteId {
    /// The id of the invite with that token.
    pub fn of(token: &SingleUseToken) -> Self {
        let mut id = [0; 16];
        id.copy_from_slice(&sha256(token.reveal().as_bytes())[..16]);
        Self(id)
    }

    /// The id of the invite with the token `text`; `None` for what was never one.
    pub fn of_token(text: &str) -> Option<Self> {
        SingleUseToken::parse(text).as_ref().map(Self::of)
    }
}

/// Reads a role: 1 to 32 lower-case letters, digits, hyphens and underscores.
pub fn role(text: &str) -> Option<String> {
    let fits = (1..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'));
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::profile::Profile;
    use crate::account::trust::Word;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
    const LIFETIME: Duration = Duration::from_secs(3600);

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).unwrap()
    }

    fn invited() -> (SingleUseToken, Invite) {
        Invite::start(address("Ada@example.com"), "guest".into(), Some("admin".into()), "key".into(), NOW, LIFETIME)
    }

    fn subject(email: Option<&str>, email_verified: bool) -> Proof {
        let profile = Profile { subject: "s".into(), email: email.map(address), email_verified, ..Profile::default() };
        Proof::Subject {
            label: "IdP".into(),
            provider: "idp".into(),
            issuer: "https://idp.example".into(),
            profile,
            trust_email: Word::True,
        }
    }

    fn by(token: &SingleUseToken) -> InviteAcceptance {
        InviteAcceptance::of(InviteCredential::token(token.reveal()))
    }

    #[test]
    fn the_public_id_is_found_from_the_token_and_says_nothing_of_it() {
        let (token, invite) = invited();
        assert_eq!(InviteId::of(&token), invite.invite_id);
        assert_eq!(InviteId::parse(&invite.invite_id.to_string()), Some(invite.invite_id));
        assert!(!serde_json::to_string(&invite).unwrap().contains(token.reveal()));
    }

    #[test]
    fn who_holds_the_secret_gets_the_invited_address_proven_and_the_role() {
        let (token, invite) = invited();
        for proof in [subject(None, false), subject(Some("other@example.com"), true)] {
            let user = invite.accept(&proof, "guest", &by(&token), NOW).unwrap();
            assert_eq!((user.email.as_ref(), user.email_verified), (Some(&address("Ada@example.com")), true));
            assert_eq!((user.role.as_deref(), &user.actor_type[..]), (Some("admin"), "guest"));
        }
    }

    #[test]
    fn without_the_secret_the_address_must_be_proven() {
        let (_, invite) = invited();
        let accepted =
            |proof: &Proof| invite.accept(proof, "guest", &InviteAcceptance::of(InviteCredential::Address), NOW);
        assert!(accepted(&subject(Some("ada@example.com"), true)).is_ok());
        assert!(accepted(&Proof::Mailbox(address("Ada@example.com"))).is_ok());
        for proof in [
            subject(Some("ada@example.com"), false),
            subject(Some("other@example.com"), true),
            subject(None, true),
            // Another spelling may be another mailbox.
            Proof::Mailbox(address("ada@example.com")),
        ] {
            assert_eq!(accepted(&proof).unwrap_err(), Rejection::InvalidInvite, "{proof:?}");
        }
    }

    #[test]
    fn a_mailbox_takes_no_invite_for_another_one() {
        let (token, invite) = invited();
        let accepted = |email| invite.accept(&Proof::Mailbox(address(email)), "guest", &by(&token), NOW);
        assert_eq!(accepted("ada@example.com").unwrap().email, Some(address("ada@example.com")));
        assert_eq!(accepted("other@example.com").unwrap_err(), Rejection::InvalidInvite);
    }

    #[test]
    fn an_invite_that_is_over_says_why_and_one_for_another_actor_type_is_none() {
        let (token, invite) = invited();
        let accepted =
            |invite: &Invite, actor_type, now| invite.accept(&subject(None, false), actor_type, &by(&token), now).err();
        assert_eq!(accepted(&invite, "guest", NOW), None);
        assert_eq!(accepted(&invite, "staff", NOW), Some(Rejection::InvalidInvite));
        assert_eq!(accepted(&invite, "guest", NOW + LIFETIME), Some(Rejection::InviteExpired));
        let revoked = Invite { revoked_at: Some(NOW), ..invite.clone() };
        assert_eq!(accepted(&revoked, "guest", NOW + LIFETIME), Some(Rejection::InviteRevoked));
        let used = Invite { used_at: Some(NOW), ..revoked };
        assert_eq!(accepted(&used, "guest", NOW + LIFETIME), Some(Rejection::InviteUsed));
    }
}
