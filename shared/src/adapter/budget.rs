//! The time that one invocation has. It is over before Lambda's own is, which would end the process in the middle of
//! whatever it does and leave the person to the gateway's JSON.
//!
//! Whoever waits for the outside waits here. The time is not handed down as a parameter: the adapters that must know it stand
//! behind libraries (an SDK's retries, the client that redeems a code) that have no place for it.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use domain::secret::random_share;

tokio::task_local! {
    static BUDGET: Budget;
}

/// When an invocation began, and until when its adapters may wait.
#[derive(Clone, Copy, Debug)]
struct Budget {
    begun: Instant,
    end: Instant,
}

/// Does `work` in an invocation that the platform ends `left` from now. `None` when it is not done a second before that:
/// it is dropped then, and a write that was on its way may still happen, which its repetition recognises.
///
/// Inside, every [`bounded`] wait ends half a second earlier, so that a flow hears of it and answers in its own way.
pub async fn spend<T>(left: Duration, work: impl Future<Output = T>) -> Option<T> {
    let begun = Instant::now();
    let budget = Budget { begun, end: begun + left.saturating_sub(TO_ANSWER + TO_TIDY_UP) };
    // Boxed: the compiler would lay out a whole request anew in each layer around it, and gives up at some depth.
    let work = BUDGET.scope(budget, Box::pin(work));
    timeout_at(begun + left.saturating_sub(TO_ANSWER), work).await.ok()
}

/// Waits for `work` as long as there is time, and does not even begin when there is none; `None` when it was over.
/// Outside an invocation there is no limit.
pub async fn bounded<T>(work: impl Future<Output = T>) -> Option<T> {
    match BUDGET.try_with(|budget| budget.end) {
        Ok(end) if end <= Instant::now() => None,
        Ok(end) => timeout_at(end, work).await.ok(),
        Err(_) => Some(work.await),
    }
}

/// Whether at least half of the time is left: enough to use up what cannot be used again.
pub fn is_ample() -> bool {
    BUDGET.try_with(|budget| budget.begun.elapsed() * 2 <= budget.end - budget.begun).unwrap_or(true)
}

/// Waits before what failed for the `attempt`th time (from 1) is tried again: up to 50 ms, doubled each time, of which
/// chance takes a share, so that those who met once do not meet again.
pub async fn pause(attempt: u32) {
    let longest = FIRST_PAUSE * 2_u32.saturating_pow(attempt.saturating_sub(1).min(4));
    let _ = bounded(sleep(longest.mul_f64(random_share()))).await;
}

/// What the answer needs on its way out of an environment that may have little processor time.
const TO_ANSWER: Duration = Duration::from_secs(1);
const TO_TIDY_UP: Duration = Duration::from_millis(500);
const FIRST_PAUSE: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: Duration = Duration::from_secs(15);

    fn on_a_clock_of_its_own<T>(work: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(work)
    }

    #[test]
    fn work_that_is_late_is_given_up_a_second_before_the_end() {
        on_a_clock_of_its_own(async {
            let begun = Instant::now();
            let late = spend(Duration::from_millis(1050), sleep(LEFT)).await;
            assert_eq!(late, None);
            assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
            assert_eq!(spend(LEFT, async { 7 }).await, Some(7));
        });
    }

    #[test]
    fn a_door_stops_waiting_before_that_so_that_the_flow_can_answer() {
        on_a_clock_of_its_own(async {
            let told = spend(Duration::from_millis(1600), async {
                let waited = bounded(sleep(LEFT)).await;
                (waited, bounded(async { 7 }).await)
            });
            assert_eq!(told.await, Some((None, None)), "and does not begin again");
        });
    }

    #[test]
    fn half_of_the_time_is_ample_and_less_is_not() {
        on_a_clock_of_its_own(async {
            assert!(is_ample(), "outside an invocation");
            let ample = spend(Duration::from_millis(1600), async {
                let at_first = is_ample();
                sleep(Duration::from_millis(60)).await;
                (at_first, is_ample())
            });
            assert_eq!(ample.await, Some((true, false)));
        });
    }
}
