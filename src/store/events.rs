//! What happened, for those who watch. A row is written in the transaction of the fact.

use super::{Result, Tx};
use crate::domain::text_enum;

text_enum! {
    pub enum EventName {
        PaymentProcessed = "payment.processed",
        PaymentFailed = "payment.failed",
        UserProvisioned = "user.provisioned",
        ProvisioningFailed = "provisioning.failed",
    }
}

/// Adds an event. `body` holds no password, but eight stars where one would stand.
pub fn insert(tx: &Tx<'_>, name: EventName, body: &impl serde::Serialize) -> Result<()> {
    tx.prepare_cached("INSERT INTO events (name, body, at_ms) VALUES (?1, ?2, ?3)")?.execute((
        name,
        serde_json::to_string(body)?,
        tx.now.wall,
    ))?;
    Ok(())
}
