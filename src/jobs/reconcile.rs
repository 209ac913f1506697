//! A router beside what it should be: what differs becomes ordinary jobs, so that there is one way
//! to change a router.

use super::{DisconnectHotspotUser, ProvisionUser, sale};
use crate::domain::customer::Username;
use crate::domain::ids::{RouterId, SubscriptionId};
use crate::domain::mark::{mark, owner, profile_name};
use crate::domain::meter::Left;
use crate::domain::reconcile::{Actual, Change, Entitled, UserThere, Wanted, What};
use crate::domain::reconcile::{is_too_much, plan};
use crate::domain::subscription::{DeliveryState, Subscription, Target};
use crate::domain::time::Now;
use crate::job::{Cx, Done, Job as _, JobError};
use crate::routeros::ops::{Hotspot, HotspotUser, ReadHotspot, ReadHotspotUser};
use crate::routeros::{self, RouterError};
use crate::store::comparisons::{self, Comparison};
use crate::store::outbox;
use crate::store::routers::{self, Router};
use crate::store::{self, Tx, deliveries, grants, subscriptions};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What a router has, and has not, beside what it should.
#[derive(Clone, Debug)]
pub struct Difference {
    pub router_id: RouterId,
    /// First who is to be let in, then who is not.
    pub changes: Vec<Change>,
    /// So many are to be removed, or the clock is so much in doubt, that a person is asked first.
    pub is_too_much: bool,
    /// How many users carry our mark of whom this box knows nothing. They are left alone.
    pub unknown: usize,
}

/// Whether a person wants it, however much is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    Given,
    Asked,
}

/// Compares a router if it is time: every few minutes, and as soon as it is back or has started
/// anew. `None` if there is nothing new to write. What keeps it from being compared does not keep
/// its figures from being read.
pub(super) fn when_due(cx: &Cx, router_id: RouterId) -> Option<Difference> {
    let (live, now) = (&cx.world.live, cx.now());
    if !live.is_to_be_compared(router_id, now) {
        return None;
    }
    let compared = compare(cx, router_id).and_then(|difference| {
        live.compared(router_id, now);
        let Some(difference) = difference else { return Ok(None) };
        let last = cx.read(|conn| comparisons::get(conn, router_id))?;
        let is_news = !difference.changes.is_empty() || last != difference.outcome(0);
        Ok(Some(difference).filter(|_| is_news))
    });
    compared.unwrap_or_else(|error| {
        log::warn!("router {router_id} could not be compared: {error}");
        None
    })
}

/// What `done` leaves to write, and then what differs.
pub(super) fn and_owe(done: Done, difference: Option<Difference>) -> Done {
    let Some(difference) = difference else { return done };
    Done::writing(move |tx| {
        done.commit(tx)?;
        owe(tx, &difference, Consent::Asked)
    })
}

impl Difference {
    fn outcome(&self, held: i64) -> Comparison {
        Comparison { held, unknown: i64::try_from(self.unknown).unwrap_or(i64::MAX) }
    }
}

/// Reads a router, and says what differs. Changes nothing, here or there. `None` if it is no more.
///
/// # Errors
/// The router's, as of any other operation.
pub fn compare(cx: &Cx, router_id: RouterId) -> Result<Option<Difference>, JobError> {
    // The router first: whoever pays meanwhile is provisioned twice, not overlooked.
    let hotspot = routeros::perform(&*cx.world.routers, router_id, &ReadHotspot, cx.deadline)?;
    let now = cx.now();
    let read = cx.read(|conn| {
        let Some(router) = routers::find(conn, router_id)? else { return Ok(None) };
        let desired = desired(conn, &router, now)?;
        let (actual, unknown) = actual(conn, &hotspot, &desired)?;
        let is_in_doubt = sale::is_clock_in_doubt(conn, now)?;
        Ok(Some((desired, actual, unknown, is_in_doubt)))
    });
    let Some((desired, mut actual, unknown, is_in_doubt)) = read? else { return Ok(None) };
    leave_theirs(cx, router_id, &desired, &mut actual)?;
    let changes = plan(&desired, &actual);
    // Who the sweep does not end by this clock is not put out by it here either.
    let is_doubtful = is_in_doubt && changes.iter().any(|it| it.what == What::Disconnect);
    let is_too_much = is_doubtful || is_too_much(&changes, &actual);
    Ok(Some(Difference { router_id, changes, is_too_much, unknown }))
}

/// Owes what differs. Without a person's consent too many are not removed, but shown as an issue.
pub fn owe(tx: &Tx<'_>, difference: &Difference, consent: Consent) -> store::Result<()> {
    let router_id = difference.router_id;
    let is_held = difference.is_too_much && consent == Consent::Asked;
    let mut held = 0;
    for change in &difference.changes {
        match change.what {
            What::Provision => owe_provision(tx, change.subscription_id, router_id)?,
            What::Disconnect if is_held => held += 1,
            What::Disconnect => DisconnectHotspotUser::owe(tx, change.subscription_id, router_id)?,
        }
    }
    if !difference.changes.is_empty() {
        let (count, words) =
            (difference.changes.len(), if is_held { ", removals held" } else { "" });
        log::info!("router {router_id} differs in {count} customers{words}");
    }
    comparisons::set(tx, router_id, difference.outcome(held))
}

