//! Log lines: to standard error, and to a file for each queue and one for everything else.
//!
//! A line reads `2026-11-22T11:05:09Z INFO message job=17`, begins with `~` while the wall clock is
//! not to be trusted, and stays one line whatever is in the message.

mod archive;
mod files;
mod follow;
mod look;
mod tail;

pub use files::{FileOptions, LogFiles};
pub use follow::Follower;
pub use look::{FileFacts, look};
pub use tail::{last_lines, log_file};

use crate::domain::ids::JobId;
use crate::domain::queue::Queue;
use crate::domain::time::{Clock, Now};
use log::{Level, LevelFilter};
use std::cell::Cell;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::marker::PhantomData;
use std::sync::Arc;

thread_local! {
    static SCOPE: Cell<Option<(Queue, JobId)>> = const { Cell::new(None) };
}

/// While it lives, what this thread logs belongs to a job.
#[must_use]
pub struct Scope {
    outer: Option<(Queue, JobId)>,
    /// It ends on the thread it began on.
    not_send: PhantomData<*const ()>,
}

/// Lines that this thread logs go to the file of `queue` and end in the job's id, from whatever
/// depth they come, until the scope is dropped.
pub fn scope(queue: Queue, job: JobId) -> Scope {
    Scope { outer: SCOPE.replace(Some((queue, job))), not_send: PhantomData }
}

impl Drop for Scope {
    fn drop(&mut self) {
        SCOPE.set(self.outer);
    }
}

/// Starts logging for the whole program; once. `files` is for whoever serves, and stays with the
/// caller, to rotate and to ask how many lines were lost.
pub fn start(
    level: LevelFilter,
    clock: Arc<dyn Clock>,
    files: Option<Arc<LogFiles>>,
) -> Result<(), log::SetLoggerError> {
    let logger = logger(level, clock, Splitter { terminal: io::stderr(), files });
    log::set_max_level(logger.filter());
    log::set_boxed_logger(Box::new(logger))
}

fn logger<W: Write + Send + 'static>(
    level: LevelFilter,
    clock: Arc<dyn Clock>,
    to: Splitter<W>,
) -> env_logger::Logger {
    env_logger::Builder::new()
        // Libraries below us may show what they send, passwords included, at lower levels.
        .filter_level(level.min(LevelFilter::Warn))
        .filter_module(env!("CARGO_PKG_NAME"), level)
        .format(move |line, record| {
            let now = clock.now();
            line.write_all(compose(now, record.level(), record.args(), SCOPE.get()).as_bytes())
        })
        .target(env_logger::Target::Pipe(Box::new(to)))
        .build()
}

fn compose(
    now: Now,
    level: Level,
    message: &std::fmt::Arguments<'_>,
    scope: Option<(Queue, JobId)>,
) -> String {
    let mark = if now.is_wall_trusted { "" } else { "~" };
    let mut line = format!("{mark}{} {level} {}", now.wall, one_line(&message.to_string()));
    if let Some((_, job)) = scope.filter(|(_, job)| *job != JobId::EPHEMERAL) {
        let _ = write!(line, " job={job}"); // Writing to a String does not fail.
    }
    line.push('\n');
    line
}

/// The text with everything escaped that would end the line or steer a terminal.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        // U+2028 and U+2029 end a line for some; the others turn the reading direction around.
        let is_steering = matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if letter.is_control() || is_steering {
            line.extend(letter.escape_default());
        } else {
            line.push(letter);
        }
    }
    line
}

/// Where whole lines go. Nothing that goes wrong here reaches who logs.
struct Splitter<W> {
    terminal: W,
    files: Option<Arc<LogFiles>>,
}

