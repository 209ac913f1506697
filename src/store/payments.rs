//! Money asked for or received. `state` moves only here, and `received` never becomes `failed`.

pub use super::doors::{join, unsigned_granted_today};
pub use super::payment_lists::{of_callback, of_customer, page};
use super::{Error, Result, Tx};
use crate::domain::ids::{CustomerId, PackageId, PaymentId, RouterId};
use crate::domain::money::Cents;
use crate::domain::payment::{CheckoutRequestId, Door, HeldFor, Payment, Receipt};
use crate::domain::received::{Payer, Received};
use crate::domain::time::{Now, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Payment> {
    Ok(Payment {
        id: row.get("id")?,
        state: row.get("state")?,
        door: row.get("door")?,
        price: row.get("price_cents")?,
        amount: row.get("amount_cents")?,
        receipt: row.get("receipt")?,
        checkout_request_id: row.get("checkout_request_id")?,
        payer_phone: row.get("payer_phone")?,
        payer_hash: row.get("payer_hash")?,
        payer_masked: row.get("payer_masked")?,
        shortcode: row.get("shortcode")?,
        reference: row.get("reference")?,
        customer_id: row.get("customer_id")?,
        package_id: row.get("package_id")?,
        router_id: row.get("router_id")?,
        is_known: row.get("is_known")?,
        is_signed: row.get("is_signed")?,
        surplus: row.get("surplus_cents")?,
        held_for: row.get("held_for")?,
        reason: row.get("reason")?,
        created_at: row.get("created_at_ms")?,
        received_at: row.get("received_at_ms")?,
        paid_at: row.get("paid_at_ms")?,
    })
}

/// A payment that somebody is asked to make, or made where no message tells of it.
pub struct Asked<'a> {
    pub door: Door,
    pub price: Cents,
    pub checkout_request_id: Option<&'a CheckoutRequestId>,
    pub customer_id: CustomerId,
    pub package_id: PackageId,
    pub router_id: Option<RouterId>,
    pub mac: Option<&'a str>,
}

/// A payment we asked for: pending until a callback settles it.
pub fn insert_asked(tx: &Tx<'_>, asked: &Asked<'_>) -> Result<PaymentId> {
    tx.prepare_cached(
        "INSERT INTO payments (state, door, price_cents, checkout_request_id, customer_id,
                               package_id, router_id, mac, is_known, created_at_ms,
                               created_engine_ms)
         VALUES ('pending', :door, :price, :checkout, :customer, :package, :router, :mac, 1,
                 :now, :engine)",
    )?
    .execute(named_params! {
        ":door": asked.door, ":price": asked.price, ":checkout": asked.checkout_request_id,
        ":customer": asked.customer_id, ":package": asked.package_id,
        ":router": asked.router_id, ":mac": asked.mac, ":now": tx.now.wall,
        ":engine": tx.now.engine,
    })?;
    Ok(PaymentId(tx.last_insert_rowid()))
}

/// A payment nobody asked for through us, as a message tells of it. Pending until decided.
/// `checkout_request_id` is given apart, since another payment may have it.
pub fn insert_found(
    tx: &Tx<'_>,
    received: &Received,
    checkout_request_id: Option<&CheckoutRequestId>,
) -> Result<PaymentId> {
    tx.prepare_cached(
        "INSERT INTO payments (state, door, amount_cents, receipt, checkout_request_id, is_known,
                               created_at_ms, created_engine_ms)
         VALUES ('pending', :door, :amount, :receipt, :checkout, 0, :now, :engine)",
    )?
    .execute(named_params! {
        ":door": received.door, ":amount": received.amount, ":receipt": received.receipt,
        ":checkout": checkout_request_id, ":now": tx.now.wall, ":engine": tx.now.engine,
    })?;
    let id = PaymentId(tx.last_insert_rowid());
    complete(tx, id, received)?;
    Ok(id)
}

