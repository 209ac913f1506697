//! The one connection of this process that writes, and the line in front of it.
//!
//! A write runs on its caller's thread, in a savepoint of its own. If somebody stands behind it in
//! line, the transaction stays open for them; the last in line commits for all, so that many
//! writes share one fsync.

use super::{Error, Result};
use rusqlite::{Connection, ErrorCode};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

/// A group this large is committed even if more are waiting: its first member waits already.
const MEMBERS_MAX: usize = 8;
/// Above this the log is copied into the database after a commit, as far as readers let it.
const LOG_MAX_BYTES: u64 = 1_000 * 4_096;
/// …but not after each commit: a log that was copied is written over from its start, and its file
/// stays as long as it was. A copy costs two fsyncs.
const COMMITS_BETWEEN_COPIES: u32 = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Durability {
    /// Survives the end of this process.
    Relaxed,
    /// Survives the end of the power: SQLite's `synchronous = FULL`.
    Full,
}

pub(super) struct Writer {
    in_line: AtomicUsize,
    desk: Mutex<Desk>,
    has_relaxed: AtomicBool,
    log: PathBuf,
}

struct Desk {
    conn: Connection,
    synchronous: Option<Durability>,
    /// Left open only while somebody in line is sure to come and end it.
    group: Option<Group>,
    /// Since the log was last copied.
    commits: u32,
}

struct Group {
    members: usize,
    durability: Durability,
    fate: Arc<Fate>,
}

/// What became of a group, for its members to wait for.
#[derive(Default)]
struct Fate {
    outcome: OnceLock<std::result::Result<(), Option<ErrorCode>>>,
    is_known: Condvar,
}

impl Writer {
    pub(super) fn new(conn: Connection, path: &Path) -> Writer {
        let desk = Mutex::new(Desk { conn, synchronous: None, group: None, commits: 0 });
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let (in_line, has_relaxed) = (AtomicUsize::new(0), AtomicBool::new(false));
        Writer { in_line, desk, has_relaxed, log: log.into() }
    }

    pub(super) fn write<T>(
        &self,
        durability: Durability,
        body: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<T> {
        self.in_line.fetch_add(1, SeqCst);
        let mut desk = self.desk();
        self.in_line.fetch_sub(1, SeqCst);

        let fate = self.join(&mut desk, durability)?;
        let value = catch_unwind(AssertUnwindSafe(|| desk.run(body)));
        if self.in_line.load(SeqCst) == 0 || desk.must_end() {
            self.commit(&mut desk);
        }
        let is_open = |_: &mut Desk| fate.outcome.get().is_none();
        drop(fate.is_known.wait_while(desk, is_open).unwrap_or_else(PoisonError::into_inner));

        match (value, fate.outcome.get()) {
            (Err(panic), _) => resume_unwind(panic),
            (Ok(Ok(_)), Some(Err(code))) => Err(Error::Commit(*code)),
            (Ok(value), _) => value,
        }
    }

    /// Whether something was written that a power cut would undo.
    pub(super) fn has_relaxed(&self) -> bool {
        self.has_relaxed.load(SeqCst)
    }

    pub(super) fn log_bytes(&self) -> u64 {
        std::fs::metadata(&self.log).map_or(0, |it| it.len())
    }

    /// Copies the log into the database and empties it. A reader in its way is not waited for.
    pub(super) fn truncate_log(&self) -> Result<()> {
        let desk = self.desk();
        if desk.group.is_none() {
            checkpoint(&desk.conn, "TRUNCATE")?;
        }
        Ok(())
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters the open group, or opens one. What must reach the disk enters no group that need
    /// not.
    fn join(&self, desk: &mut Desk, durability: Durability) -> Result<Arc<Fate>> {
        if desk.group.as_ref().is_some_and(|group| group.durability < durability) {
            self.commit(desk);
        }
        if desk.group.is_none() {
            desk.begin(durability)?;
        }
        let new = || Group { members: 0, durability, fate: Arc::default() };
        let group = desk.group.get_or_insert_with(new);
        group.members += 1;
        Ok(group.fate.clone())
    }

    fn commit(&self, desk: &mut Desk) {
        let Some(group) = desk.group.take() else { return };
        let outcome = desk.end();
        if outcome.is_ok() {
            // The log is written in order: one durable commit carries those before it along.
            self.has_relaxed.store(group.durability == Durability::Relaxed, SeqCst);
        }
        let _ = group.fate.outcome.set(outcome);
        group.fate.is_known.notify_all();
        desk.commits += 1;
        if COMMITS_BETWEEN_COPIES <= desk.commits && LOG_MAX_BYTES < self.log_bytes() {
            desk.commits = 0;
            if let Err(error) = checkpoint(&desk.conn, "PASSIVE") {
                log::warn!("the database log could not be emptied: {error}");
            }
        }
    }
}

impl Desk {
    /// Takes SQLite's write lock at once, so that no write fails half-way for want of it.
    fn begin(&mut self, durability: Durability) -> Result<()> {
        if self.synchronous != Some(durability) {
            self.conn.execute_batch(match durability {
                Durability::Full => "PRAGMA synchronous = FULL",
                Durability::Relaxed => "PRAGMA synchronous = NORMAL",
            })?;
            self.synchronous = Some(durability);
        }
        Ok(self.conn.execute_batch("BEGIN IMMEDIATE")?)
    }

    fn run<T>(&mut self, body: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let savepoint = self.conn.savepoint()?; // Undone when dropped, be it by a panic.
        let value = body(&savepoint)?;
        savepoint.commit()?;
        Ok(value)
    }

    /// Whether the group is full, or SQLite has undone it: a full disk or an I/O error ends the
    /// whole transaction, not only the savepoint that met it.
    fn must_end(&self) -> bool {
        let is_full = self.group.as_ref().is_some_and(|group| MEMBERS_MAX <= group.members);
        is_full || self.conn.is_autocommit()
    }

    fn end(&self) -> std::result::Result<(), Option<ErrorCode>> {
        if self.conn.is_autocommit() {
            return Err(None); // Undone already; its cause went to the member that met it.
        }
        let outcome = self.conn.execute_batch("COMMIT").map_err(|it| it.sqlite_error_code());
        if !self.conn.is_autocommit() {
            let _ = self.conn.execute_batch("ROLLBACK"); // What COMMIT said is what counts.
        }
        outcome
    }
}

fn checkpoint(conn: &Connection, how: &'static str) -> Result<()> {
    conn.query_row(&format!("PRAGMA wal_checkpoint({how})"), [], |_| Ok(()))?;
    Ok(())
}
