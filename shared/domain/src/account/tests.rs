use super::profile::Profile;
use super::proof::Proof;
use super::resolution::{AccountResolution, LinkPolicy, SignUpPolicy, resolve_account};
use super::trust::Word;
use super::*;

const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

pub(super) fn address() -> EmailAddress {
    EmailAddress::parse("Ada@example.com").unwrap()
}

pub(super) fn proof(email_verified: bool, trust_email: Word) -> Proof {
    let profile = Profile { subject: "s1".into(), email: Some(address()), email_verified, ..Profile::default() };
    Proof::Subject {
        provider: "idp".into(),
        label: "Our IdP".into(),
        issuer: "https://idp.example".into(),
        profile,
        trust_email,
    }
}

fn resolved(proof: &Proof, holder: Option<User>, sign_up: SignUpPolicy, linking: LinkPolicy) -> AccountResolution {
    resolve_account(proof, holder, "user", sign_up, linking, NOW)
}

#[test]
fn a_word_that_was_confirmed_once_joins_nothing_by_itself() {
    let holder = User::sign_up(&Proof::Mailbox(address()), "user", NOW);
    let standing = |linking| resolved(&proof(true, Word::Confirmed), Some(holder.clone()), SignUpPolicy::Open, linking);
    let AccountResolution::Unconfirmed(user) = standing(LinkPolicy::Verified) else {
        panic!("a mailbox that said nothing")
    };
    assert_eq!((&user.id, user.identities.len()), (&holder.id, 0));
    assert!(matches!(standing(LinkPolicy::Never), AccountResolution::Collision));
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
    let (id, proof) = (holder.id.clone(), proof(true, Word::True));
    let standing = resolved(&proof, Some(holder), SignUpPolicy::Closed, LinkPolicy::Verified);
    let AccountResolution::Linked(before) = standing else { panic!("{standing:?}") };
    assert_eq!((&before.id, before.version, before.identities.len()), (&id, 1, 0));
    let after = before.linked(&proof, LinkReason::VerifiedEmail, NOW);
    let identity = after.identity(&proof).unwrap();
    assert_eq!((&after.id, after.version, identity.reason), (&id, 2, LinkReason::VerifiedEmail));
    assert_eq!((identity.label(), identity.account.as_deref()), ("Our IdP", Some("Ada@example.com")));
}

#[test]
fn an_identity_that_the_holder_has_already_is_not_linked_twice() {
    let holder = User::sign_up(&proof(true, Word::True), "user", NOW);
    for linking in [LinkPolicy::Verified, LinkPolicy::Never] {
        let same = proof(true, Word::True);
        let standing = resolved(&same, Some(holder.clone()), SignUpPolicy::Open, linking);
        assert!(matches!(standing, AccountResolution::Known(_)), "{standing:?}");
    }
}

#[test]
fn a_mailbox_opens_the_account_only_in_the_spelling_that_the_account_has() {
    let holder = User::sign_up(&Proof::Mailbox(address()), "user", NOW);
    let other = Proof::Mailbox(EmailAddress::parse("ADA@example.com").unwrap());
    let standing = |proof: &Proof| resolved(proof, Some(holder.clone()), SignUpPolicy::Open, LinkPolicy::Verified);
    assert!(matches!(standing(&Proof::Mailbox(address())), AccountResolution::Known(_)));
    assert!(matches!(standing(&other), AccountResolution::Collision));
}

#[test]
fn where_linking_is_off_a_held_address_is_a_collision() {
    let holder = User::sign_up(&Proof::Mailbox(address()), "user", NOW);
    let standing = resolved(&proof(true, Word::True), Some(holder), SignUpPolicy::Open, LinkPolicy::Never);
    assert!(matches!(standing, AccountResolution::Collision), "{standing:?}");
}

#[test]
fn an_identity_goes_unless_nothing_else_leads_to_the_account() {
    let proven = User::sign_up(&proof(true, Word::True), "user", NOW);
    let left = proven.clone().without("idp", NOW).unwrap();
    assert_eq!((left.identities.len(), left.version), (0, 2));
    assert_eq!(proven.without("other", NOW).unwrap_err(), Rejection::NotFound);
    let unproven = User::sign_up(&proof(false, Word::True), "user", NOW);
    assert_eq!(unproven.clone().without("idp", NOW).unwrap_err(), Rejection::LastIdentity);
    let Proof::Subject { issuer, label, trust_email, .. } = proof(false, Word::False) else { panic!("a mailbox") };
    let profile = Profile { subject: "s2".into(), ..Profile::default() };
    let other = Proof::Subject { provider: "other".into(), label, issuer, profile, trust_email };
    let two = unproven.linked(&other, LinkReason::Asked, NOW);
    assert_eq!(two.without("idp", NOW).unwrap().identities[0].provider, "other");
}

#[test]
fn the_policy_decides_who_may_sign_up() {
    let standing = |policy| resolved(&proof(true, Word::True), None, policy, LinkPolicy::Verified);
    assert!(matches!(standing(SignUpPolicy::Open), AccountResolution::New(_)));
    assert!(matches!(standing(SignUpPolicy::Invite), AccountResolution::RegistrationRequired));
    assert!(matches!(standing(SignUpPolicy::Closed), AccountResolution::SignUpClosed));
}

#[test]
fn a_linking_that_is_undone_is_gone_and_the_same_identity_linked_again_is_another() {
    let linked = || {
        User::sign_up(&Proof::Mailbox(address()), "user", NOW).linked(&proof(true, Word::True), LinkReason::Asked, NOW)
    };
    let (one, other) = (linked(), linked());
    let of = |user: &User| user.identities[0].id.unwrap();
    assert_ne!(of(&one), of(&other));
    assert_eq!(one.clone().undone(of(&other), NOW).unwrap().identities.len(), 1);
    assert_eq!(one.clone().undone(of(&one), NOW).unwrap().identities.len(), 0);
    let alone = User::sign_up(&proof(true, Word::Confirmed), "user", NOW);
    assert_eq!(alone.clone().undone(of(&alone), NOW).unwrap_err(), Rejection::LastIdentity);
}

#[test]
fn only_the_mailbox_that_an_account_has_proven_is_claimed_by_another_way_in() {
    let owner = User::sign_up(&Proof::Mailbox(address()), "user", NOW);
    let waiting = User::sign_up(&proof(true, Word::Confirmed), "user", NOW);
    assert!(owner.is_claimed_by(&proof(true, Word::Confirmed)) && !owner.is_claimed_by(&proof(true, Word::False)));
    assert!(!waiting.is_claimed_by(&proof(true, Word::True)), "nobody has proven it");
    assert!(
        waiting.awaits_mailbox(&proof(true, Word::Confirmed)) && !waiting.awaits_mailbox(&proof(true, Word::False))
    );
    let proven = waiting.proven(NOW);
    assert!(
        !proven.awaits_mailbox(&proof(true, Word::Confirmed)) && proven.is_claimed_by(&proof(true, Word::Confirmed))
    );
}
