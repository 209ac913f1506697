//! One writer, many in line: what each may rely on.

use super::open;
use mlango::domain::time::{Clock, EngineTime};
use mlango::store::{Boot, Error, Store, audit};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

fn note(store: &Store, detail: &str) -> Result<(), Error> {
    store.write(|tx| audit::insert(tx, "test", "note", None, detail))
}

fn count(store: &Store) -> i64 {
    store
        .read(|conn| Ok(conn.query_row("SELECT count(*) FROM audit", [], |row| row.get(0))?))
        .unwrap()
}

#[test]
fn what_returned_is_there_for_whoever_opens_the_file_next() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mlango.db");
    let store = open(&path);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let store = &store;
            scope.spawn(move || {
                for number in 0..100 {
                    note(store, &format!("{thread} {number}")).unwrap();
                }
            });
        }
    });
    // Not closed: another process reads the file as it is.
    let other = rusqlite::Connection::open(&path).unwrap();
    let rows: i64 = other.query_row("SELECT count(*) FROM audit", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 800);
}

#[test]
fn one_that_fails_or_panics_takes_nobody_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir.path().join("mlango.db"));
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let store = &store;
            scope.spawn(move || {
                for number in 0..60 {
                    match (thread + number) % 3 {
                        0 => note(store, "good").unwrap(),
                        1 => {
                            let result: Result<(), Error> = store.write(|tx| {
                                audit::insert(tx, "test", "bad", None, "")?;
                                Err(Error::Inconsistent("on purpose".to_owned()))
                            });
                            assert!(matches!(result, Err(Error::Inconsistent(_))));
                        }
                        _ => {
                            let panicked = catch_unwind(AssertUnwindSafe(|| {
                                store.write(|tx| -> Result<(), Error> {
                                    audit::insert(tx, "test", "worse", None, "")?;
                                    panic!("on purpose")
                                })
                            }));
                            assert!(panicked.is_err());
                        }
                    }
                }
            });
        }
    });
    assert_eq!(count(&store), 160);
    let bad = store.read(|conn| {
        let sql = "SELECT count(*) FROM audit WHERE what <> 'note'";
        Ok(conn.query_row(sql, [], |row| row.get::<_, i64>(0))?)
    });
    assert_eq!(bad.unwrap(), 0);
}

#[test]
fn a_full_disk_fails_who_meets_it_and_loses_nothing_before() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir.path().join("mlango.db"));
    note(&store, "before").unwrap();
    let limit = "PRAGMA max_page_count = 80";
    store.write(|tx| Ok(tx.query_row(limit, [], |_| Ok(()))?)).unwrap();
    let big = "x".repeat(200_000);
    let mut failures = 0;
    for _ in 0..20 {
        failures += usize::from(note(&store, &big).is_err());
    }
    assert!(0 < failures, "the disk was never full");
    let kept = count(&store);
    assert_eq!(kept, 1 + 20 - i64::try_from(failures).unwrap(), "all that returned Ok is there");
    let lifted = "PRAGMA max_page_count = 1000000";
    store.write(|tx| Ok(tx.query_row(lifted, [], |_| Ok(()))?)).unwrap();
    note(&store, &big).unwrap();
    assert_eq!(count(&store), kept + 1);
}

#[test]
fn relaxed_writes_are_seen_at_once_and_settled_later() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir.path().join("mlango.db"));
    store.write_relaxed(|tx| audit::insert(tx, "test", "note", None, "")).unwrap();
    assert_eq!(count(&store), 1);
    assert!(store.is_restless());
    store.rest().unwrap();
    assert!(!store.is_restless());
    let (_, log_bytes, _) = store.sizes().unwrap();
    assert_eq!(log_bytes, 0);
}

/// Stands where engine time was left.
struct Resumed(EngineTime);

impl Clock for Resumed {
    fn now(&self) -> mlango::domain::time::Now {
        let wall = mlango::domain::time::Timestamp(0);
        mlango::domain::time::Now { engine: self.0, wall, is_wall_trusted: false }
    }
}

#[test]
fn engine_time_goes_on_over_restarts_and_boots() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mlango.db");
    let engine_at = |boot_id: &str, uptime_ms| {
        let boot = Boot { id: boot_id.to_owned(), uptime_ms };
        let store = Store::open(&path, &boot, |base| Arc::new(Resumed(base.engine))).unwrap();
        store.now().engine
    };
    assert_eq!(engine_at("a", 5_000), EngineTime(0));
    assert_eq!(engine_at("a", 65_000), EngineTime(60_000), "the same boot: its steady clock");
    {
        let boot = Boot { id: "a".to_owned(), uptime_ms: 125_000 };
        let store = Store::open(&path, &boot, |base| Arc::new(Resumed(base.engine))).unwrap();
        note(&store, "busy").unwrap(); // A minute has passed, so it is saved.
    }
    assert_eq!(engine_at("b", 9_000), EngineTime(120_000), "the power was away: that is no time");
    assert_eq!(engine_at("b", 10_000), EngineTime(121_000));
}
