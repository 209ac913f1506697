//! Jobs that events call for, owed in the transaction of the event.

use super::SendCredentialsSms;
use crate::domain::ids::SubscriptionId;
use crate::job::Job as _;
use crate::store::events::EventName;
use crate::store::{Result, Tx};
use std::time::Duration;

/// An event, and what it has somebody do about its subscription.
struct Listener {
    event: EventName,
    owe: fn(&Tx<'_>, SubscriptionId) -> Result<()>,
}

const LISTENERS: &[Listener] =
    &[Listener { event: EventName::PaymentProcessed, owe: look_after_a_minute }];

/// Has all who listen to `event` do their part.
pub(super) fn heard(tx: &Tx<'_>, event: EventName, about: SubscriptionId) -> Result<()> {
    let mut listening = LISTENERS.iter().filter(|it| it.event == event);
    listening.try_for_each(|listener| (listener.owe)(tx, about))
}

/// Whoever has paid and is not let in by then is asked for patience.
fn look_after_a_minute(tx: &Tx<'_>, subscription_id: SubscriptionId) -> Result<()> {
    SendCredentialsSms { subscription_id }.enqueue_in(tx, Duration::from_secs(60))?;
    Ok(())
}
