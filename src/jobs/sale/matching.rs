//! What an unknown payment is for: the amount and the payer's reference have to say.

use crate::config::{Config, Overpaid, Unmatched};
use crate::domain::money::Cents;
use crate::domain::package::Package;
use crate::domain::payment::Door;
use crate::domain::received::Received;
use crate::store::{Result, Tx, packages, payments};

/// What the money may buy, or why a person has to say.
pub(super) enum Match {
    Package(Box<Package>),
    Hold(String),
}

fn hold(reason: impl Into<String>) -> Result<Match> {
    Ok(Match::Hold(reason.into()))
}

/// Finds the package for a payment nobody asked for through us.
pub(super) fn package_for(
    tx: &Tx<'_>,
    config: &Config,
    received: &Received,
    amount: Cents,
    is_signed: bool,
) -> Result<Match> {
    if config.mpesa.unmatched == Unmatched::Hold {
        return hold("nobody asked for it through us, and unmatched = \"hold\"");
    }
    let reference = received.reference.as_deref().unwrap_or_default();
    // Of what somebody recorded, a statement may tell the reference; without it a person vouches.
    let names_purpose = match received.door {
        Door::C2b => true,
        Door::Recorded => received.reference.is_some(),
        Door::Stk | Door::Cash => false,
    };
    if names_purpose && !is_ours(&config.mpesa.references, reference) {
        return hold("its reference begins with none of `references`");
    }
    let found = match by_reference(tx, reference, amount)? {
        Some(package) => Match::Package(Box::new(package)),
        None => by_price(tx, config, amount)?,
    };
    if let Match::Package(_) = found
        && !is_signed
        && is_over_limit(tx, config, amount)?
    {
        return hold("unsigned payments have reached today's unsigned_limit");
    }
    Ok(found)
}

fn is_ours(references: &[String], reference: &str) -> bool {
    references.is_empty() || references.iter().any(|it| reference.starts_with(it.as_str()))
}

/// The package whose code was typed as reference, if the money is enough for it.
fn by_reference(tx: &Tx<'_>, reference: &str, amount: Cents) -> Result<Option<Package>> {
    let Ok(code) = reference.trim().parse() else { return Ok(None) };
    let Some(package) = packages::by_code(tx, &code)? else { return Ok(None) };
    let price = packages::lowest_price(tx, &package, tx.now)?;
    Ok((price <= amount).then_some(package))
}

fn by_price(tx: &Tx<'_>, config: &Config, amount: Cents) -> Result<Match> {
    let mut at_price = packages::at_price(tx, amount, tx.now)?;
    if let (Some(package), true) = (at_price.pop(), at_price.is_empty()) {
        return Ok(Match::Package(Box::new(package)));
    }
    if !at_price.is_empty() {
        return hold(format!("more than one package costs {amount}"));
    }
    match config.mpesa.overpaid {
        Overpaid::Hold => hold(format!("no package costs {amount}")),
        Overpaid::Below => dearest_below(tx, amount),
    }
}

fn dearest_below(tx: &Tx<'_>, amount: Cents) -> Result<Match> {
    let mut below = packages::active(tx)?;
    below.retain(|package| package.price <= amount);
    let Some(dearest) = below.pop() else {
        return hold(format!("no package costs {amount} or less"));
    };
    if below.last().is_some_and(|next| next.price == dearest.price) {
        return hold(format!("more than one package costs {}", dearest.price));
    }
    Ok(Match::Package(Box::new(dearest)))
}

fn is_over_limit(tx: &Tx<'_>, config: &Config, amount: Cents) -> Result<bool> {
    let granted = payments::unsigned_granted_today(tx, tx.now)?;
    let total = granted.checked_add(amount);
    Ok(total.is_none_or(|total| config.mpesa.unsigned_limit < total))
}
