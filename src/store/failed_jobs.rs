//! Jobs given up. They wait for an operator.

use super::outbox::Claim;
use super::{Error, Result, Tx};
use crate::domain::text_enum;
use rusqlite::{Connection, named_params};

text_enum! {
    /// Why a job was given up.
    pub enum Why { Error = "error", Timeout = "timeout", Crash = "crash" }
}

/// Gives a claim up. Fails, and so undoes the rest of `tx`, if it is no longer ours.
pub fn bury(tx: &Tx<'_>, claim: &Claim, why: Why, error: &str) -> Result<()> {
    let rows = tx
        .prepare_cached(
            "INSERT INTO failed_jobs (id, queue, kind, args, priority, serial_key, unique_key,
                                      about, runs, why, error, failed_at_ms)
             SELECT id, queue, kind, args, priority, serial_key, unique_key,
                    about, runs, :why, substr(:error, 1, 4096), :now
             FROM jobs
             WHERE id = :id AND runs = :run AND state = 'running'",
        )?
        .execute(named_params! {
            ":id": claim.id, ":run": claim.run, ":why": why, ":error": error, ":now": tx.now.wall,
        })?;
    if rows != 1 {
        return Err(Error::LostClaim(claim.id));
    }
    tx.prepare_cached("DELETE FROM jobs WHERE id = ?1")?.execute([claim.id])?;
    tx.wakes_all(); // Whoever waits for its serial key may go.
    Ok(())
}

pub fn count(conn: &Connection) -> Result<i64> {
    Ok(conn.query_row("SELECT count(*) FROM failed_jobs", [], |row| row.get(0))?)
}

#[test]
fn the_schema_knows_the_same_words() {
    super::assert_schema_has::<Why>("why", Why::ALL.iter().map(|it| it.as_str()));
}
