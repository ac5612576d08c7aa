//! Who may import whom: the order of the house, read from the paths in the code.

use crate::harness::workspace;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A layer, its modules of `shared/src`, and the layers that it may name besides itself. Below comes first.
const LAYERS: &[(&str, &[&str], &[&str])] = &[
    ("ground", &["budget", "caller", "clock", "failure", "secret"], &[]),
    (
        "domain",
        &[
            "access_token",
            "assurance",
            "binding",
            "brand",
            "channel",
            "device",
            "door",
            "email",
            "factor",
            "identity",
            "invite",
            "key_set",
            "known_browser",
            "language",
            "limit",
            "magic_link",
            "mail_code",
            "origin",
            "outcome",
            "passkey",
            "provider",
            "reach",
            "return_to",
            "second_factor",
            "session",
            "session_id",
            "sign_in",
            "signing_key",
            "state",
            "text",
            "token_key",
            "trust",
            "undo",
            "viewer",
        ],
        &["ground"],
    ),
    ("config", &["config"], &["ground", "domain"]),
    ("aws", &["aws"], &["ground", "config"]),
    ("store", &["store"], &["ground", "domain"]),
    ("outbound", &["outbound"], &["ground", "domain", "config"]),
    ("mail", &["mail"], &["ground", "domain"]),
    ("secrets", &["secrets"], &["ground", "domain"]),
    ("audit", &["audit"], &["ground", "domain"]),
    ("app", &["app"], &["ground", "domain", "config", "aws", "secrets", "audit", "wire"]),
    ("flow", &["flow"], &["ground", "domain", "config", "store", "outbound", "mail", "secrets", "audit", "app"]),
    ("wire", &["wire"], &["ground", "domain"]),
];

/// What a function may name of `doorward`: it assembles, reads, calls one flow and replies.
const FUNCTIONS_MAY: &[&str] = &["app", "caller", "failure", "flow", "wire"];

/// Each door to the outside world is one module; nobody else knows its library. `aws` makes the clients, all alike. No
/// door, but large enough to be kept out of whoever does not ask for passkeys: `webauthn_rs_core`.
const DOORS: &[(&str, &[&str])] = &[
    ("aws_sdk_dynamodb", &["aws", "store"]),
    ("aws_sdk_secretsmanager", &["aws", "secrets"]),
    ("aws_sdk_sesv2", &["aws", "mail"]),
    ("aws_smithy_http_client", &["aws"]),
    ("aws_smithy_runtime_api", &["aws"]),
    ("reqwest", &["outbound"]),
    ("webauthn_rs_core", &["passkey"]),
];

/// Libraries that the domain never names: it decides, others wait and send.
const NOT_IN_THE_DOMAIN: &[&str] =
    &["http", "lambda_http", "lambda_runtime", "tokio", "tracing", "reqwest", "aws_smithy_http_client"];

/// The one file of the domain that waits: `oauth2` redeems a code through the client that its caller hands in.
const MAY_WAIT: &str = "provider/exchange.rs";

#[test]
fn every_module_stands_in_one_layer() {
    let modules: BTreeSet<_> = sources("shared/src").iter().map(|source| source.module.clone()).collect();
    let layered: Vec<_> = LAYERS.iter().flat_map(|(_, modules, _)| *modules).map(|name| (*name).to_owned()).collect();
    let once: BTreeSet<_> = layered.iter().cloned().collect();
    assert_eq!(layered.len(), once.len(), "a module stands in two layers");
    assert_eq!(modules, once, "modules of shared/src, and the table above");
}

