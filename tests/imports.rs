//! Who may import whom: the order of the house, read from the paths in the code. Cargo keeps the domain apart from what
//! waits and sends; the rest is held here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::harness::workspace;

/// The rooms of the package `doorward`, and which of them each may name besides itself.
const ROOMS: &[(&str, &[&str])] = &[
    ("config", &[]),
    ("adapter", &["config"]),
    ("app", &["adapter", "config"]),
    ("flow", &["adapter", "app", "config"]),
    ("web", &[]),
    ("function", &["adapter", "app", "web"]),
];

/// What a function may name of `doorward`: it opens a flow, reads a request, calls the flow and answers.
const FUNCTIONS_MAY: &[&str] = &["error", "flow", "function", "request", "web"];

/// Each library of the outside world is known to one adapter. `aws` makes the clients, all alike; `mail` makes one call
/// of SES with what the SDKs are made of.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("aws_runtime", &["mail"]),
    ("aws_sdk_dynamodb", &["aws", "store"]),
    ("aws_sdk_secretsmanager", &["aws", "secrets"]),
    ("aws_smithy_runtime", &["mail"]),
    ("aws_smithy_runtime_api", &["aws", "mail"]),
    ("aws_smithy_types", &["aws", "mail"]),
    ("aws_types", &["aws", "mail"]),
    ("hyper", &["aws"]),
    ("hyper_rustls", &["aws"]),
    ("hyper_util", &["aws"]),
    ("reqwest", &["outbound"]),
    ("rustls", &["aws", "outbound", "tls"]),
    ("tower", &["aws"]),
];

/// Packages that no package of the domain may be built with: it decides, others wait and send.
const NOT_IN_THE_DOMAIN: &[&str] = &["askama", "hyper", "lambda_http", "lambda_runtime", "reqwest", "tokio", "tracing"];

/// The one file of the domain that waits: `oauth2` redeems a code through the client that its caller hands in.
const MAY_WAIT: &str = "provider/exchange.rs";

/// How requests are read and answered in each contract; what they share lies beside them.
const CONTRACTS: &[&str] = &["actor", "browser", "gateway", "lab", "social", "v1"];

const DOMAIN: &str = "shared/domain/src";
const DOORWARD: &str = "shared/src";

