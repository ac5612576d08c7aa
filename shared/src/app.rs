//! What is built once per cold start.

use crate::adapter::aws::Aws;
use crate::adapter::log;
use crate::config::Env;

/// What stops a function at INIT.
pub type StartError = Box<dyn std::error::Error + Send + Sync>;

/// Settings and the way to AWS. A function opens only the doors that it needs from it, so that the linker drops the
/// rest.
#[derive(Debug)]
pub struct App {
    /// The settings.
    pub env: Env,
    /// The way to AWS.
    pub aws: Aws,
}

impl App {
    /// Reads the environment and starts the log: JSON lines on standard output, at `info`.
    ///
    /// # Errors
    ///
    /// When Lambda's own variables are missing.
    pub fn start() -> Result<Self, StartError> {
        log::start();
        let env = Env::of_process();
        let aws = Aws::from_env(&env)?;
        Ok(Self { env, aws })
    }
}
