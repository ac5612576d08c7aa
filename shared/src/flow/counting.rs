//! Counting against limits: what is counted and what it is counted for are written together or not at all, so that what a
//! limit refuses leaves nothing behind, and uses up no other limit.

use futures_core::future::BoxFuture;

use domain::clock::Timestamp;
use domain::error::Fault;
use domain::request::RequestContext;
use domain::request::limit::{Counter, Limit};

use crate::adapter::audit::{Event, record};
use crate::adapter::log;
use crate::adapter::mail::Unsent;
use crate::adapter::store::limits::Limits;
use crate::adapter::store::{Obstacle, Transactions, Write};
use crate::app::{App, StartError};

/// The counters, and what is written beside them.
#[derive(Debug)]
pub struct Counting {
    limits: Limits,
    transactions: Transactions,
}

/// How counting ended.
#[derive(Debug)]
pub enum CountOutcome {
    /// Everything was counted and written.
    Done,
    /// Nothing was: a limit is reached.
    Over(Over),
    /// Nothing was: something else stood in the way.
    Obstructed,
}

/// A limit that is reached.
#[derive(Debug)]
pub struct Over {
    /// When it ends.
    pub ends_at: Timestamp,
    /// Of a pause, what it follows, by its public id.
    pub begun_by: Option<String>,
}

impl Counting {
    /// Opens what counting needs.
    pub fn open(app: &App) -> Result<Self, StartError> {
        Ok(Self { limits: app.limits()?, transactions: app.transactions() })
    }

    /// Counts an event against all of `counters` and makes `writes`. A limit that is reached has its line in the audit
    /// log.
    ///
    /// # Errors
    ///
    /// When DynamoDB does not answer, or the counters are contended for too often.
    pub fn commit<'f>(
        &'f self,
        counters: &'f [Counter],
        writes: Vec<Write>,
        caller: &'f RequestContext,
    ) -> BoxFuture<'f, Result<CountOutcome, Fault>> {
        Box::pin(async move {
            let counting = |counter| self.limits.counting(counter, caller.now);
            let Some(obstacles) = self.write(counters, counting, writes).await? else { return Ok(CountOutcome::Done) };
            let over = counters.iter().zip(obstacles).filter_map(|(counter, obstacle)| {
                let obstacle = obstacle?;
                let over = Over {
                    ends_at: obstacle.counter_ends_at().unwrap_or(counter.ends_at),
                    begun_by: obstacle.begun_by().map(str::to_owned),
                };
                Some((counter.limit, over))
            });
            Ok(match over.max_by_key(|(_, over)| over.ends_at) {
                Some((limit, over)) => {
                    record(caller, &Event::LimitReached { limit });
                    CountOutcome::Over(over)
                }
                None => CountOutcome::Obstructed,
            })
        })
    }

    /// Takes back what was counted for a mail that certainly did not go out: that costs nobody their next one. One that may
    /// have gone out stays counted. So does what cannot be taken back: the log says so, and the limit ends by itself.
    pub async fn give_back(&self, counters: &[Counter], unsent: Unsent, caller: &RequestContext) -> Fault {
        let giving_back = |counter| self.limits.giving_back(counter, caller.now);
        if unsent.certain
            && let Err(fault) = self.write(counters, giving_back, Vec::new()).await
        {
            log::failed(&fault, &caller.request_id);
        }
        unsent.fault
    }

    /// Writes in one transaction; `None` when everything was written, else what stood in the way of each write.
    async fn write<'c>(
        &self,
        counters: &'c [Counter],
        change: impl Fn(&'c Counter) -> Result<Write, Fault>,
        writes: Vec<Write>,
    ) -> Result<Option<Vec<Option<Obstacle>>>, Fault> {
        let mut all = counters.iter().map(change).collect::<Result<Vec<_>, _>>()?;
        all.extend(writes);
        self.transactions.commit_contended("a limit", all).await
    }
}

/// What counts where a request comes from: the person's address, and the server that states it, if one does.
pub fn by_source(per_source: &Limit, per_backend: &Limit, caller: &RequestContext) -> Vec<Counter> {
    let backend = caller.backend.as_deref();
    let source = per_source.for_source(&caller.source_ip, backend, caller.now);
    [source].into_iter().chain(backend.map(|label| per_backend.for_backend(label, caller.now))).collect()
}
