//! Programs that are not ours and that judge us: installed by `tests/run`.

use std::path::PathBuf;

/// A path below the tools folder; tests that need a tool fail without it, they are never skipped.
pub fn tool(path: &str) -> PathBuf {
    let folder = std::env::var_os("DOORWARD_TOOLS").map(PathBuf::from).unwrap_or_else(|| {
        let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        target.unwrap_or_else(|| super::stack::workspace().join("target")).join("tools")
    });
    let tool = folder.join(path);
    assert!(tool.exists(), "{} is missing: run tests/run, which installs it", tool.display());
    tool
}
