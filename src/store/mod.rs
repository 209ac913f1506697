//! The database: all SQL is in this folder, a family of tables a file. Out go domain types.

pub mod accounting;
pub mod audit;
pub mod batches;
pub mod callbacks;
mod claims;
pub mod comparisons;
pub mod comps;
pub mod counters;
pub mod customers;
pub mod days;
pub mod deliveries;
mod doors;
mod error;
pub mod events;
pub mod failed_jobs;
pub mod grants;
mod handback;
pub mod history;
pub mod live_jobs;
pub mod look;
mod migrations;
pub mod orphans;
pub mod outbox;
pub mod packages;
mod payment_lists;
pub mod payments;
#[cfg(test)]
mod plan_tests;
pub mod portable;
mod portable_batches;
pub mod prune;
pub mod queues;
pub mod radius;
mod resume;
pub mod routers;
pub mod schedules;
pub mod sessions;
pub mod statistics;
pub mod subscriptions;
pub mod timeline;
mod writer;

pub use error::{Error, Result};
pub use resume::{Boot, ClockBase};

use crate::domain::queue::{Queue, Queues};
use crate::domain::time::{Clock, EngineTime, Now};
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, OpenFlags};
use std::cell::Cell;
use std::ops::Deref;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use writer::{Durability, Writer};

/// How often a busy box saves its engine time.
const SAVE_EVERY: Duration = Duration::from_secs(60);
/// FreeRADIUS and the command line write here too.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// A sale alone takes more than the 16 that a connection keeps by itself, and parsing them anew
/// each time costs as much as running them.
const STATEMENTS_KEPT: usize = 100;

type Hook = Box<dyn Fn(Queues) + Send + Sync>;

/// The open database.
pub struct Store {
    writer: Writer,
    readers: r2d2::Pool<SqliteConnectionManager>,
    clock: Arc<dyn Clock>,
    on_commit: RwLock<Vec<Hook>>,
    saved_engine_ms: AtomicI64,
}

/// An open write, and the one instant at which all of it happens.
pub struct Tx<'c> {
    sql: &'c Connection,
    pub now: Now,
    wakes: Cell<Queues>,
}

impl Tx<'_> {
    /// Notes that a job of `queue` may run, once this has committed, that could not before.
    fn wakes(&self, queue: Queue) {
        self.wakes.set(self.wakes.get().with(queue));
    }

    /// The same where the queue is not known.
    fn wakes_all(&self) {
        self.wakes.set(self.wakes.get().union(Queues::ALL));
    }

    /// Runs `body` so that what it wrote is undone, and nothing else, if it errors: the inner
    /// result is its own. The outer one errors if the transaction cannot go on.
    pub fn attempt<T>(&self, body: impl FnOnce() -> Result<T>) -> Result<Result<T>> {
        self.sql.execute_batch("SAVEPOINT attempt")?;
        let result = body();
        if result.is_err() {
            self.sql.execute_batch("ROLLBACK TO attempt")?;
        }
        self.sql.execute_batch("RELEASE attempt")?;
        Ok(result)
    }

    /// Notes that there is an event to tell of.
    fn has_news(&self) {
        self.wakes.set(self.wakes.get().union(Queues::NEWS));
    }

    /// Has workers start afresh.
    fn wants_restart(&self) {
        self.wakes.set(self.wakes.get().union(Queues::RESTART));
    }
}

impl Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.sql
    }
}

impl Store {
    /// Opens the database, making or upgrading it where needed. `clock` is given what engine time
    /// must go on from.
    pub fn open(
        path: &Path,
        boot: &Boot,
        clock: impl FnOnce(ClockBase) -> Arc<dyn Clock>,
    ) -> Result<Store> {
        let mut conn = Connection::open(path)?;
        conn.busy_timeout(BUSY_TIMEOUT)?;
        migrations::check(&conn, path)?;
        let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        if mode != "wal" {
            return Err(Error::NoWal(path.to_owned()));
        }
        // Checkpoints are ours, so that none falls into a payment's commit.
        conn.execute_batch(
            "PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 16777216;
             PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -1024;",
        )?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        migrations::run(&mut conn)?;
        let base = resume::resume(&mut conn, boot)?;
        let saved_engine_ms = AtomicI64::new(base.saved.0);

        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let manager = SqliteConnectionManager::file(path).with_flags(flags).with_init(|conn| {
            conn.busy_timeout(BUSY_TIMEOUT)?;
            conn.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
            conn.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -512;")
        });
        let readers = r2d2::Pool::builder()
            .max_size(4)
            .min_idle(Some(0)) // With the next two, r2d2 has nothing to do at night.
            .max_lifetime(None)
            .idle_timeout(None) // r2d2 has nothing to do at night.
            .thread_pool(Arc::new(scheduled_thread_pool::ScheduledThreadPool::new(1)))
            .build(manager)?;
        Ok(Store {
            writer: Writer::new(conn, path),
            readers,
            clock: clock(base),
            on_commit: RwLock::default(),
            saved_engine_ms,
        })
    }

