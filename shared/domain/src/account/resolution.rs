//! Whose account a proof opens, as far as the deployment lets people sign up and identities be linked.

use crate::account::User;
use crate::account::proof::Proof;
use crate::clock::Timestamp;

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
pub enum AccountResolution {
    /// This one.
    Known(User),
    /// This one, which gets one more identity first.
    Linked(Box<User>),
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

/// Decides whose account `proof` opens, for a person to whom no identity leads yet. `holder` is the account that holds
/// the [claimed address](Proof::claimed_email), if there is one.
pub fn resolve_account(
    proof: &Proof,
    holder: Option<User>,
    actor_type: &str,
    sign_up: SignUpPolicy,
    linking: LinkPolicy,
    now: Timestamp,
) -> AccountResolution {
    match (holder, proof) {
        // Two spellings of one canonical address may be two mailboxes: only the one that mail was sent to is proven.
        (Some(user), Proof::Mailbox(address)) if user.email.as_ref() == Some(address) => AccountResolution::Known(user),
        (Some(_), Proof::Mailbox(_)) => AccountResolution::Collision,
        // Somebody else linked it between two look-ups.
        (Some(user), Proof::Subject { .. }) if user.identity(proof).is_some() => AccountResolution::Known(user),
        (Some(_), Proof::Subject { .. }) if linking == LinkPolicy::Never => AccountResolution::Collision,
        // A word of long ago would let whoever had the mailbox then into the account of whoever has it now.
        (Some(user), Proof::Subject { .. }) if proof.proven_email().is_none() => {
            AccountResolution::Unconfirmed(Box::new(user))
        }
        (Some(user), Proof::Subject { .. }) => AccountResolution::Linked(Box::new(user)),
        (None, _) => match sign_up {
            SignUpPolicy::Open => AccountResolution::New(User::sign_up(proof, actor_type, now)),
            SignUpPolicy::Invite => AccountResolution::RegistrationRequired,
            SignUpPolicy::Closed => AccountResolution::SignUpClosed,
        },
    }
}