/// Adds what a message tells and the payment does not know yet. Changes nothing that it knows.
pub fn complete(tx: &Tx<'_>, id: PaymentId, received: &Received) -> Result<()> {
    let (phone, hash, masked) = match &received.payer {
        Payer::Phone(phone) => (Some(phone), Some(phone.hash()), None),
        Payer::Hash(hash) => (None, Some(hash.clone()), None),
        Payer::Masked(text) => (None, None, Some(text)),
        Payer::Unknown => (None, None, None),
    };
    tx.prepare_cached(
        "UPDATE payments SET
           receipt = coalesce(receipt, :receipt),
           payer_phone = coalesce(payer_phone, :phone),
           payer_hash = coalesce(payer_hash, :hash),
           payer_masked = coalesce(payer_masked, :masked),
           shortcode = coalesce(shortcode, :shortcode),
           reference = coalesce(reference, :reference),
           paid_at_ms = coalesce(paid_at_ms, :paid_at)
         WHERE id = :id",
    )?
    .execute(named_params! {
        ":paid_at": received.paid_at.filter(|it| is_plausible(*it, tx.now)),
        ":id": id, ":receipt": received.receipt, ":phone": phone, ":hash": hash,
        ":masked": masked, ":shortcode": received.shortcode, ":reference": received.reference,
    })?;
    Ok(())
}

/// Whether a payment told of now can have been made then. Callbacks come up to weeks late, and
/// clocks differ a little; what a clock that is not believed thinks of it is no matter.
fn is_plausible(paid_at: Timestamp, now: Now) -> bool {
    const LATE_MS: i64 = 31 * 86_400_000;
    const EARLY_MS: i64 = 3_600_000;
    let wall = now.trusted_wall().unwrap_or(paid_at).0;
    (wall - LATE_MS..=wall + EARLY_MS).contains(&paid_at.0)
}

/// What came, where a claim did not say.
pub fn set_amount_if_unknown(tx: &Tx<'_>, id: PaymentId, amount: Cents) -> Result<()> {
    tx.execute(
        "UPDATE payments SET amount_cents = ?2 WHERE id = ?1 AND amount_cents IS NULL",
        (id, amount),
    )?;
    Ok(())
}

/// Notes when it was paid, as whoever saw it says.
pub fn set_paid_at(tx: &Tx<'_>, id: PaymentId, paid_at: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE payments SET paid_at_ms = ?2 WHERE id = ?1")?
        .execute((id, paid_at))?;
    Ok(())
}

/// Money is in, and we know for what; how much may be known by the operator alone.
pub fn set_received(
    tx: &Tx<'_>,
    id: PaymentId,
    amount: impl Into<Option<Cents>>,
    surplus: Cents,
    is_signed: bool,
) -> Result<()> {
    let rows = tx
        .prepare_cached(
            "UPDATE payments SET state = 'received', amount_cents = :amount,
                    surplus_cents = :surplus, is_signed = :signed, reason = NULL, held_for = NULL,
                    received_at_ms = coalesce(received_at_ms, :now),
                    received_engine_ms = coalesce(received_engine_ms, :engine)
             WHERE id = :id AND state IN ('pending', 'failed', 'held')",
        )?
        .execute(named_params! {
            ":id": id, ":amount": amount.into(), ":surplus": surplus, ":signed": is_signed,
            ":now": tx.now.wall, ":engine": tx.now.engine,
        })?;
    expect_one(rows, id, "received")
}

/// Money is in, or is claimed to be, and a person must say for what.
pub fn set_held(
    tx: &Tx<'_>,
    id: PaymentId,
    amount: Option<Cents>,
    held_for: HeldFor,
    reason: &str,
) -> Result<()> {
    let rows = tx
        .prepare_cached(
            "UPDATE payments SET state = 'held', amount_cents = coalesce(:amount, amount_cents),
                    reason = :reason, held_for = :held_for,
                    received_at_ms = coalesce(received_at_ms, :now),
                    received_engine_ms = coalesce(received_engine_ms, :engine)
             WHERE id = :id AND state IN ('pending', 'failed', 'held')",
        )?
        .execute(named_params! {
            ":id": id, ":amount": amount, ":reason": reason, ":held_for": held_for,
            ":now": tx.now.wall, ":engine": tx.now.engine,
        })?;
    expect_one(rows, id, "held")
}

/// The money never came. False, and nothing is changed, if the payment is not pending.
pub fn set_failed(tx: &Tx<'_>, id: PaymentId, reason: &str) -> Result<bool> {
    let rows = tx
        .prepare_cached(
            "UPDATE payments SET state = 'failed', reason = ?2
             WHERE id = ?1 AND state = 'pending'",
        )?
        .execute((id, reason))?;
    Ok(rows == 1)
}

