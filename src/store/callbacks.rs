//! What payment providers told us, word for word.

use super::{Error, Result, Tx};
use crate::domain::ids::{CallbackId, PaymentId};
use crate::domain::payment::CallbackDoor;
use crate::domain::received::Outcome;
use rusqlite::{Connection, OptionalExtension as _, named_params};

/// A message as it came in.
#[derive(Clone, Debug)]
pub struct Callback {
    pub door: CallbackDoor,
    pub body: Vec<u8>,
    /// Whether the forwarder vouched for it.
    pub is_signed: bool,
}

pub fn insert(tx: &Tx<'_>, callback: &Callback) -> Result<CallbackId> {
    tx.prepare_cached(
        "INSERT INTO callbacks (door, body, is_signed, received_at_ms, received_engine_ms)
         VALUES (:door, :body, :is_signed, :now, :engine)",
    )?
    .execute(named_params! {
        ":door": callback.door, ":body": callback.body, ":is_signed": callback.is_signed,
        ":now": tx.now.wall, ":engine": tx.now.engine,
    })?;
    Ok(CallbackId(tx.last_insert_rowid()))
}

pub fn get(conn: &Connection, id: CallbackId) -> Result<Option<Callback>> {
    let callback = conn
        .prepare_cached("SELECT door, body, is_signed FROM callbacks WHERE id = ?1")?
        .query_row([id], |row| {
            Ok(Callback { door: row.get(0)?, body: row.get(1)?, is_signed: row.get(2)? })
        })
        .optional()?;
    Ok(callback)
}

/// The messages that told of a payment, in the order they came.
pub fn of_payment(conn: &Connection, id: PaymentId) -> Result<Vec<CallbackId>> {
    let mut statement =
        conn.prepare_cached("SELECT id FROM callbacks WHERE payment_id = ?1 ORDER BY id")?;
    let rows = statement.query_map([id], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Notes what a message came to, and which payment it is about.
pub fn set_understood(
    tx: &Tx<'_>,
    id: CallbackId,
    outcome: Outcome,
    reason: &str,
    payment_id: Option<PaymentId>,
) -> Result<()> {
    let rows = tx
        .prepare_cached(
            "UPDATE callbacks SET outcome = ?2, reason = ?3, payment_id = ?4 WHERE id = ?1",
        )?
        .execute((id, outcome, reason, payment_id))?;
    if rows == 1 { Ok(()) } else { Err(Error::Inconsistent(format!("there is no callback {id}"))) }
}

/// How many came since engine time `since`, and how many of them were not signed.
pub fn count_since(conn: &Connection, since: i64) -> Result<(i64, i64)> {
    let counts = conn.query_row(
        "SELECT count(*), coalesce(sum(is_signed = 0), 0) FROM callbacks
         WHERE received_engine_ms >= ?1",
        [since],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(counts)
}

#[test]
fn the_schema_knows_the_same_words() {
    use super::assert_schema_has;
    assert_schema_has::<CallbackDoor>("door", CallbackDoor::ALL.iter().map(|it| it.as_str()));
    assert_schema_has::<Outcome>("outcome", Outcome::ALL.iter().map(|it| it.as_str()));
}
