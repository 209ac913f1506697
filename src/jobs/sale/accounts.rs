//! What FreeRADIUS was told of sessions, counted: bytes against what was bought, devices online,
//! and the moment at which time begins that begins with the first login.

use super::access::write_radius;
use super::ending::{end_if_over, owe_end};
use super::grant::seconds;
use crate::config::Config;
use crate::domain::customer::Username;
use crate::domain::mac::Mac;
use crate::domain::package::Starts;
use crate::domain::subscription::{Period, Subscription, SubscriptionState};
use crate::domain::time::{EngineTime, Now, Timestamp};
use crate::radius::attributes::SILENT_SECONDS;
use crate::store::accounting::{self, Account, Counted};
use crate::store::sessions::{self, KICKED, NewSession};
use crate::store::{Result, Tx, radius, subscriptions};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::time::Duration;

/// So many accounts in one transaction: payments wait behind it.
const AT_ONCE: u32 = 100;

/// Whether [`count_accounts`] would find anything to do.
pub fn has_accounts(conn: &Connection, now: Now) -> Result<bool> {
    Ok(accounting::is_changed(conn)?
        || !accounting::silent(conn, fell_silent_before(now), 1)?.is_empty()
        || !radius::misfits(conn, now.is_wall_trusted, 1)?.is_empty())
}

/// Counts what has changed since the last time, closes what has fallen silent, and makes the rows
/// of customers fit what they have left and the clock there is. True if there is more to do.
pub fn count_accounts(tx: &Tx<'_>, config: &Config) -> Result<bool> {
    let changed = accounting::changed(tx, AT_ONCE)?;
    let mut touched = BTreeSet::new();
    for account in &changed {
        touched.extend(count(tx, account)?);
    }
    let mut is_more = is_full(changed.len());
    if !is_more {
        // Whoever reported while we were away has been heard by now.
        let silent = accounting::silent(tx, fell_silent_before(tx.now), AT_ONCE)?;
        for &id in &silent {
            accounting::close(tx, id, "Lost-Carrier")?;
        }
        is_more = !silent.is_empty(); // They have changed by that.
    }
    let misfits = radius::misfits(tx, tx.now.is_wall_trusted, AT_ONCE)?;
    is_more |= is_full(misfits.len());
    touched.extend(misfits);
    for username in &touched {
        end_if_over(tx, config, username)?;
        write_radius(tx, config, username)?;
    }
    Ok(is_more)
}

fn is_full(count: usize) -> bool {
    u32::try_from(count).is_ok_and(|it| it == AT_ONCE)
}

/// A session is over of which nothing was heard for three intervals, by a clock that never jumps.
fn fell_silent_before(now: Now) -> EngineTime {
    EngineTime(now.engine.0 - i64::from(SILENT_SECONDS) * 1000)
}

/// Counts one account; returns whose it is, unless it is a stranger's.
fn count(tx: &Tx<'_>, account: &Account) -> Result<Option<Username>> {
    let Some((username, subscription)) = whose(tx, account)? else {
        accounting::seen(tx, account.id)?;
        return Ok(None);
    };
    let mac = account.device.parse::<Mac>().map(|it| it.to_string()); // As SSH shows it.
    let session_id = match &account.counted {
        Some(counted) => counted.session_id,
        None => sessions::begin(
            tx,
            &NewSession {
                subscription_id: subscription.id,
                router_id: accounting::router_of(tx, account)?,
                mac: mac.as_ref().unwrap_or(&account.device),
                started_at: at(account.started),
            },
        )?,
    };
    let why = if account.cause == "Admin-Reset" { KICKED } else { &account.cause };
    sessions::set_ended(tx, session_id, account.stopped.map(|it| (at(it), why)))?;
    // A router's late report of less takes nothing back.
    let before = account.counted.map_or(0, |it| it.bytes);
    let more = account.bytes.saturating_sub(before).max(0);
    if 0 < more {
        subscriptions::add_used_bytes(tx, subscription.id, more)?;
    }
    let counted = Counted {
        subscription_id: subscription.id,
        session_id,
        bytes: before.max(account.bytes),
        revision: account.counted.map_or(subscription.revision, |it| it.revision),
        is_open: account.stopped.is_none(),
    };
    accounting::set_counted(tx, account.id, &counted)?;
    begin_at_login(tx, &subscription, Duration::from_secs(account.seconds.unsigned_abs()))?;
    Ok(Some(username))
}

/// Whose session it is: once counted, always the same one's. Of a new one: what is served under
/// its name, unless it was over before that began; else what was served last.
fn whose(tx: &Tx<'_>, account: &Account) -> Result<Option<(Username, Subscription)>> {
    let Ok(username) = account.username.parse::<Username>() else { return Ok(None) };
    if let Some(counted) = account.counted {
        let subscription = subscriptions::find(tx, counted.subscription_id)?;
        return Ok(subscription.map(|it| (username, it)));
    }
    let current = subscriptions::live_under(tx, &username)?.into_iter().next();
    let is_before = |it: &Subscription| {
        let begins = it.period.map(|period| period.starts_at);
        account.stopped.zip(begins).is_some_and(|(stopped, begins)| at(stopped) < begins)
    };
    let subscription = match current.filter(|it| !is_before(it)) {
        Some(current) => Some(current),
        None => subscriptions::last_ended_under(tx, &username)?,
    };
    Ok(subscription.map(|it| (username, it)))
}

/// Time that begins with the first login has begun `ago`, if this is the first anybody hears.
pub fn begin_at_login(tx: &Tx<'_>, subscription: &Subscription, ago: Duration) -> Result<()> {
    let is_first = subscription.starts == Starts::FirstLogin
        && subscription.state == SubscriptionState::Active
        && subscription.period.is_none();
    if !is_first {
        return Ok(());
    }
    let whole = seconds(subscription.seconds);
    let period = Period::from(tx.now, whole).moved_back_by(ago.min(whole));
    subscriptions::set_period(tx, subscription.id, Some(period))?;
    owe_end(tx, period)
}

fn at(unix_seconds: i64) -> Timestamp {
    Timestamp(unix_seconds.saturating_mul(1000))
}
