//! How far a long piece of work is: said on standard error, to people alone.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// Nobody wonders before.
const PATIENCE: Duration = Duration::from_secs(1);
const EVERY: Duration = Duration::from_millis(200);

pub(super) struct Progress {
    what: &'static str,
    total: usize,
    next: Instant,
    is_watched: bool,
    is_shown: bool,
}

impl Progress {
    pub(super) fn new(what: &'static str, total: usize) -> Progress {
        let is_watched = io::stderr().is_terminal();
        Progress { what, total, next: Instant::now() + PATIENCE, is_watched, is_shown: false }
    }

    /// So many are done.
    pub(super) fn done(&mut self, count: usize) {
        let now = Instant::now();
        if self.is_watched && self.next <= now {
            (self.next, self.is_shown) = (now + EVERY, true);
            let _ = write!(io::stderr(), "\r{}: {count} of {}", self.what, self.total);
        }
    }
}

impl Drop for Progress {
    /// Leaves the line to whatever is said next.
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r{:60}\r", "");
        }
    }
}
