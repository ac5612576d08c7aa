//! An OpenID-certified provider that is not ours (npm `oidc-provider`), installed by `tests/run`.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::{APP, Person, tool};
use crate::lies::CLIENT_SECRET;
use crate::lies::jose::{TEAM, elliptic_jwk, private_pem};

/// The provider's process. It ends when its standard input does, which is with this process at the latest.
pub struct Certified {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    pub issuer: String,
}

impl Certified {
    pub fn start() -> Self {
        let library = tool("node/node_modules/oidc-provider");
        let tools = library.ancestors().nth(3).unwrap();
        let mut child = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/oidc-provider.mjs"))
            .envs([("REDIRECT_URI", APP), ("CLIENT_SECRET", CLIENT_SECRET), ("NODE_NO_WARNINGS", "1")])
            .env("CLIENT_KEY", elliptic_jwk("key", &TEAM).to_string())
            .env("DOORWARD_TOOLS", tools)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next().expect("oidc-provider says that it is ready").unwrap();
        let issuer = line.strip_prefix("ready ").unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { child, lines, issuer }
    }

    /// Somebody as the provider's script describes them.
    pub fn person() -> Person {
        let subject = Person::new().subject;
        Person { email: format!("{subject}@people.example"), name: format!("Person {subject}"), subject }
    }

    /// What a stack has to know of it.
    pub fn row(&self) -> Value {
        self.row_of("doorward", json!({ "clientSecret": CLIENT_SECRET }))
    }

    /// A row for each of its clients, by their names.
    pub fn rows(&self) -> Value {
        json!({
            "certified": self.row(),
            "keyed": self.row_of("keyed", json!({ "privateKey": private_pem(&TEAM), "keyId": "key" })),
            "sealing": self.row_of("sealing", json!({ "clientSecret": CLIENT_SECRET, "clientAuth": "client_secret_jwt" })),
            "pushing": self.row_of("pushing", json!({ "clientSecret": CLIENT_SECRET, "push": true })),
            "telling": self.row_of("telling", json!({ "clientSecret": CLIENT_SECRET })),
        })
    }

    fn row_of(&self, client: &str, mut row: Value) -> Value {
        row["issuer"] = json!(self.issuer);
        row["clientId"] = json!(client);
        row["trustEmail"] = json!(true);
        row
    }

    /// Forgets its key and signs with a new one; where a target is given, people return there from then on.
    pub fn turns(&mut self, target: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "turn {target}").unwrap();
        assert!(self.lines.any(|line| line.unwrap() == "turned"));
    }
}
