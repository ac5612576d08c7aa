//! Items outlive versions: what any version has left in a table, this one reads and would write again as it was. Every
//! kind of item has a folder under `tests/stored/items`, and every file there is one item, as some version wrote it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use domain::account::Pointer;
use domain::account::email::EmailAddress;
use domain::account::invite::{Invite, InviteId};
use domain::account::undo::Undo;
use domain::magic_link::mail_code::{RequestId, StoredMailCode};
use domain::magic_link::{LinkKind, MagicLink};
use domain::passkey::challenge::PasskeyChallenge;
use domain::provider::state::State;
use domain::second_factor::{self, StoredFactor};
use domain::secret::SingleUseToken;
use domain::session_id::SessionId;
use domain::sign_in::SignIn;

use super::invites::Newest;
use super::limits::ends_at;
use super::*;

/// A kind of item.
struct ItemKind {
    /// Its folder.
    name: &'static str,
    /// The files of the store that write it.
    written_by: &'static [&'static str],
    /// Reads an item, and writes it again with all that stands beside the value, under the key that it is looked up by.
    again: fn(Item) -> Result<Item, Fault>,
}

static KINDS: [ItemKind; 12] = [
    ItemKind { name: "account", written_by: &["users"], again: account },
    ItemKind { name: "challenge", written_by: &["challenges"], again: challenge },
    ItemKind { name: "invite", written_by: &["invites"], again: invite },
    ItemKind { name: "limit", written_by: &["limits"], again: limit },
    ItemKind { name: "magic-link", written_by: &["magic_links"], again: magic_link },
    ItemKind { name: "mail-code", written_by: &["magic_links"], again: mail_code },
    ItemKind { name: "newest-invite", written_by: &["invites"], again: newest_invite },
    ItemKind { name: "partial-session", written_by: &["partials"], again: partial_session },
    ItemKind { name: "second-factor", written_by: &["passkeys", "second_factors"], again: second_factor },
    ItemKind { name: "session", written_by: &["sessions"], again: session },
    ItemKind { name: "sign-in", written_by: &["sign_ins"], again: sign_in },
    ItemKind { name: "undo", written_by: &["undos"], again: undo },
];

fn account(kept: Item) -> Result<Item, Fault> {
    let user = users::restored(kept.clone())?;
    let pointers = user.pointers();
    let pointer = pointers.iter().find(|pointer| kept["id"] == text(pointer.as_str()));
    users::copied(pointer.map_or("none of its keys", Pointer::as_str), &user)
}

fn challenge(kept: Item) -> Result<Item, Fault> {
    item(&challenges::key(&token()), &read::<PasskeyChallenge>(kept.clone())?, ends_at(&kept))
}

fn invite(kept: Item) -> Result<Item, Fault> {
    item(&InviteId::of(&token()).to_string(), &read::<Invite>(kept.clone())?, ends_at(&kept))
}

fn limit(kept: Item) -> Result<Item, Fault> {
    let (id, obstacle) = (kept["id"].clone(), Obstacle(kept));
    let mut again = Item::from([("id".to_owned(), id)]);
    again.extend(obstacle.counter_ends_at().map(|end| ("expires_at".to_owned(), number(end.seconds()))));
    again.extend(obstacle.begun_by().map(|id| ("begun_by".to_owned(), text(id))));
    Ok(again)
}

fn magic_link(kept: Item) -> Result<Item, Fault> {
    let link: MagicLink = read(kept.clone())?;
    let kind = if link.wish.is_some() { LinkKind::Wish } else { LinkKind::SignIn };
    item(&MagicLink::key(&token(), kind), &link, ends_at(&kept))
}

fn mail_code(kept: Item) -> Result<Item, Fault> {
    item(RequestId::parse(REQUEST).unwrap().as_str(), &read::<StoredMailCode>(kept.clone())?, ends_at(&kept))
}

fn newest_invite(kept: Item) -> Result<Item, Fault> {
    let address = Pointer::email("member", &EmailAddress::parse("Ada@example.com").unwrap());
    item(address.as_str(), &read::<Newest>(kept.clone())?, ends_at(&kept))
}

fn partial_session(kept: Item) -> Result<Item, Fault> {
    let id = SessionId::parse(SESSION).unwrap();
    partials::begun(&partials::restored(id, kept)?)
}

