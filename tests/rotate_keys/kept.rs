//! A stack whose secrets are in a file, so that a test can read them and make them older.

use std::net::Ipv4Addr;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::{Answer, Call, Person, Stack, now};
use crate::lies::LIES;

/// The steps of a rotation, in Secrets Manager's order.
pub const STEPS: [&str; 4] = ["createSecret", "setSecret", "testSecret", "finishSecret"];

pub struct KeptStack {
    directory: PathBuf,
    settings: &'static [&'static str],
    providers: Value,
    stack: Option<Stack>,
}

impl KeptStack {
    pub fn start() -> Self {
        Self::with(LIES.rows())
    }

    /// The same with other providers.
    pub fn with(providers: Value) -> Self {
        Self::set(&[], providers)
    }

    /// The same with other settings.
    pub fn set(settings: &'static [&'static str], providers: Value) -> Self {
        let name = format!("doorward-kept-{}-{}", std::process::id(), Person::new().subject);
        let mut kept = Self { directory: std::env::temp_dir().join(name), settings, providers, stack: None };
        kept.stack = Some(kept.starts());
        kept
    }

    fn starts(&self) -> Stack {
        // The port changes with every start, the issuer must not.
        let settings = [&["PUBLIC_URL=http://localhost:4"], self.settings].concat();
        Stack::kept_in(&self.directory, &settings, &self.providers)
    }

    pub fn stack(&self) -> &Stack {
        self.stack.as_ref().unwrap()
    }

    /// Stops, changes the secrets by name, and starts again, with nothing remembered by any process.
    pub fn restarts_with(&mut self, change: impl Fn(&str, &mut Value)) {
        drop(self.stack.take());
        let mut secrets = self.everything();
        for (arn, secret) in secrets.as_object_mut().unwrap() {
            change(arn, secret);
        }
        std::fs::write(self.file(), secrets.to_string()).unwrap();
        self.stack = Some(self.starts());
    }

    /// Stops and starts again with other providers.
    pub fn restarts_at(&mut self, providers: Value) {
        self.providers = providers;
        self.restarts_with(|_, _| {});
    }

    /// Every key of every secret has stood where it stands for so many days more.
    pub fn ages_by_days(&mut self, days: i64) {
        self.restarts_with(|_, secret| {
            for version in secret["versions"].as_object_mut().unwrap().values_mut() {
                let Some(Ok(mut value)) = version["value"].as_str().map(serde_json::from_str::<Value>) else {
                    continue;
                };
                for key in value.get_mut("keys").and_then(Value::as_array_mut).into_iter().flatten() {
                    key["since"] = json!(key["since"].as_i64().unwrap() - days * 86_400);
                }
                version["value"] = json!(value.to_string());
            }
        });
    }

    /// What Secrets Manager does first: a version without a value, pending. Gives its id.
    pub fn begins(&mut self, name: &str) -> String {
        let version = format!("{:0>32}", Person::new().subject);
        self.restarts_with(|arn, secret| {
            if !arn.contains(name) {
                return;
            }
            let versions = secret["versions"].as_object_mut().unwrap();
            for version in versions.values_mut() {
                version["stages"].as_array_mut().unwrap().retain(|stage| stage != "AWSPENDING");
            }
            versions.insert(version.clone(), json!({ "value": null, "stages": ["AWSPENDING"], "created": now() }));
        });
        version
    }

    pub async fn tries(&self, name: &str, version: &str, step: &str) -> Answer {
        let secrets = self.everything();
        let arn = secrets.as_object().unwrap().keys().find(|arn| arn.contains(name)).unwrap();
        self.invokes(&json!({ "SecretId": arn, "ClientRequestToken": version, "Step": step })).await
    }

    /// What an operator does when keys have leaked.
    pub async fn revokes(&self, set: &str) -> Answer {
        self.invokes(&json!({ "revoke": set })).await
    }

    async fn invokes(&self, event: &Value) -> Answer {
        Call::post("/_local/invoke/rotate-keys").json(event).send(Ipv4Addr::LOCALHOST, self.stack().address).await
    }

    pub async fn step(&self, name: &str, version: &str, step: &str) {
        let answer = self.tries(name, version, step).await;
        assert_eq!(answer.status, 200, "{step}: {answer}");
    }

    /// A whole rotation.
    pub async fn rotates(&mut self, name: &str) {
        let version = self.begins(name);
        for step in STEPS {
            self.step(name, &version, step).await;
        }
        let secrets = self.everything();
        let secret =
            secrets.as_object().unwrap().values().find(|secret| secret.to_string().contains(&version)).unwrap();
        assert!(stages(&secret["versions"][&version]).contains(&"AWSCURRENT"), "{name} has no new current version");
    }

    /// All secrets as they are kept.
    pub fn everything(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.file()).unwrap()).unwrap()
    }

    pub fn kids(&self, name: &str) -> Vec<Value> {
        self.keys(name).into_iter().map(|mut key| key["kid"].take()).collect()
    }

    pub fn states(&self, name: &str) -> Vec<String> {
        self.keys(name).iter().map(|key| key["state"].as_str().unwrap().to_owned()).collect()
    }

    fn keys(&self, name: &str) -> Vec<Value> {
        self.value(name)["keys"].as_array().unwrap().clone()
    }

    /// What a secret says at the moment.
    pub fn value(&self, name: &str) -> Value {
        let secrets = self.everything();
        let (_, secret) = secrets.as_object().unwrap().iter().find(|(arn, _)| arn.contains(name)).unwrap();
        let mut versions = secret["versions"].as_object().unwrap().values();
        let current = versions.find(|version| stages(version).contains(&"AWSCURRENT")).unwrap();
        serde_json::from_str(current["value"].as_str().unwrap()).unwrap()
    }

    fn file(&self) -> PathBuf {
        self.directory.join("secrets.json")
    }
}

impl Drop for KeptStack {
    fn drop(&mut self) {
        drop(self.stack.take());
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn stages(version: &Value) -> Vec<&str> {
    version["stages"].as_array().unwrap().iter().map(|stage| stage.as_str().unwrap()).collect()
}
