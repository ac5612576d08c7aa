//! The stand-in for AWS on your machine, which `cargo run` becomes. It starts the functions that would be deployed, an
//! HTTP API in front of them and the services behind them, all on loopback.
//!
//! ```text
//! browser, curl ─→ gateway ─→ lambda: function processes ─→ services: DynamoDB, Secrets Manager, SES ─→ mailbox
//!                     │                                          │
//!              mock_providers, page,                           trace
//!              local_api (/_local)
//! ```
//!
//! [`template`] reads what there is from `template.yaml`, [`stack`] starts it in order, [`rotation`] has the first keys
//! made.
//!
//! What AWS does and this does not: the API's access log, limits on headers (431), DynamoDB's transaction conflicts and
//! throttling (unless they are ordered at `/_local/faults`), IAM (every function may do everything), rotation by schedule
//! after the first time. The settings'
//! constraints in the template are not checked either, so that a test may have links that live a second; the functions
//! check them again anyway.

mod app;
mod clock;
mod failure;
mod files;
mod gateway;
mod journal;
mod lambda;
mod local_api;
mod mailbox;
mod mock_providers;
mod options;
mod page;
mod providers;
mod random;
mod rotation;
mod services;
mod stack;
mod template;
mod trace;

use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use failure::{Context, Result};
use options::Options;
use stack::StartedStack;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("doorward-local: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        // The embedded database answers on these threads and blocks them while it does.
        .worker_threads(8)
        .enable_all()
        .build()
        .context("no threads")?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).context("SIGTERM")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT")?;
        let life = async {
            let stack = StartedStack::start(options).await?;
            stack.announce(options);
            stack.serve().await
        };
        tokio::select! {
            ended = life => ended,
            _ = terminate.recv() => Ok(()),
            _ = interrupt.recv() => Ok(()),
        }
    })
}
