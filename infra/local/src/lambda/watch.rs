//! `--watch`: a function whose sources are changed is built before it gets its next request.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::Mutex;
use tokio::time::timeout;

use super::binaries::Build;

/// What the functions are built of.
const SOURCES: [&str; 4] = ["Cargo.toml", "Cargo.lock", "functions", "shared"];
/// What counts at our own start only.
const READ_ONCE: [&str; 2] = ["template.yaml", "infra/local"];
/// The longest that a request waits for cargo, which itself may have to wait for another one in this target directory.
const PATIENCE: Duration = Duration::from_secs(120);

/// Builds functions again, each when it is asked for: after a change of what they share, none waits for the others.
pub struct Watch {
    build: Build,
    seen: Mutex<Seen>,
}

struct Seen {
    /// When the sources were last written that a function was built of.
    built: BTreeMap<String, Option<SystemTime>>,
    /// When the last of what is read once was written.
    read_once: Option<SystemTime>,
}

impl Watch {
    /// Watches from now on: what there is now is what the functions are built of.
    pub fn new(build: Build, functions: &[String]) -> Self {
        let sources = last_written(&build, &SOURCES);
        let built = functions.iter().map(|function| (function.clone(), sources)).collect();
        Self { seen: Mutex::new(Seen { built, read_once: last_written(&build, &READ_ONCE) }), build }
    }

    /// Returns once a function is what its sources say. One that cannot be built, or not in time, stays as it was.
    pub async fn catch_up(self: Arc<Self>, function: String) {
        // A task of its own: cargo goes on when the caller stops waiting.
        let build = tokio::spawn(async move { self.build_changes(function).await });
        let _ = timeout(PATIENCE, build).await;
    }

    async fn build_changes(&self, function: String) {
        let mut seen = self.seen.lock().await;
        let read_once = last_written(&self.build, &READ_ONCE);
        if std::mem::replace(&mut seen.read_once, read_once) != read_once {
            eprintln!("doorward-local: {} changed: restart to apply it", READ_ONCE.join(" or "));
        }
        let sources = last_written(&self.build, &SOURCES);
        if seen.built.insert(function.clone(), sources) != Some(sources) {
            match self.build.run(std::slice::from_ref(&function)).await {
                Ok(_) => eprintln!("doorward-local: {function} runs the new code"),
                Err(failure) => eprintln!("doorward-local: {failure}; {function} keeps the old code"),
            }
        }
    }
}

fn last_written(build: &Build, paths: &[&str]) -> Option<SystemTime> {
    paths.iter().filter_map(|path| written(&build.workspace.join(path))).max()
}

/// When a file was written, or a folder with what is in it for the last time.
pub fn written(path: &Path) -> Option<SystemTime> {
    let below = std::fs::read_dir(path).into_iter().flatten().flatten().filter_map(|entry| written(&entry.path()));
    let own = path.metadata().and_then(|metadata| metadata.modified()).ok();
    below.chain(own).max()
}