/// The money was given back, or was never meant for this site.
pub fn set_returned(tx: &Tx<'_>, id: PaymentId, reason: &str) -> Result<()> {
    let rows = tx
        .prepare_cached(
            "UPDATE payments SET state = 'returned', reason = ?2, held_for = NULL
             WHERE id = ?1 AND state IN ('received', 'held')",
        )?
        .execute((id, reason))?;
    expect_one(rows, id, "returned")
}

fn expect_one(rows: usize, id: PaymentId, state: &str) -> Result<()> {
    if rows == 1 {
        return Ok(());
    }
    Err(Error::Inconsistent(format!("payment {id} cannot become {state} from what it is")))
}

/// Who and what the payment is for, once that is known.
pub fn set_purpose(
    tx: &Tx<'_>,
    id: PaymentId,
    customer_id: CustomerId,
    package_id: PackageId,
    router_id: Option<RouterId>,
) -> Result<()> {
    tx.prepare_cached(
        "UPDATE payments SET customer_id = ?2, package_id = ?3, router_id = ?4 WHERE id = ?1",
    )?
    .execute((id, customer_id, package_id, router_id))?;
    Ok(())
}

/// Makes a payment that only a message told of one that we know.
pub fn set_known(tx: &Tx<'_>, id: PaymentId, mac: Option<&str>) -> Result<()> {
    tx.prepare_cached("UPDATE payments SET is_known = 1, mac = coalesce(mac, ?2) WHERE id = ?1")?
        .execute((id, mac))?;
    Ok(())
}

/// What is asked for a payment whose message came first.
pub fn set_price(tx: &Tx<'_>, id: PaymentId, price: Cents) -> Result<()> {
    tx.prepare_cached("UPDATE payments SET price_cents = ?2 WHERE id = ?1")?
        .execute((id, price))?;
    Ok(())
}

/// Gives the payment its CheckoutRequestID. False if it has another one.
pub fn set_checkout(tx: &Tx<'_>, id: PaymentId, checkout: &CheckoutRequestId) -> Result<bool> {
    let rows = tx
        .prepare_cached(
            "UPDATE payments SET checkout_request_id = ?2
             WHERE id = ?1 AND coalesce(checkout_request_id, ?2) = ?2",
        )?
        .execute((id, checkout))?;
    Ok(rows == 1)
}

pub fn get(conn: &Connection, id: PaymentId) -> Result<Payment> {
    find(conn, id)?.ok_or_else(|| Error::Inconsistent(format!("there is no payment {id}")))
}

/// The payment with this id, or the one it was joined into.
pub fn find(conn: &Connection, id: PaymentId) -> Result<Option<Payment>> {
    let payment = conn
        .prepare_cached(
            "SELECT * FROM payments
             WHERE id = coalesce((SELECT into_payment_id FROM joined_payments WHERE id = ?1), ?1)",
        )?
        .query_row([id], from_row)
        .optional()?;
    Ok(payment)
}

pub fn by_receipt(conn: &Connection, receipt: &Receipt) -> Result<Option<Payment>> {
    let payment = conn
        .prepare_cached("SELECT * FROM payments WHERE receipt = ?1")?
        .query_row([receipt], from_row)
        .optional()?;
    Ok(payment)
}

pub fn by_checkout(conn: &Connection, checkout: &CheckoutRequestId) -> Result<Option<Payment>> {
    let payment = conn
        .prepare_cached("SELECT * FROM payments WHERE checkout_request_id = ?1")?
        .query_row([checkout], from_row)
        .optional()?;
    Ok(payment)
}

#[test]
fn the_schema_knows_the_same_words() {
    use crate::domain::payment::PaymentState;
    let words = |all: &'static [PaymentState]| all.iter().map(|it| it.as_str());
    super::assert_schema_has::<PaymentState>("state", words(PaymentState::ALL));
    super::assert_schema_has::<HeldFor>("held_for", HeldFor::ALL.iter().map(|it| it.as_str()));
    super::assert_schema_has::<Door>("door", Door::ALL.iter().map(|it| it.as_str()));
}