#[test]
fn each_layer_imports_only_the_layers_that_it_may() {
    let of_module: BTreeMap<_, _> =
        LAYERS.iter().flat_map(|layer| layer.1.iter().map(move |module| (*module, layer))).collect();
    let mut wrong = Vec::new();
    for source in sources("shared/src") {
        let Some((own, _, may)) = of_module.get(&source.module[..]) else {
            continue;
        };
        for import in source.imports("crate") {
            match of_module.get(&import[..]) {
                Some((layer, ..)) if layer == own || may.contains(layer) => {}
                Some((layer, ..)) => wrong.push(format!("{}: {own} imports {layer} ({import})", source.path.display())),
                None => wrong.push(format!("{}: crate::{import} is no module", source.path.display())),
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn no_module_comes_back_to_itself_by_what_it_imports() {
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources("shared/src") {
        imports.entry(source.module.clone()).or_default().extend(source.imports("crate"));
    }
    for (module, imported) in &mut imports {
        imported.remove(module);
    }
    // Whoever imports nothing that is left is in no circle.
    loop {
        let left: BTreeSet<_> = imports.keys().cloned().collect();
        let before = imports.len();
        imports.retain(|_, imported| imported.iter().any(|name| left.contains(name)));
        if imports.len() == before {
            break;
        }
    }
    assert!(imports.is_empty(), "in circles, or above one: {:?}", imports.keys());
}

#[test]
fn functions_name_neither_the_domain_nor_a_door() {
    let mut wrong = Vec::new();
    for source in sources("functions") {
        for import in source.imports("doorward") {
            if !FUNCTIONS_MAY.contains(&&import[..]) {
                wrong.push(format!("{} names doorward::{import}", source.path.display()));
            }
        }
        for library in source.libraries() {
            if library.starts_with("aws_") || library == "reqwest" {
                wrong.push(format!("{} names {library}", source.path.display()));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn each_library_of_the_outside_world_is_known_to_its_door_alone() {
    let mut seen = BTreeSet::new();
    for source in sources("shared/src") {
        let libraries = source.libraries();
        for (library, door) in DOORS {
            if libraries.contains(library) {
                assert!(door.contains(&&source.module[..]), "{} names {library}", source.path.display());
                seen.insert(library);
            }
        }
    }
    assert_eq!(seen.len(), DOORS.len(), "a door of the table is used by nobody: {seen:?}");
}

#[test]
fn the_domain_neither_waits_nor_speaks_to_anyone() {
    let (_, modules, _) = LAYERS.iter().find(|(name, ..)| *name == "domain").unwrap();
    for source in sources("shared/src") {
        if modules.contains(&&source.module[..]) {
            let libraries = source.libraries();
            let found: Vec<_> = NOT_IN_THE_DOMAIN.iter().filter(|name| libraries.contains(**name)).collect();
            assert!(found.is_empty(), "{} names {found:?}", source.path.display());
            let waits = tokens(&source.code).contains(&"async");
            assert!(!waits || source.path.ends_with(MAY_WAIT), "{} waits", source.path.display());
        }
    }
}

#[test]
fn no_file_is_named_for_nothing() {
    for folder in ["shared", "functions", "infra", "tests"] {
        for path in files(&workspace().join(folder)) {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let nothing = ["utils", "util", "helpers", "helper", "common", "misc"];
            assert!(!nothing.contains(&&name[..]), "{} says nothing", path.display());
        }
    }
}

#[test]
fn the_reader_of_imports_sees_every_way_to_write_one() {
    let read = |path: &str, code: &str| {
        let source = Source {
            path: path.into(),
            module: String::new(),
            depth: 1 + path.matches('/').count(),
            code: code.to_owned(),
        };
        source.imports("crate").into_iter().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(read("a.rs", "use crate::clock::Timestamp;"), "clock");
    assert_eq!(read("a.rs", "use crate::{clock::{Timestamp, now}, secret, store as s};"), "clock secret store");
    assert_eq!(read("a.rs", "let x = crate::wire::reply();"), "wire");
    assert_eq!(read("a.rs", "use super::flow::login;"), "flow");
    assert_eq!(read("a/b.rs", "use super::table; use super::super::flow::login;"), "flow");
    assert_eq!(read("a/b.rs", "use super::{super::mail};"), "mail");
    assert_eq!(read("a.rs", "use other_crate::wire; pub(crate) fn f() {}"), "");
}

/// A file of code without its comments and its unit tests.
struct Source {
    path: PathBuf,
    /// The module right below `src`, whatever the file's depth.
    module: String,
    /// How many `super` lead to the root of the crate.
    depth: usize,
    code: String,
}

impl Source {
    /// The modules that follow `root::` (or enough `super::`), in braces or without.
    fn imports(&self, root: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let tokens = tokens(&self.code);
        for (index, token) in tokens.iter().enumerate() {
            let continues = index > 0 && tokens[index - 1] == "::";
            if *token == root && !continues && tokens.get(index + 1) == Some(&"::") {
                below(&tokens[index + 2..], 0, &mut found);
            } else if *token == "super" && !continues {
                below(&tokens[index..], self.depth, &mut found);
            }
        }
        found
    }

    /// The crates that a path starts with, and local names that look like one.
    fn libraries(&self) -> BTreeSet<&str> {
        let tokens = tokens(&self.code);
        let starts = |index: usize| index == 0 || tokens[index - 1] != "::";
        let paths = tokens.windows(2).enumerate().filter(|(index, pair)| pair[1] == "::" && starts(*index));
        paths.map(|(_, pair)| pair[0]).collect()
    }
}

/// Adds the first names of a path, or of a group of paths, that stands `supers` below the root.
fn below(tokens: &[&str], supers: usize, found: &mut BTreeSet<String>) {
    match tokens {
        ["super", "::", rest @ ..] if supers > 0 => below(rest, supers - 1, found),
        ["{", rest @ ..] => {
            let mut level = 0;
            let mut starts = true;
            for (index, token) in rest.iter().enumerate() {
                if level == 0 && starts {
                    below(&rest[index..], supers, found);
                }
                match *token {
                    "{" => level += 1,
                    "}" if level == 0 => break,
                    "}" => level -= 1,
                    _ => {}
                }
                starts = level == 0 && *token == ",";
            }
        }
        [name, ..] if supers == 0 && name.starts_with(|c: char| c.is_alphabetic()) => {
            found.insert((*name).to_owned());
        }
        _ => {}
    }
}

/// Words, `::`, and single signs.
fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let length = match first {
            c if word(c) => rest.find(|c| !word(c)).unwrap_or(rest.len()),
            ':' if rest.starts_with("::") => 2,
            c => c.len_utf8(),
        };
        tokens.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    tokens
}

fn sources(folder: &str) -> Vec<Source> {
    let root = workspace().join(folder);
    let mut sources = Vec::new();
    for path in files(&root) {
        let relative = path.strip_prefix(&root).unwrap();
        let is_code = path.extension().is_some_and(|extension| extension == "rs");
        if !is_code || relative == Path::new("lib.rs") || path.file_stem().unwrap() == "tests" {
            continue;
        }
        let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code = text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n");
        sources.push(Source {
            module: parts[0].trim_end_matches(".rs").to_owned(),
            depth: parts.len() - usize::from(parts.last().unwrap() == "mod.rs"),
            path: path.clone(),
            code,
        });
    }
    assert!(!sources.is_empty(), "{folder} holds code");
    sources
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
