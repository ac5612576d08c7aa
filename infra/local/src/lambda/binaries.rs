//! The functions' binaries: built with cargo, or ready-made.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use crate::failure::{Context, Failure, Result};

/// How functions are built.
#[derive(Clone)]
pub struct Build {
    /// The folder of their workspace.
    pub workspace: PathBuf,
    /// As they are deployed.
    pub release: bool,
}

impl Build {
    /// Builds functions, whose names are those of their packages too, with cargo's progress on stderr. Their binaries
    /// by name.
    pub async fn run(&self, functions: &[String]) -> Result<BTreeMap<String, PathBuf>> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.current_dir(&self.workspace).args(["build", "--message-format=json-render-diagnostics"]);
        command.args(self.release.then_some("--release"));
        // Cargo unites the features of the packages it selects, and without a selection, as in `cargo run`, these are
        // the default members. Another selection would mean fewer features of tokio and hyper than we were built with,
        // and everything above them, the AWS SDKs first of all, would be compiled a second time.
        let selection = if self.release == cfg!(debug_assertions) { "--package" } else { "--bin" };
        for function in functions {
            command.args([selection, function]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let output = command.spawn().map_err(not_started)?.wait_with_output().await.context("cargo")?;
        if !output.status.success() {
            return Err(Failure::new("the functions could not be built: see cargo's messages above"));
        }
        let mut binaries = BTreeMap::new();
        for message in output.stdout.split(|byte| *byte == b'\n') {
            let message: Value = serde_json::from_slice(message).unwrap_or_default();
            if let (Some(name), Some(path)) = (message["target"]["name"].as_str(), message["executable"].as_str()) {
                binaries.insert(name.to_owned(), PathBuf::from(path));
            }
        }
        complete(binaries, functions, "cargo built no binary")
    }
}

fn not_started(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound => Failure::new(
            "the functions are built with cargo, which is not on the PATH: install Rust from https://rustup.rs, or name a \
             directory of ready-made binaries with --functions",
        ),
        _ => Failure::new(format!("cargo: {error}")),
    }
}

/// The binaries in a directory.
pub fn find(directory: &Path, names: &[String]) -> Result<BTreeMap<String, PathBuf>> {
    let directory = directory.canonicalize().context(format!("--functions {}", directory.display()))?;
    let present = names.iter().map(|name| (name.clone(), directory.join(name))).filter(|(_, path)| path.is_file());
    complete(present.collect(), names, &format!("{} has no binary", directory.display()))
}

fn complete(binaries: BTreeMap<String, PathBuf>, names: &[String], lack: &str) -> Result<BTreeMap<String, PathBuf>> {
    match names.iter().find(|name| !binaries.contains_key(*name)) {
        Some(missing) => Err(Failure::new(format!("{lack} {missing}"))),
        None => Ok(binaries),
    }
}
