//! Secrets outlive versions as items do: what any version has written into one, or an operator, this one reads and would
//! write again as it was. Each file under `tests/stored/secrets` is one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};

use domain::clock::Timestamp;
use domain::keys::signing_key::{SigningKey, VerifyingKey};
use domain::keys::token_key::TokenKey;
use domain::keys::{KeySet, Material};
use domain::passkey::RelyingParty;
use domain::passkey::ceremony::Ceremony;
use domain::provider::Listed;
use domain::provider::registry::Providers;
use domain::second_factor::StoredFactor;
use domain::second_factor::code::Code;

/// Reads a secret, and writes it again.
type RoundTrip = fn(&str) -> Value;

const SECRETS: [(&str, RoundTrip); 6] = [
    ("factor-keys.json", keys::<TokenKey>),
    ("provider-labels.json", labels),
    ("providers.json", rows),
    ("signing-keys.json", keys::<SigningKey>),
    ("token-keys.json", keys::<TokenKey>),
    ("verifying-keys.json", keys::<VerifyingKey>),
];

fn keys<K: Material + Serialize>(kept: &str) -> Value {
    json!(KeySet::<K>::parse(kept).unwrap())
}

fn labels(kept: &str) -> Value {
    json!(Listed::parse_all(kept).unwrap())
}

/// Rows are written by people alone. What matters is that each can still be used.
fn rows(kept: &str) -> Value {
    let providers = Providers::parse(kept).unwrap();
    assert_eq!(providers.problem(), None);
    assert_eq!(json!(providers.listed()), labels(&stored("secrets/provider-labels.json")));
    serde_json::from_str(kept).unwrap()
}

#[test]
fn what_any_version_has_written_into_a_secret_is_read_and_written_again_as_it_was() {
    for (name, again) in SECRETS {
        let kept = stored(&format!("secrets/{name}"));
        assert_eq!(again(&kept), serde_json::from_str::<Value>(&kept).unwrap(), "{name}");
    }
    let files = fs::read_dir(folder().join("secrets")).unwrap();
    let files: BTreeSet<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(files, SECRETS.iter().map(|(name, _)| (*name).to_owned()).collect());
}

#[test]
fn what_a_person_set_up_under_any_version_still_counts() {
    let keys = KeySet::<TokenKey>::parse(&stored("secrets/factor-keys.json")).unwrap();
    let kept: StoredFactor = serde_json::from_str(&stored("items/second-factor/everything-and-locked.json")).unwrap();
    let counts = |code: &str| {
        kept.verify(&Code::parse(code).unwrap(), USER, &keys, Timestamp::from_seconds(1_790_090_000)).unwrap().is_some()
    };
    // What an app shows whose seed is 2FHB6JSFP6MJ3D35VL37XI3OIGAB6IE4.
    assert!(counts("721125"));
    assert!(counts("DJ6R6-FNWPW"));
    assert!(!counts("RC46A-H9FKX"), "it was used");

    let localhost = "http://localhost:9100".to_owned();
    let relying_party =
        RelyingParty { id: "localhost".to_owned(), name: "Doorward".to_owned(), origins: vec![localhost] };
    let asked = Ceremony::new(&relying_party).ask_for(kept.passkeys()).unwrap();
    assert_eq!(asked.options["allowCredentials"].as_array().unwrap().len(), 2);
}

fn stored(name: &str) -> String {
    let file = folder().join(name);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/stored")
}

/// Whose second factors they are.
const USER: &str = "usr_0f6a3c1d9be24875a1c04d7e52b83f96";
