//! The command line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Parser;

use crate::app::LocalApp;
use crate::failure::{Failure, Result};

/// Doorward on your machine: the functions that would be deployed, and stand-ins for the AWS services they use.
///
/// Needs no AWS account, no Docker and no configuration, and listens on loopback only.
#[derive(Parser, Debug)]
#[command(name = "doorward-local", version)]
pub struct Options {
    /// Port of the API and of the local pages; 0 picks a free one
    #[arg(long, default_value_t = 9100)]
    pub port: u16,

    /// Directory for tables, keys and secrets, or `memory` to forget them at the end [default: local/ in the target directory]
    #[arg(long, value_name = "DIR|memory")]
    pub data: Option<PathBuf>,

    /// The providers secret, as JSON: {"google": {"clientId": "…", "clientSecret": "…"}}
    #[arg(long, value_name = "FILE")]
    pub providers: Option<PathBuf>,

    /// Providers to mock, by name and separated by commas, or `none` [default: all six, or none with --providers]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub mock_providers: Option<Vec<String>>,

    /// A setting, by the name of its variable: --set MAGIC_LINK_SECONDS=60
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub settings: Vec<String>,

    /// Allow settings outside the template's bounds, such as a lifetime of a second
    #[arg(long)]
    pub unbounded: bool,

    /// An app on this machine, by its origin or by the page that people come back to; may be repeated
    #[arg(long = "app", value_name = "URL")]
    pub apps: Vec<LocalApp>,

    /// Use the function binaries in this directory instead of building them
    #[arg(long, value_name = "DIR")]
    pub functions: Option<PathBuf>,

    /// Rebuild what changes, and use it from the next request on; with --functions, use what is replaced there
    #[arg(long, conflicts_with = "services_only")]
    pub watch: bool,

    /// Processes that one function may have at once; further requests wait
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub instances: u16,

    /// Build the functions as they are deployed: slower to build, faster to start
    #[arg(long)]
    pub release: bool,

    /// Do not print the functions' logs
    #[arg(long)]
    pub quiet: bool,

    /// Start only the services, and print the variables for `cargo lambda watch`
    #[arg(long)]
    pub services_only: bool,

    /// Write the variables for `cargo lambda watch --env-file FILE` there instead of printing them
    #[arg(long, value_name = "FILE", requires = "services_only")]
    pub env_file: Option<PathBuf>,

    /// Use another DynamoDB than the embedded one, such as http://127.0.0.1:5000
    #[arg(long, value_name = "URL")]
    pub dynamodb: Option<String>,
}

/// Where state is kept between two starts.
#[derive(Debug, Clone)]
pub enum DataLocation {
    /// Nowhere: it ends with the process.
    Memory,
    /// In files of this directory.
    Directory(PathBuf),
}

impl DataLocation {
    /// The path of one of its files.
    pub fn file(&self, name: &str) -> Option<PathBuf> {
        match self {
            Self::Memory => None,
            Self::Directory(directory) => Some(directory.join(name)),
        }
    }
}

impl Options {
    /// Where to keep data: what was asked for, else `local/` in the target directory of this binary.
    pub fn data(&self) -> DataLocation {
        match &self.data {
            Some(path) if path == Path::new("memory") => DataLocation::Memory,
            Some(path) => DataLocation::Directory(path.clone()),
            None => DataLocation::Directory(target_directory().join("local")),
        }
    }

    /// Which providers to mock: those that were asked for, else all, unless the person brings providers of their own.
    pub fn mock_providers(&self, all: Vec<String>) -> Vec<String> {
        match &self.mock_providers {
            Some(names) if names == &["none"] => Vec::new(),
            Some(names) => names.clone(),
            None if self.providers.is_some() => Vec::new(),
            None => all,
        }
    }

    /// The settings given, by variable name; of two with the same name the last counts.
    pub fn settings(&self) -> Result<BTreeMap<String, String>> {
        let mut settings = BTreeMap::new();
        for setting in &self.settings {
            let (name, value) = setting
                .split_once('=')
                .ok_or_else(|| Failure::new(format!("--set {setting}: write it as NAME=VALUE")))?;
            settings.insert(name.to_owned(), value.to_owned());
        }
        Ok(settings)
    }
}

/// Cargo's target directory: this binary lies in its `debug` or `release`.
fn target_directory() -> PathBuf {
    let binary = std::env::current_exe().unwrap_or_default();
    let profile = binary.parent().filter(|profile| profile.ends_with("debug") || profile.ends_with("release"));
    profile.and_then(Path::parent).unwrap_or(Path::new("target")).to_owned()
}

/// The file `template.yaml` here or in a directory above, then above this binary.
pub fn find_template() -> Result<PathBuf> {
    let here = std::env::current_dir().unwrap_or_default();
    let binary = std::env::current_exe().unwrap_or_default();
    here.ancestors()
        .chain(binary.ancestors())
        .map(|directory| directory.join("template.yaml"))
        .find(|file| file.is_file())
        .ok_or_else(|| Failure::new(format!("no template.yaml in {} or above it", here.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_without_a_value_is_refused() {
        let options = Options::parse_from(["doorward-local", "--set", "AUDIENCE"]);
        assert_eq!(options.settings().unwrap_err().to_string(), "--set AUDIENCE: write it as NAME=VALUE");
    }

    #[test]
    fn all_providers_are_mocked_unless_some_are_chosen_or_given() {
        let mocked = |arguments: &[&str]| {
            let options = Options::parse_from([&["doorward-local"], arguments].concat());
            options.mock_providers(vec!["google".to_owned(), "github".to_owned()]).join(" ")
        };
        assert_eq!(mocked(&[]), "google github");
        assert_eq!(mocked(&["--mock-providers", "github,apple"]), "github apple");
        assert_eq!(mocked(&["--mock-providers", "none"]), "");
        assert_eq!(mocked(&["--providers", "rows.json"]), "");
        assert_eq!(mocked(&["--providers", "rows.json", "--mock-providers", "apple"]), "apple");
    }

    #[test]
    fn a_value_may_hold_the_equals_sign_and_the_last_one_counts() {
        let options = Options::parse_from(["doorward-local", "--set", "A=1", "--set", "A=https://x/?y=z"]);
        assert_eq!(options.settings().unwrap()["A"], "https://x/?y=z");
    }
}
