//! What an operator gives, takes and changes where no money moves.

use super::access::{serve_on, targets, write_radius};
use super::joining::revoke;
use super::who::fresh_password;
use super::{Refusal, current_under, ending};
use crate::config::Config;
use crate::domain::customer::Customer;
use crate::domain::ids::SubscriptionId;
use crate::domain::subscription::Subscription;
use crate::store::{Result, Tx, comps, customers, subscriptions};
use std::time::Duration;

/// Adds time to what the customer uses now.
pub fn comp(
    tx: &Tx<'_>,
    config: &Config,
    who: &str,
    customer: &Customer,
    span: Duration,
) -> std::result::Result<SubscriptionId, Refusal> {
    let live = running(tx, customer)?;
    // What is used now, not what waits behind it: an outage took away from that.
    let first = live.first().ok_or_else(|| Refusal::NothingRuns(Box::new(customer.clone())))?;
    let current = current_under(tx, &first.username)?.unwrap_or_else(|| first.clone());
    let seconds = i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    let period = current.period.map(|it| it.extended_by(span));
    subscriptions::lengthen(tx, current.id, seconds, period)?;
    comps::insert(tx, who, current.id, seconds)?;
    serve_again(tx, config, current.id)?;
    period.map_or(Ok(()), |it| ending::owe_end(tx, it))?;
    Ok(current.id)
}

/// Ends all that the customer has. Its money stays where it is. Returns what was ended.
pub fn revoke_all(
    tx: &Tx<'_>,
    config: &Config,
    customer: &Customer,
) -> std::result::Result<Vec<SubscriptionId>, Refusal> {
    let live = running(tx, customer)?;
    if live.is_empty() {
        return Err(Refusal::NothingRuns(Box::new(customer.clone())));
    }
    // The newest first, so that nothing begins that is to end, too.
    for subscription in live.iter().rev() {
        revoke(tx, config, subscription)?;
    }
    Ok(live.iter().map(|it| it.id).collect())
}

/// Gives the customer another password, wherever the old one was good. Returns the customer as
/// changed.
pub fn renew_password(tx: &Tx<'_>, config: &Config, customer: &Customer) -> Result<Customer> {
    let password = fresh_password(config.credentials.password_length)?;
    customers::set_password(tx, customer.id, &password)?;
    for subscription in running(tx, customer)? {
        subscriptions::set_password(tx, subscription.id, &password)?;
        serve_again(tx, config, subscription.id)?;
    }
    customers::get(tx, customer.id)
}

/// What the customer has that is neither over nor a trial, the oldest first.
pub(in super::super) fn running(tx: &Tx<'_>, customer: &Customer) -> Result<Vec<Subscription>> {
    let mut live = subscriptions::live_of(tx, customer.id)?;
    live.retain(|it| !it.is_test && !it.is_spent(tx.now));
    Ok(live)
}

fn serve_again(tx: &Tx<'_>, config: &Config, id: SubscriptionId) -> Result<()> {
    let subscription = subscriptions::get(tx, id)?;
    let targets = targets(tx, config, subscription.router_id)?;
    serve_on(tx, &subscription, &targets, Duration::ZERO)?;
    write_radius(tx, config, &subscription.username)
}
