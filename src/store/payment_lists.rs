//! Payments, by what else is known of them.

use super::Result;
use super::payments::from_row;
use crate::domain::ids::{CallbackId, CustomerId, PaymentId};
use crate::domain::payment::{Payment, PaymentState};
use rusqlite::{Connection, OptionalExtension as _};

/// The newest first, older than the payment `before`, in `state` if one is given.
pub fn page(
    conn: &Connection,
    state: Option<PaymentState>,
    before: Option<PaymentId>,
    limit: u32,
) -> Result<Vec<Payment>> {
    let mut statement = conn.prepare_cached(match state {
        Some(_) => {
            "SELECT * FROM payments WHERE state = ?1 AND id < coalesce(?2, 9223372036854775807)
             ORDER BY id DESC LIMIT ?3"
        }
        None => {
            "SELECT * FROM payments WHERE ?1 IS NULL AND id < coalesce(?2, 9223372036854775807)
             ORDER BY id DESC LIMIT ?3"
        }
    })?;
    let rows = statement.query_map((state, before, limit), from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// All of a customer's, the newest first.
pub fn of_customer(conn: &Connection, id: CustomerId) -> Result<Vec<Payment>> {
    let sql = "SELECT * FROM payments WHERE customer_id = ?1 ORDER BY id DESC";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([id], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub fn of_callback(conn: &Connection, id: CallbackId) -> Result<Option<Payment>> {
    let payment = conn
        .prepare_cached(
            "SELECT payments.* FROM callbacks JOIN payments ON payments.id = payment_id
             WHERE callbacks.id = ?1",
        )?
        .query_row([id], from_row)
        .optional()?;
    Ok(payment)
}