/// Nobody writes the item whole. What it does not have is nothing, however that is spelled.
fn second_factor(kept: Item) -> Result<Item, Fault> {
    let mut again = item(&second_factor::totp::key(USER), &read::<StoredFactor>(kept.clone())?, None)?;
    again.retain(|name, _| kept.contains_key(name));
    Ok(again)
}

/// One that was ended has left the index, and one of the first version never was in it.
fn session(kept: Item) -> Result<Item, Fault> {
    let mut again = sessions::begun(&sessions::restored(kept.clone())?)?;
    again.retain(|name, _| name != "user_epoch" || kept.contains_key(name));
    Ok(again)
}

fn sign_in(kept: Item) -> Result<Item, Fault> {
    item(&State::parse(SECRET).unwrap().key(), &read::<SignIn>(kept.clone())?, ends_at(&kept))
}

fn undo(kept: Item) -> Result<Item, Fault> {
    item(&undos::key(&token()), &read::<Undo>(kept.clone())?, ends_at(&kept))
}

#[test]
fn what_any_version_has_stored_is_read_and_written_again_as_it_was() {
    for (kind, file) in everything() {
        let mut kept = stored(&file);
        let again = (kind.again)(kept.clone()).unwrap_or_else(|fault| panic!("{}: {fault:?}", file.display()));
        kept.retain(|name, _| !MARKS.contains(&name.as_str()));
        assert_eq!(again, kept, "{}", file.display());
    }
}

#[test]
fn what_another_version_puts_beside_a_value_is_in_nobodys_way() {
    for (kind, file) in everything() {
        let mut kept = stored(&file);
        let before = (kind.again)(kept.clone()).unwrap();
        kept.insert("of_another_version".to_owned(), AttributeValue::L(vec![AttributeValue::Bool(true)]));
        let again = (kind.again)(kept).unwrap_or_else(|fault| panic!("{}: {fault:?}", file.display()));
        assert_eq!(again, before, "{}", file.display());
    }
}

#[test]
fn every_kind_of_item_has_a_folder_and_every_folder_is_of_a_kind() {
    let kinds: BTreeSet<_> = KINDS.iter().map(|kind| kind.name.to_owned()).collect();
    assert_eq!(names(&folder()), kinds);
    for kind in &KINDS {
        assert!(!files(kind).is_empty(), "{} has no item", kind.name);
    }
    let writing: BTreeSet<_> = KINDS.iter().flat_map(|kind| kind.written_by).map(|name| format!("{name}.rs")).collect();
    let mut store = names(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/adapter/store"));
    store.remove("tests.rs");
    assert_eq!(writing, store);
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/stored/items")
}

fn everything() -> impl Iterator<Item = (&'static ItemKind, PathBuf)> {
    KINDS.iter().flat_map(|kind| files(kind).into_iter().map(move |file| (kind, file)))
}

fn files(kind: &ItemKind) -> Vec<PathBuf> {
    let folder = folder().join(kind.name);
    names(&folder).iter().map(|name| folder.join(name)).collect()
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The item in `file`: JSON has all kinds of attributes that we write, and each in one spelling.
fn stored(file: &Path) -> Item {
    let json: serde_json::Value = serde_json::from_str(&fs::read_to_string(file).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_dynamo::to_item(json).unwrap()
}

fn token() -> SingleUseToken {
    SingleUseToken::parse(SECRET).unwrap()
}

/// What stands beside a value for conditions alone to read, on items that are changed and never written whole.
const MARKS: [&str; 8] =
    ["confirmed_by", "created_by", "hits", "revoked_by", "revoked_reason", "rotated_by", "spent_by", "used_by"];

/// What opens an item that is kept under a hash.
const SECRET: &str = "ZG9vcndhcmQgZG9vcndhcmQgZG9vcndhcmQgZG9vcnc";

/// Whose second factors they are.
const USER: &str = "usr_0f6a3c1d9be24875a1c04d7e52b83f96";

/// Which request a code was mailed for.
const REQUEST: &str = "mlr_5b1e08d24f7c49a6b3907de1c6a2f845";

/// Which session it is, whole or partial.
const SESSION: &str = "ses_93d7c2b05e1f4a68bc17f0a4d3e95b26";
