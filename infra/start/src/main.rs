//! `cargo run`: builds the local stack and the functions, and becomes the local stack.
//!
//! Cargo builds one program before it runs it. If that were the local stack, the functions would be built after it; as it
//! is, everything is built at once, and no core waits for what it does not need.

use std::env;
use std::error::Error;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    match start() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("doorward-start: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Returns only when nothing is started: what cargo says is on the terminal then.
fn start() -> Result<ExitCode, Box<dyn Error>> {
    let own = env::current_exe()?;
    let (target, profile) = place(&own).ok_or("cargo run starts this, from its target directory")?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .arg("build")
        .arg("--manifest-path")
        .arg(WORKSPACE)
        .arg("--target-dir")
        .arg(target)
        .args(["--profile", profile]);
    let built = build.status().map_err(|error| format!("cargo: {error}"))?;
    match built.code() {
        Some(0) => Err(Command::new(own.with_file_name("doorward-local")).args(env::args_os().skip(1)).exec().into()),
        code => Ok(code.and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)),
    }
}

/// The target directory and the profile that a program was built in, so that what is built beside it is what it needs.
fn place(program: &Path) -> Option<(&Path, &str)> {
    let folder = program.parent()?;
    let profile = folder.file_name()?.to_str()?;
    // The profile `dev` has a folder of another name.
    Some((folder.parent()?, if profile == "debug" { "dev" } else { profile }))
}

/// The manifest of the workspace, whose default members are everything that a stack runs.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_comes_beside_what_was_started() {
        for (program, target, profile) in [
            ("/doorward/target/debug/doorward-start", "/doorward/target", "dev"),
            ("/doorward/target/release/doorward-start", "/doorward/target", "release"),
            ("/tmp/t/bench/doorward-start", "/tmp/t", "bench"),
        ] {
            assert_eq!(place(Path::new(program)), Some((Path::new(target), profile)));
        }
        assert_eq!(place(Path::new("/")), None);
    }
}
