//! The database, looked at from outside: nothing is made, upgraded or written.

use super::{Result, migrations};
use rusqlite::{Connection, OpenFlags};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Opens the database to read it; `None` if there is none. Errors like [`super::Store::open`].
pub fn look(path: &Path) -> Result<Option<Connection>> {
    if !path.is_file() {
        return Ok(None);
    }
    // SQLite makes a log and an index beside a database that it reads, unless told that nobody
    // else has it open. Whoever has keeps both there.
    let is_at_rest = !beside(path, "-wal").exists() && !beside(path, "-shm").exists();
    let immutable = if is_at_rest { "&immutable=1" } else { "" };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let uri = format!("file:{}?mode=ro{immutable}", escaped(path));
    let conn = Connection::open_with_flags(uri, flags)?;
    conn.busy_timeout(super::BUSY_TIMEOUT)?;
    migrations::check(&conn, path)?;
    Ok(Some(conn))
}

/// Reads every page; returns the first thing that is wrong with them.
pub fn damage(conn: &Connection) -> Result<Option<String>> {
    let verdict: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok((verdict != "ok").then_some(verdict))
}

/// How many rows the tables that grow have. It reads them all.
pub fn rows(conn: &Connection) -> Result<Vec<(&'static str, i64)>> {
    const TABLES: &[&str] = &[
        "callbacks",
        "payments",
        "customers",
        "subscriptions",
        "jobs",
        "failed_jobs",
        "job_history",
        "events",
        "audit",
        "sessions",
        "radacct",
    ];
    let count = |&table: &&'static str| {
        let sql = format!("SELECT count(*) FROM {table}");
        Ok((table, conn.query_row(&sql, [], |row| row.get(0))?))
    };
    TABLES.iter().map(count).collect()
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    name.into()
}

/// A path as part of a URI.
fn escaped(path: &Path) -> String {
    let mut out = String::new();
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                out.push(char::from(byte));
            }
            _ => write!(out, "%{byte:02x}").expect("a string takes all that is written"),
        }
    }
    out
}

#[test]
fn looking_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a?b#c%20.db");
    assert!(look(&path).unwrap().is_none());
    let mut conn = Connection::open(&path).unwrap();
    conn.pragma_update(None, "journal_mode", "wal").unwrap();
    migrations::run(&mut conn).unwrap();
    let names = || {
        let mut names: Vec<_> =
            std::fs::read_dir(&dir).unwrap().map(|it| it.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let count = |conn: &Connection| -> i64 {
        conn.query_row("SELECT count(*) FROM packages", [], |row| row.get(0)).unwrap()
    };
    let while_open = names();
    let seen = look(&path).unwrap().unwrap();
    assert_eq!((count(&seen), damage(&seen).unwrap()), (0, None));
    drop(seen);
    assert_eq!(names(), while_open);
    drop(conn);
    assert_eq!(names().len(), 1);
    let seen = look(&path).unwrap().unwrap();
    assert_eq!(count(&seen), 0);
    assert!(seen.execute("DELETE FROM packages", []).is_err());
    drop(seen);
    assert_eq!(names().len(), 1);
}
