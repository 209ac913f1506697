//! Who did what by hand.

use super::{Result, Tx};

/// Notes an action of `who`, such as `cli`, about e.g. `payment:17`.
pub fn insert(tx: &Tx<'_>, who: &str, what: &str, about: Option<&str>, detail: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO audit (who, what, about, detail, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        (who, what, about, detail, tx.now.wall),
    )?;
    Ok(())
}
