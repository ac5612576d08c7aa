//! The processes of one function: one request at a time each, further ones under parallel load, a new one for one that
//! is gone or whose binary was replaced.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::instance::{Instance, InvocationOutcome, Launch};
use crate::failure::Result;

/// What became of a call of the function.
pub enum Invocation {
    /// The function's answer.
    Answered(Bytes),
    /// Its error, or that of its process.
    Failed(Value),
}

/// A function and its processes.
pub struct Pool {
    launch: Arc<Launch>,
    idle: Mutex<Vec<Instance>>,
    /// One permit for each process that may run; callers beyond wait in line.
    permits: Semaphore,
}

impl Pool {
    /// A function without any process yet.
    pub fn new(launch: Launch, instances: u16) -> Self {
        Self { launch: Arc::new(launch), idle: Mutex::new(Vec::new()), permits: Semaphore::new(usize::from(instances)) }
    }

    /// Starts a first process, and keeps it, to see whether the function accepts its settings.
    pub async fn check(&self) -> Result<()> {
        let instance = Instance::start(self.launch.clone()).await?;
        self.put_back(instance);
        Ok(())
    }

    /// Calls the function.
    pub async fn invoke(&self, event: Bytes) -> Invocation {
        let Ok(_permit) = self.permits.acquire().await else {
            return failed("Runtime.Stopped", "the local stack is stopping");
        };
        loop {
            let mut instance = match self.waiting() {
                Some(instance) => instance,
                None => match Instance::start(self.launch.clone()).await {
                    Ok(instance) => instance,
                    Err(failure) => return failed("Runtime.InitError", &failure.to_string()),
                },
            };
            match instance.invoke(event.clone()).await {
                InvocationOutcome::Answered(payload) => {
                    self.put_back(instance);
                    return Invocation::Answered(payload);
                }
                InvocationOutcome::Failed(error) => {
                    self.put_back(instance);
                    return Invocation::Failed(error);
                }
                InvocationOutcome::Gone(error) => return Invocation::Failed(error),
                InvocationOutcome::NotSeen => {}
            }
        }
    }

    fn waiting(&self) -> Option<Instance> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain_mut(Instance::is_usable);
        idle.pop()
    }

    fn put_back(&self, instance: Instance) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(instance);
    }
}

fn failed(kind: &str, message: &str) -> Invocation {
    Invocation::Failed(json!({"errorType": kind, "errorMessage": message}))
}
