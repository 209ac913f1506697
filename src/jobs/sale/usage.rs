//! What customers used on routers, counted against what they bought.

use super::access::write_radius;
use super::ending::end_if_over;
use crate::config::Config;
use crate::domain::ids::{RouterId, SubscriptionId};
use crate::domain::usage::{Reading, used_since};
use crate::store::{Result, Tx, counters, subscriptions};

/// Counts what a router's counter of a subscription shows beyond what was counted of it. Whoever
/// has used all they bought, on this router and others, is at the end of it.
pub fn count_usage(
    tx: &Tx<'_>,
    config: &Config,
    router_id: RouterId,
    id: SubscriptionId,
    reading: Reading,
) -> Result<()> {
    let Some(subscription) = subscriptions::find(tx, id)? else { return Ok(()) };
    let last = counters::get(tx, id, router_id)?;
    if last.is_some_and(|it| reading.count < it.count) || last == Some(reading) {
        return Ok(());
    }
    counters::set(tx, id, router_id, reading)?;
    let used = used_since(last, reading);
    if used == 0 {
        return Ok(());
    }
    subscriptions::add_used_bytes(tx, id, used)?;
    match subscription.bytes {
        Some(_) if subscription.is_live() => {
            end_if_over(tx, config, &subscription.username)?;
            write_radius(tx, config, &subscription.username) // It is less there, too.
        }
        _ => Ok(()),
    }
}
