//! The functions' binaries: built with cargo, or ready-made.

use crate::failure::{Context, Failure, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// Builds the packages of this workspace, with cargo's progress on stderr. Their binaries by name.
pub async fn build(workspace: &Path, packages: &[String], release: bool) -> Result<BTreeMap<String, PathBuf>> {
    eprintln!("building {} functions …", packages.len());
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(workspace).args(["build", "--message-format=json-render-diagnostics"]);
    command.args(release.then_some("--release"));
    for package in packages {
        command.args(["--package", package]);
    }
    let cargo = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn().context("cargo")?;
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

/// The binaries in a directory.
pub fn find(directory: &Path, names: &[String]) -> Result<BTreeMap<String, PathBuf>> {
    let directory = directory.canonicalize().context(directory.display())?;
    let present = names.iter().map(|name| (name.clone(), directory.join(name))).filter(|(_, path)| path.is_file());
    complete(present.collect(), names, &format!("{} holds no binary", directory.display()))
}

fn complete(binaries: BTreeMap<String, PathBuf>, names: &[String], lack: &str) -> Result<BTreeMap<String, PathBuf>> {
    match names.iter().find(|name| !binaries.contains_key(*name)) {
        Some(missing) => Err(Failure::new(format!("{lack} {missing}"))),
        None => Ok(binaries),
    }
}
