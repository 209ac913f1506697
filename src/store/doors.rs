//! Payments learned of by more than one door, and how far unsigned ones are trusted.

use super::payments::get;
use super::{Result, Tx};
use crate::domain::ids::PaymentId;
use crate::domain::money::Cents;
use crate::domain::time::Now;
use rusqlite::{Connection, named_params};

/// Moves what only `gone` knows into `into`, and removes `gone`: they are one payment. What `gone`
/// granted must have been moved or taken back before.
pub fn join(tx: &Tx<'_>, gone: PaymentId, into: PaymentId) -> Result<()> {
    let row = get(tx, gone)?;
    tx.execute("UPDATE callbacks SET payment_id = ?2 WHERE payment_id = ?1", (gone, into))?;
    tx.execute(
        "UPDATE joined_payments SET into_payment_id = ?2 WHERE into_payment_id = ?1",
        (gone, into),
    )?;
    tx.execute("DELETE FROM payments WHERE id = ?1", [gone])?;
    tx.execute("INSERT INTO joined_payments (id, into_payment_id) VALUES (?1, ?2)", (gone, into))?;
    tx.execute(
        "UPDATE payments SET
           receipt = coalesce(receipt, :receipt),
           checkout_request_id = coalesce(checkout_request_id, :checkout),
           payer_phone = coalesce(payer_phone, :phone),
           payer_hash = coalesce(payer_hash, :hash),
           payer_masked = coalesce(payer_masked, :masked),
           shortcode = coalesce(shortcode, :shortcode),
           reference = coalesce(reference, :reference),
           paid_at_ms = coalesce(paid_at_ms, :paid_at),
           amount_cents = coalesce(amount_cents, :amount)
         WHERE id = :id",
        named_params! {
            ":id": into, ":receipt": row.receipt, ":checkout": row.checkout_request_id,
            ":phone": row.payer_phone, ":hash": row.payer_hash, ":masked": row.payer_masked,
            ":shortcode": row.shortcode, ":reference": row.reference,
            ":paid_at": row.paid_at, ":amount": row.amount,
        },
    )?;
    Ok(())
}

/// What was granted today to messages that were neither signed nor asked for. Today is the day in
/// East Africa; while the clock is not believed, the last 24 hours at work.
pub fn unsigned_granted_today(conn: &Connection, now: Now) -> Result<Cents> {
    let (since_wall, since_engine) = match now.trusted_wall() {
        Some(wall) => (wall.start_of_day().0, i64::MIN),
        None => (i64::MIN, now.engine.0 - 86_400_000),
    };
    let sum = conn
        .prepare_cached(
            "SELECT coalesce(sum(amount_cents), 0) FROM payments
             WHERE state = 'received' AND is_signed = 0 AND is_known = 0
               AND EXISTS (SELECT 1 FROM grants WHERE payment_id = payments.id AND is_by_price = 1)
               AND received_at_ms >= ?1 AND received_engine_ms >= ?2",
        )?
        .query_row((since_wall, since_engine), |row| row.get(0))?;
    Ok(sum)
}
