//! The functions' log lines: kept for `/_local/log` and printed for the developer.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

const MAX_LINES: usize = 10_000;

/// One line that a function wrote.
#[derive(Clone, Serialize)]
pub struct LogLine {
    function: String,
    line: String,
}

/// The last lines of all functions.
pub struct Journal(Mutex<JournalState>);

struct JournalState {
    lines: VecDeque<LogLine>,
    prints: bool,
}

impl Journal {
    /// An empty journal that prints nothing yet.
    pub fn new() -> Self {
        Self(Mutex::new(JournalState { lines: VecDeque::new(), prints: false }))
    }

    /// Takes a line.
    pub fn push(&self, function: &str, line: &str) {
        let line = LogLine { function: function.to_owned(), line: line.trim_end().to_owned() };
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.prints {
            print(&line);
        }
        if state.lines.len() == MAX_LINES {
            state.lines.pop_front();
        }
        state.lines.push_back(line);
    }

    /// Prints on stderr from now on, and first what has come already.
    pub fn print(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.lines.iter().for_each(print);
        state.prints = true;
    }

    /// All lines, or those that name one request, oldest first.
    pub fn lines(&self, request: Option<&String>) -> Vec<LogLine> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.lines.iter().filter(|line| request.is_none_or(|id| line.line.contains(id))).cloned().collect()
    }

    /// Forgets all lines.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).lines.clear();
    }
}

fn print(line: &LogLine) {
    eprintln!("{} | {}", line.function, line.line);
}
