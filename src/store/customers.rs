//! Who buys.

use super::{Error, Result, Tx};
use crate::domain::customer::{Customer, Username};
use crate::domain::ids::CustomerId;
use crate::domain::phone::{Phone, PhoneHash};
use crate::domain::secret::Secret;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

fn from_row(row: &Row<'_>) -> rusqlite::Result<Customer> {
    Ok(Customer {
        id: row.get("id")?,
        phone: row.get("phone")?,
        username: row.get("username")?,
        password: Secret::new(row.get::<_, String>("password")?),
        created_at: row.get("created_at_ms")?,
    })
}

/// What is known of somebody new.
pub struct NewCustomer<'a> {
    pub phone: Option<&'a Phone>,
    /// The hash M-Pesa sent, or the phone's own.
    pub phone_hash: Option<&'a PhoneHash>,
    pub username: &'a Username,
    pub password: &'a Secret,
}

pub fn insert(tx: &Tx<'_>, new: &NewCustomer<'_>) -> Result<CustomerId> {
    tx.prepare_cached(
        "INSERT INTO customers (phone, phone_hash, username, password, created_at_ms)
         VALUES (:phone, :hash, :username, :password, :now)",
    )?
    .execute(named_params! {
        ":phone": new.phone, ":hash": new.phone_hash, ":username": new.username,
        ":password": new.password.expose(), ":now": tx.now.wall,
    })?;
    Ok(CustomerId(tx.last_insert_rowid()))
}

pub fn get(conn: &Connection, id: CustomerId) -> Result<Customer> {
    find(conn, id)?.ok_or_else(|| Error::Inconsistent(format!("there is no customer {id}")))
}

pub fn find(conn: &Connection, id: CustomerId) -> Result<Option<Customer>> {
    let customer = conn
        .prepare_cached("SELECT * FROM customers WHERE id = ?1")?
        .query_row([id], from_row)
        .optional()?;
    Ok(customer)
}

/// The customer with this phone: a phone that was only known hashed until now counts.
pub fn by_hash(conn: &Connection, hash: &PhoneHash) -> Result<Option<Customer>> {
    let customer = conn
        .prepare_cached("SELECT * FROM customers WHERE phone_hash = ?1")?
        .query_row([hash], from_row)
        .optional()?;
    Ok(customer)
}

pub fn by_username(conn: &Connection, username: &Username) -> Result<Option<Customer>> {
    let customer = conn
        .prepare_cached("SELECT * FROM customers WHERE username = ?1")?
        .query_row([username], from_row)
        .optional()?;
    Ok(customer)
}

/// Notes the phone of a customer who was known without it.
pub fn set_phone(tx: &Tx<'_>, id: CustomerId, phone: &Phone) -> Result<()> {
    tx.prepare_cached("UPDATE customers SET phone = ?2, phone_hash = ?3 WHERE id = ?1")?
        .execute((id, phone, phone.hash()))?;
    Ok(())
}

pub fn set_password(tx: &Tx<'_>, id: CustomerId, password: &Secret) -> Result<()> {
    tx.prepare_cached("UPDATE customers SET password = ?2 WHERE id = ?1")?
        .execute((id, password.expose()))?;
    Ok(())
}

/// Makes all that `from` has `into`'s, and forgets `from`. What runs keeps its username.
pub fn join(tx: &Tx<'_>, from: CustomerId, into: CustomerId) -> Result<()> {
    tx.execute("UPDATE payments SET customer_id = ?2 WHERE customer_id = ?1", (from, into))?;
    tx.execute("UPDATE subscriptions SET customer_id = ?2 WHERE customer_id = ?1", (from, into))?;
    tx.execute("DELETE FROM customers WHERE id = ?1", [from])?;
    Ok(())
}

/// Removes the buyer of a trial. Whoever ever paid or was granted anything stays.
pub fn remove_test(tx: &Tx<'_>, id: CustomerId) -> Result<()> {
    tx.execute(
        "DELETE FROM customers
         WHERE id = ?1 AND phone IS NULL AND phone_hash IS NULL
           AND NOT EXISTS (SELECT 1 FROM payments WHERE customer_id = ?1)
           AND NOT EXISTS (SELECT 1 FROM subscriptions WHERE customer_id = ?1)",
        [id],
    )?;
    Ok(())
}

/// Whether the customer has never had a subscription.
pub fn is_new(conn: &Connection, id: CustomerId) -> Result<bool> {
    let is_new = conn
        .prepare_cached("SELECT NOT EXISTS (SELECT 1 FROM subscriptions WHERE customer_id = ?1)")?
        .query_row([id], |row| row.get(0))?;
    Ok(is_new)
}

/// The newest first, after (that is, older than) the customer `before`.
pub fn page(conn: &Connection, before: Option<CustomerId>, limit: u32) -> Result<Vec<Customer>> {
    let mut statement = conn.prepare_cached(
        "SELECT * FROM customers WHERE id < coalesce(?1, 9223372036854775807)
         ORDER BY id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map((before, limit), from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
