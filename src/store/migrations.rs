//! From one version of the schema to the next.

use super::{Error, Result};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// Marks the file as ours ("mlan" in ASCII); `file(1)` shows it.
const APPLICATION_ID: i64 = 0x6d6c_616e;

/// The steps, oldest first: a database of version n has had the first n. Append only. The first
/// is the whole schema until there is a release to upgrade from; the second step freezes it.
const STEPS: &[&str] = &[include_str!("../../schema.sql")];

/// Errors if the file belongs to another program, or to a newer version of this one.
pub(super) fn check(conn: &Connection, path: &Path) -> Result<()> {
    let pragma = |name| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application_id, found) = (pragma("application_id")?, pragma("user_version")?);
    let is_empty = pragma("schema_version")? == 0;
    if application_id != APPLICATION_ID && !is_empty {
        return Err(Error::Foreign(path.to_owned()));
    }
    if known() < found {
        return Err(Error::Newer { found, known: known() });
    }
    Ok(())
}

/// Takes the steps that are missing, all or none.
pub(super) fn run(conn: &mut Connection) -> Result<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if done == known() {
        return Ok(()); // Nothing to write: opening must not touch the disk.
    }
    let done = usize::try_from(done).unwrap_or(0);
    for step in STEPS.iter().skip(done) {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", known())?;
    Ok(tx.commit()?)
}

fn known() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Every column and index, as the database itself describes them.
#[cfg(test)]
fn shape(conn: &Connection) -> Vec<String> {
    let list = |sql: &str| -> Vec<String> {
        let mut statement = conn.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<rusqlite::Result<_>>().unwrap()
    };
    let mut shape = list(
        "SELECT format('%s.%s %s %d %s %d', m.name, c.name, c.type, c.\"notnull\",
                       c.dflt_value, c.pk)
         FROM sqlite_schema AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'",
    );
    shape.extend(list("SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"));
    shape.sort();
    shape
}

#[test]
fn the_steps_lead_to_the_schema() {
    let mut stepped = Connection::open_in_memory().unwrap();
    run(&mut stepped).unwrap();
    let fresh = Connection::open_in_memory().unwrap();
    fresh.execute_batch(include_str!("../../schema.sql")).unwrap();
    assert_eq!(shape(&stepped), shape(&fresh));
    assert!(shape(&fresh).len() > 100);
}

#[test]
fn a_newer_or_foreign_database_is_refused() {
    let mut conn = Connection::open_in_memory().unwrap();
    run(&mut conn).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    let found = check(&conn, Path::new("x.db"));
    assert!(matches!(found, Err(Error::Newer { found: 99, .. })), "{found:?}");

    let foreign = Connection::open_in_memory().unwrap();
    foreign.execute_batch("CREATE TABLE cookies (id)").unwrap();
    assert!(matches!(check(&foreign, Path::new("x.db")), Err(Error::Foreign(_))));
}