    /// Runs `body` in a transaction: on the disk if this returns `Ok`, else as if never begun.
    ///
    /// Nobody else can write meanwhile, so `body` waits for nothing but the disk.
    pub fn write<T>(&self, body: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        self.commit(Durability::Full, body)
    }

    /// Like [`Store::write`], but a power cut may undo it until the next durable write or the next
    /// [`Store::rest`]. For what the box finds out again: claims, metrics, telemetry.
    pub fn write_relaxed<T>(&self, body: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        self.commit(Durability::Relaxed, body)
    }

    pub fn read<T>(&self, body: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        body(&*self.readers.get()?)
    }

    pub fn now(&self) -> Now {
        self.clock.now()
    }

    /// Has `hook` called after each commit with the queues it made work for, be it none. It waits
    /// for nothing.
    pub fn on_commit(&self, hook: impl Fn(Queues) + Send + Sync + 'static) {
        let mut hooks = self.on_commit.write().unwrap_or_else(PoisonError::into_inner);
        hooks.push(Box::new(hook));
    }

    /// Calls the hooks though nothing was committed here: another process has, or something else
    /// makes work for `queues`.
    pub fn ring(&self, queues: Queues) {
        let hooks = self.on_commit.read().unwrap_or_else(PoisonError::into_inner);
        hooks.iter().for_each(|hook| hook(queues));
    }

    /// Brings relaxed writes to the disk, if there are any.
    pub fn settle(&self) -> Result<()> {
        if self.writer.has_relaxed() {
            self.write(|tx| self.save_clock(tx))?;
        }
        Ok(())
    }

    /// What the store does when nothing else is to be done: relaxed writes go to the disk, and the
    /// log is emptied into the database.
    pub fn rest(&self) -> Result<()> {
        self.settle()?;
        self.writer.truncate_log()
    }

    /// Whether [`Store::rest`] would find anything to do.
    pub fn is_restless(&self) -> bool {
        self.writer.has_relaxed() || self.writer.log_bytes() > 0
    }

    /// Sizes in bytes: of the database, of its log, and of the database's free pages.
    pub fn sizes(&self) -> Result<(i64, u64, i64)> {
        let pages = |name: &str| {
            self.read(|conn| Ok(conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0))?))
        };
        let page = pages("page_size")?;
        Ok((pages("page_count")? * page, self.writer.log_bytes(), pages("freelist_count")? * page))
    }

    fn commit<T>(
        &self,
        durability: Durability,
        body: impl FnOnce(&Tx<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut wakes = Queues::default();
        let value = self.writer.write(durability, |sql| {
            let tx = Tx { sql, now: self.clock.now(), wakes: Cell::default() };
            let value = body(&tx)?;
            let saved = EngineTime(self.saved_engine_ms.load(Relaxed));
            if SAVE_EVERY <= tx.now.engine.since(saved) {
                self.save_clock(&tx)?;
            }
            wakes = tx.wakes.get();
            Ok(value)
        })?;
        self.ring(wakes);
        Ok(value)
    }

    fn save_clock(&self, tx: &Tx<'_>) -> Result<()> {
        resume::save(tx, tx.now)?;
        self.saved_engine_ms.store(tx.now.engine.0, Relaxed);
        Ok(())
    }
}

/// Fails unless `schema.sql` has a check of `column` for exactly these words.
#[cfg(test)]
fn assert_schema_has<T>(column: &str, words: impl Iterator<Item = &'static str>) {
    let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = words.map(|it| format!("'{it}'")).collect::<Vec<_>>().join(", ");
    let check = format!("CHECK ({column} IN ({words}))");
    let has_it = squeeze(include_str!("../../schema.sql")).contains(&check);
    assert!(has_it, "schema.sql lacks {check} for {}", std::any::type_name::<T>());
}