#[test]
fn in_the_domain_each_module_imports_only_what_stands_above_it_in_its_list() {
    let list = std::fs::read_to_string(workspace().join(DOMAIN).join("lib.rs")).unwrap();
    let order: Vec<_> =
        list.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).map(str::to_owned).collect();
    let place = |name: &String| order.iter().position(|module| module == name).unwrap();
    let crate_ = Crate::read(DOMAIN);
    let wrong: Vec<_> = crate_.imports_between(|from, to| place(&to[0]) > place(&from[0])).collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn each_room_imports_only_the_rooms_that_it_may() {
    let crate_ = Crate::read(DOORWARD);
    let rooms: BTreeSet<_> = crate_.files.keys().map(|module| &module[0][..]).collect();
    assert_eq!(rooms, ROOMS.iter().map(|(room, _)| *room).collect(), "what there is, and the table");
    let may = |from: &str, to: &str| ROOMS.iter().any(|(room, may)| *room == from && (from == to || may.contains(&to)));
    let wrong: Vec<_> = crate_.imports_between(|from, to| !may(&from[0], &to[0])).collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn no_contract_imports_another() {
    let contract = |module: &[String]| {
        let [room, name, ..] = module else { return None };
        CONTRACTS.iter().find(|contract| room == "web" && *contract == name)
    };
    let other = |from: &[String], to: &[String]| contract(from).zip(contract(to)).is_some_and(|(from, to)| from != to);
    let wrong: Vec<_> = Crate::read(DOORWARD).imports_between(other).collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn no_file_comes_back_to_itself_by_what_it_imports() {
    for folder in [DOMAIN, DOORWARD, "infra/local/src"] {
        let mut imports = Crate::read(folder).imports();
        // Whoever imports nothing that is left is in no circle, and whom nobody left imports neither.
        loop {
            let before = imports.len();
            let left: BTreeSet<_> = imports.keys().cloned().collect();
            imports.retain(|_, imported| imported.iter().any(|module| left.contains(module)));
            let imported: BTreeSet<_> = imports.values().flatten().cloned().collect();
            imports.retain(|module, _| imported.contains(module));
            if imports.len() == before {
                break;
            }
        }
        let circles: Vec<_> = imports.keys().map(|module| module.join("::")).collect();
        assert_eq!(circles, [""; 0], "files of {folder} that are in circles, or between two");
    }
}

#[test]
fn functions_name_neither_the_domain_nor_an_adapter() {
    let mut wrong = Vec::new();
    for path in
        files(&workspace().join("functions")).iter().filter(|path| path.extension().is_some_and(|end| end == "rs"))
    {
        for import in paths(&code(path)) {
            let known = match import[0].as_str() {
                "doorward" => FUNCTIONS_MAY.contains(&&import[1][..]),
                library => library != "domain" && library != "reqwest" && !library.starts_with("aws_"),
            };
            if !known {
                wrong.push(format!("{} names {}", path.display(), import.join("::")));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn each_library_of_the_outside_world_is_known_to_its_adapter_alone() {
    let mut seen = BTreeSet::new();
    for (module, file) in &Crate::read(DOORWARD).files {
        let named = file.libraries();
        for (library, adapters) in LIBRARIES.iter().filter(|(library, _)| named.contains(*library)) {
            let known = module[0] == "adapter" && adapters.contains(&&module[1][..]);
            assert!(known, "{} names {library}", module.join("::"));
            seen.insert(library);
        }
    }
    assert_eq!(seen.len(), LIBRARIES.len(), "a library of the table is used by nobody: {seen:?}");
}

#[test]
fn the_domain_neither_waits_nor_speaks_to_anyone() {
    let manifest = std::fs::read_to_string(workspace().join("shared/domain/Cargo.toml")).unwrap();
    let (_, dependencies) = manifest.split_once("[dependencies]").unwrap();
    let dependencies = dependencies.split("\n[").next().unwrap().replace('-', "_");
    let found: Vec<_> = NOT_IN_THE_DOMAIN.iter().filter(|name| dependencies.contains(&format!("\n{name}."))).collect();
    assert_eq!(found, [&""; 0]);
    assert!(!dependencies.contains("\naws_sdk") && !dependencies.contains("\naws_smithy"));
    for file in Crate::read(DOMAIN).files.values() {
        let waits = tokens(&file.code).contains(&"async");
        assert!(!waits || file.path.ends_with(MAY_WAIT), "{} waits", file.path.display());
    }
}

#[test]
fn nobody_but_the_store_restores_an_account_or_a_session() {
    let naming = |folder| {
        let files = Crate::read(folder).files.into_iter();
        let naming = files.filter(|(_, file)| tokens(&file.code).contains(&"restored"));
        naming.map(|(module, _)| module.join("::")).collect::<Vec<_>>()
    };
    assert_eq!(naming(DOMAIN), ["account", "session", "session::assurance"], "where it is made");
    let stores = ["partials", "sessions", "users"].map(|kind| format!("adapter::store::{kind}"));
    assert_eq!(naming(DOORWARD), stores);
    assert_eq!(naming("infra/local/src"), [""; 0]);
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
fn no_two_files_have_a_type_of_one_name() {
    let mut found = BTreeMap::<String, BTreeSet<String>>::new();
    for folder in ["shared", "functions", "infra", "tests"] {
        for path in files(&workspace().join(folder)) {
            if path.extension().is_some_and(|end| end == "rs") {
                let file = path.strip_prefix(workspace()).unwrap().display().to_string();
                for name in types(&code(&path)) {
                    found.entry(name.to_owned()).or_default().insert(file.clone());
                }
            }
        }
    }
    assert!(found.len() > 300, "this looks at {} types", found.len());
    found.retain(|_, files| files.len() > 1);
    assert_eq!(found, BTreeMap::new());
}

#[test]
fn the_reader_of_types_sees_what_a_file_declares() {
    let declared = "struct A;\npub(crate) enum B<'a> {\n}\npub unsafe trait C: A {\n    type D;\n}\n    pub(super) struct E(F);\n\
                    pub type G = H;\nuse super::I;\nfn structure(j: enumeration::J) {}";
    assert_eq!(types(declared).collect::<String>(), "ABCEG");
}

#[test]
fn the_reader_of_imports_sees_every_way_to_write_one() {
    let names = ["clock", "flow", "flow::login", "a", "a::b"];
    let read = |module: &str, code: &str| {
        let split = |name: &str| name.split("::").map(str::to_owned).collect::<Module>();
        let file = |name: &str| {
            let code = if name == module { code } else { "" };
            (split(name), File { path: PathBuf::new(), code: code.to_owned() })
        };
        let crate_ = Crate { files: names.iter().map(|name| file(name)).collect() };
        let imports = crate_.imports().remove(&split(module)).unwrap();
        imports.iter().map(|module| module.join("::")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(read("a", "use crate::clock::Timestamp;"), "clock");
    assert_eq!(read("a", "use crate::{clock::{Timestamp, now}, flow as f};"), "clock flow");
    assert_eq!(read("a", "let x = crate::flow::login::open();"), "flow::login");
    assert_eq!(read("a", "use super::flow::login;"), "flow::login");
    assert_eq!(read("a", "use b::C;"), "a::b");
    assert_eq!(read("a::b", "use super::C; use super::super::flow::{Flow, login};"), "a flow flow::login");
    assert_eq!(read("a", "use other_crate::flow; pub(crate) fn f() {}"), "");
}

/// The names that lead from the root of a crate to a file.
type Module = Vec<String>;

/// The files of one crate, its root and its unit tests aside.
struct Crate {
    files: BTreeMap<Module, File>,
}

/// A file's code, without its comments and its unit tests.
struct File {
    path: PathBuf,
    code: String,
}

impl Crate {
    fn read(folder: &str) -> Self {
        let root = workspace().join(folder);
        let mut found = BTreeMap::new();
        for path in files(&root) {
            let module = path.strip_prefix(&root).unwrap().with_extension("");
            let is_code = path.extension().is_some_and(|extension| extension == "rs");
            if is_code && !["lib", "main", "tests"].contains(&&*module.file_name().unwrap().to_string_lossy()) {
                let module = module.iter().map(|part| part.to_string_lossy().into_owned()).collect();
                found.insert(module, File { code: code(&path), path });
            }
        }
        assert!(!found.is_empty(), "{folder} holds code");
        Self { files: found }
    }

    /// For each file, the others that it names.
    fn imports(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let of = |(module, file): (&Module, &File)| {
            let named = paths(&file.code).into_iter().filter_map(|path| self.find(module, &path));
            (module.clone(), named.filter(|named| named != module).collect())
        };
        self.files.iter().map(of).collect()
    }

    /// The imports that `wrong` says so of, in words.
    fn imports_between(&self, wrong: impl Fn(&[String], &[String]) -> bool) -> impl Iterator<Item = String> {
        let mut found = Vec::new();
        for (from, imported) in self.imports() {
            let wrong = imported.iter().filter(|to| wrong(&from, to));
            found.extend(wrong.map(|to| format!("{} imports {}", from.join("::"), to.join("::"))));
        }
        found.into_iter()
    }

    /// The file that `path` leads to from `module`, as far as it leads to one of ours.
    fn find(&self, module: &Module, path: &[String]) -> Option<Module> {
        let ups = path.iter().take_while(|name| *name == "super").count();
        let mut found: Module = match path[0].as_str() {
            "crate" => Vec::new(),
            _ if ups > 0 => module[..module.len().checked_sub(ups)?].to_vec(),
            child if self.files.contains_key(&[&module[..], &[child.to_owned()]].concat()) => module.clone(),
            _ => return None,
        };
        for name in path.iter().skip(ups.max(usize::from(path[0] == "crate"))) {
            found.push(name.clone());
            if !self.files.contains_key(&found) {
                found.pop();
                break;
            }
        }
        (!found.is_empty()).then_some(found)
    }
}

impl File {
    /// What a path starts with: crates, and local names that look like one.
    fn libraries(&self) -> BTreeSet<String> {
        paths(&self.code).into_iter().map(|path| path[0].clone()).collect()
    }
}

/// Every path of two names or more, those in braces taken apart.
fn paths(code: &str) -> Vec<Module> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    for (index, pair) in tokens.windows(2).enumerate() {
        let starts = index == 0 || tokens[index - 1] != "::";
        if starts && pair[1] == "::" && pair[0].starts_with(|first: char| first.is_alphabetic()) {
            tree(&tokens[index..], &mut Vec::new(), &mut found);
        }
    }
    found.retain(|path| path.len() > 1);
    found
}

/// Reads one path, or a group of them, behind `prefix`; how many tokens it took.
fn tree(tokens: &[&str], prefix: &mut Module, found: &mut Vec<Module>) -> usize {
    let (depth, mut read) = (prefix.len(), 0);
    while let Some(token) = tokens.get(read) {
        match *token {
            "::" => read += 1,
            "{" => {
                read += 1;
                while tokens.get(read).is_some_and(|token| *token != "}") {
                    read += tree(&tokens[read..], prefix, found).max(1);
                    while tokens.get(read).is_some_and(|token| *token != "," && *token != "}") {
                        read += 1;
                    }
                    read += usize::from(tokens.get(read) == Some(&","));
                }
                prefix.truncate(depth);
                return read + 1;
            }
            name if read == 0 || tokens[read - 1] == "::" => {
                prefix.push(name.to_owned());
                read += 1;
            }
            _ => break,
        }
    }
    found.push(prefix.clone());
    prefix.truncate(depth);
    read
}

/// The types that a file declares. An indented `type` is of a trait.
fn types(code: &str) -> impl Iterator<Item = &str> {
    code.lines().filter_map(|line| {
        let mut words = line.split_whitespace().skip_while(|word| word.starts_with("pub") || *word == "unsafe");
        let declares = match words.next()? {
            "struct" | "enum" | "trait" | "union" => true,
            "type" => !line.starts_with(' '),
            _ => false,
        };
        words.next().filter(|_| declares)?.split(|c: char| !c.is_alphanumeric()).next().filter(|name| !name.is_empty())
    })
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

fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
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
