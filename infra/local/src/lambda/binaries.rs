//! The functions' binaries: built with cargo, or ready-made.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use crate::failure::{Context, Failure, Result};

/// Builds the packages of this workspace, with cargo's progress on stderr. Their binaries by name.
pub async fn build(workspace: &Path, packages: &[String], release: bool) -> Result<BTreeMap<String, PathBuf>> {
    eprintln!(
        "building {} functions: the first time takes a minute on two cores, later ones seconds …",
        packages.len()
    );
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(workspace).args(["build", "--message-format=json-render-diagnostics"]);
    command.args(release.then_some("--release"));
    for package in packages {
        command.args(["--package", package]);
    }
    // Cargo unites the features of what it builds at once. Without ourselves among it, tokio and hyper would have fewer
    // than we were built with, and everything above them, the AWS SDKs first of all, would be compiled a second time.
    if release != cfg!(debug_assertions) {
        command.args(["--package", env!("CARGO_PKG_NAME")]);
    }
    let cargo = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn().map_err(not_started)?;
    let output = cargo.wait_with_output().await.context("cargo")?;
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
    complete(binaries, packages, "cargo built no binary")
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
    complete(present.collect(), names, &format!("{} holds no binary", directory.display()))
}

fn complete(binaries: BTreeMap<String, PathBuf>, names: &[String], lack: &str) -> Result<BTreeMap<String, PathBuf>> {
    match names.iter().find(|name| !binaries.contains_key(*name)) {
        Some(missing) => Err(Failure::new(format!("{lack} {missing}"))),
        None => Ok(binaries),
    }
}