/// The router says that it does not know, whatever it said before.
fn owe_provision(tx: &Tx<'_>, id: SubscriptionId, router_id: RouterId) -> store::Result<()> {
    let target = Target::Router(router_id);
    let delivery = deliveries::get(tx, id, target)?;
    if delivery.is_some_and(|it| it.is_wanted && it.state == DeliveryState::Verified) {
        deliveries::want(tx, id, target)?;
    }
    let job = ProvisionUser { subscription_id: id, router_id }.to_new_job()?;
    if !outbox::hurry(tx, &job)? {
        outbox::insert(tx, &job)?;
    }
    Ok(())
}

/// Who is to be let in there now: of each username the one whose turn it is. A sale that is only
/// tried sees to itself.
fn desired(conn: &Connection, router: &Router, now: Now) -> store::Result<Vec<Entitled>> {
    let mut firsts: BTreeMap<String, Subscription> = BTreeMap::new();
    for subscription in subscriptions::live(conn)?.into_iter().filter(|it| !it.is_spent(now)) {
        firsts.entry(subscription.username.as_str().to_owned()).or_insert(subscription);
    }
    let good_here = |it: &Subscription| it.router_id.is_none_or(|id| id == router.id);
    let firsts = firsts.into_values().filter(|it| good_here(it) && !it.is_test);
    firsts.map(|it| entitled(conn, router, &it, now)).collect()
}

fn entitled(
    conn: &Connection,
    router: &Router,
    subscription: &Subscription,
    now: Now,
) -> store::Result<Entitled> {
    let user = match router.access.is_over_ssh() {
        true => Some(wanted(conn, subscription, now)?),
        false => None,
    };
    let username = subscription.username.clone();
    Ok(Entitled { subscription_id: subscription.id, username, user })
}

/// How the user of a subscription is to be on a router.
pub(super) fn wanted(
    conn: &Connection,
    subscription: &Subscription,
    now: Now,
) -> store::Result<Wanted> {
    let extra = grants::extra_devices(conn, subscription.id, now.engine)?;
    Ok(Wanted {
        password: subscription.password.clone(),
        profile: profile_name(subscription.rate, subscription.devices + extra),
        mark: mark(subscription),
        left: left(subscription, now),
    })
}

pub(super) fn left(subscription: &Subscription, now: Now) -> Left {
    let bought = Duration::from_secs(u64::try_from(subscription.seconds).unwrap_or(0));
    let bytes = subscription.bytes_left();
    Left { time: subscription.left(now), time_bought: bought, bytes }
}

/// What of a hotspot is ours, and how many users carry our mark without being ours to judge.
fn actual(
    conn: &Connection,
    hotspot: &Hotspot,
    desired: &[Entitled],
) -> store::Result<(Actual, usize)> {
    let mut actual = Actual::default();
    let mut unknown = 0;
    for user in &hotspot.users {
        let subscription = match owner(&user.comment) {
            Some(id) => subscriptions::find(conn, id)?,
            None => None,
        };
        match subscription.filter(|it| it.username.as_str() == user.name) {
            Some(it) if it.is_test => {}
            Some(it) => actual.users.push(user_there(user, it)),
            None => unknown += 1,
        }
    }
    let entitled: BTreeSet<&str> = desired.iter().map(|it| it.username.as_str()).collect();
    let online = hotspot.online.iter().map(|it| &it.user);
    let names: BTreeSet<&String> = online.chain(&hotspot.remembered).collect();
    for name in names.into_iter().filter(|it| !entitled.contains(it.as_str())) {
        let Ok(username) = name.parse::<Username>() else { continue };
        if let Some(last) = subscriptions::last_under(conn, &username)?.filter(|it| !it.is_test) {
            actual.present.push((username, last.id));
        }
    }
    Ok((actual, unknown))
}

fn user_there(user: &HotspotUser, subscription: Subscription) -> UserThere {
    UserThere {
        username: subscription.username,
        subscription_id: subscription.id,
        mark: user.comment.clone(),
        profile: user.profile.clone(),
        password: user.password.clone(),
        is_disabled: user.is_disabled,
        meter: user.meter(),
    }
}

/// An operator may have a user of his own under a name that was a customer's.
fn leave_theirs(
    cx: &Cx,
    router_id: RouterId,
    desired: &[Entitled],
    actual: &mut Actual,
) -> Result<(), RouterError> {
    let known = actual.users.iter().map(|it| &it.username);
    let known: BTreeSet<_> =
        known.chain(desired.iter().map(|it| &it.username)).map(Username::as_str).collect();
    let mut theirs = Vec::new();
    for (username, _) in actual.present.iter().filter(|it| !known.contains(it.0.as_str())) {
        let op = ReadHotspotUser { name: username.clone() };
        match routeros::perform(&*cx.world.routers, router_id, &op, cx.deadline) {
            Err(RouterError::Conflict(_)) => theirs.push(username.clone()),
            Err(error) => return Err(error),
            Ok(_) => {}
        }
    }
    actual.present.retain(|it| !theirs.contains(&it.0));
    Ok(())
}