impl<W: Write> Write for Splitter<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let _ = self.terminal.write_all(line); // A closed terminal must not silence the files.
        if let Some(files) = &self.files {
            files.append(SCOPE.get().map(|(queue, _)| queue), line);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{EngineTime, Timestamp};
    use log::Log as _;
    use std::fs;
    use std::path::Path;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Mutex, PoisonError};

    struct Still(AtomicBool);

    impl Clock for Still {
        fn now(&self) -> Now {
            let is_wall_trusted = self.0.load(Ordering::Relaxed);
            Now { engine: EngineTime(0), wall: Timestamp(1_795_345_509_000), is_wall_trusted }
        }
    }

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Desk {
        logger: env_logger::Logger,
        clock: Arc<Still>,
        screen: Screen,
    }

    fn desk(files: Option<&Path>) -> Desk {
        let clock = Arc::new(Still(AtomicBool::new(true)));
        let screen = Screen::default();
        let options = |directory: &Path| FileOptions {
            directory: directory.to_owned(),
            file_size: 1_000_000,
            kept: 2,
        };
        let files = files.map(|it| Arc::new(LogFiles::new(options(it))));
        let to = Splitter { terminal: screen.clone(), files };
        Desk { logger: logger(LevelFilter::Info, clock.clone(), to), clock, screen }
    }

    impl Desk {
        fn log(&self, target: &str, level: Level, text: &str) {
            let (mut record, text) = (log::Record::builder(), format_args!("{text}"));
            self.logger.log(&record.target(target).level(level).args(text).build());
        }

        fn shown(&self) -> String {
            String::from_utf8(self.screen.0.lock().unwrap().clone()).unwrap()
        }
    }

    #[test]
    fn a_line_says_when_and_how_grave_and_for_which_job() {
        let desk = desk(None);
        desk.log("mlango::engine", Level::Info, "router 3 answers again");
        let outer = scope(Queue::Payments, JobId(17));
        desk.clock.0.store(false, Ordering::Relaxed);
        desk.log("mlango", Level::Warn, "a");
        let inner = scope(Queue::Default, JobId(18));
        desk.log("mlango", Level::Error, "b");
        drop(inner);
        desk.log("mlango", Level::Info, "c");
        drop(outer);
        desk.log("mlango", Level::Info, "d");
        let expected = "2026-11-22T11:05:09Z INFO router 3 answers again\n\
                        ~2026-11-22T11:05:09Z WARN a job=17\n\
                        ~2026-11-22T11:05:09Z ERROR b job=18\n\
                        ~2026-11-22T11:05:09Z INFO c job=17\n\
                        ~2026-11-22T11:05:09Z INFO d\n";
        assert_eq!(desk.shown(), expected);
    }

    #[test]
    fn a_message_stays_one_line() {
        assert_eq!(
            one_line("a\nb\r\u{1b}[2J\u{85}\u{2028}ö"),
            "a\\nb\\r\\u{1b}[2J\\u{85}\\u{2028}ö"
        );
    }

    #[test]
    fn libraries_are_heard_only_when_they_warn() {
        let desk = desk(None);
        desk.log("ureq::unversioned", Level::Info, "Authorization: hunter2");
        desk.log("rustls", Level::Warn, "heard");
        desk.log("mlango", Level::Debug, "below the level");
        assert_eq!(desk.shown(), "2026-11-22T11:05:09Z WARN heard\n");
    }

    #[test]
    fn each_queue_has_its_file() {
        let directory = tempfile::tempdir().unwrap();
        let desk = desk(Some(directory.path()));
        desk.log("mlango", Level::Info, "started");
        {
            let _scope = scope(Queue::HotspotSms, JobId(5));
            desk.log("mlango::sms", Level::Info, "sent");
        }
        let read = |name: &str| fs::read_to_string(directory.path().join(name)).unwrap();
        assert_eq!(read("mlango.log"), "2026-11-22T11:05:09Z INFO started\n");
        assert_eq!(read("hotspot-sms-queue.log"), "2026-11-22T11:05:09Z INFO sent job=5\n");
        assert_eq!(desk.shown().lines().count(), 2);
    }
}
