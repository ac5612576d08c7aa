//! Everybody at once, through several processes: single use stays single use, and one person stays one user (I1-I4).

mod limits;
mod mailbox;
mod passkeys;
mod refresh;
mod second_factor;
mod sign_in;
mod sign_up;

use serde_json::Value;

use crate::harness::Answer;

/// How many take part.
const CROWD: usize = 64;

/// Of these answers, this many are successes, and every other one is this refusal. Gives the successes' data.
#[track_caller]
pub fn winners(answers: &[Answer], expected: usize, status: u16, code: &str) -> Vec<Value> {
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(
        won.len(),
        expected,
        "of {}, among them {}",
        answers.len(),
        lost.first().map_or(String::new(), ToString::to_string)
    );
    lost.iter().for_each(|answer| drop(answer.refuses(status, code)));
    won.iter().map(|answer| answer.data()).collect()
}

/// The items of a table that have this text in them.
pub fn items_with<'a>(dump: &'a Value, table: &str, text: &str) -> Vec<&'a Value> {
    let items = dump[table].as_array().unwrap_or_else(|| panic!("no table {table}"));
    items.iter().filter(|item| item.to_string().contains(text)).collect()
}
