//! How a router is, beside how it should be: what has to change.
//!
//! Single orders get lost: a router starts again from an old backup, an operator deletes a user,
//! an order dies half-way. What is neither ours by its mark nor a customer of ours is not looked
//! at, so nothing happens to it.

use super::customer::Username;
use super::ids::SubscriptionId;
use super::meter::{Left, Meter};
use super::secret::Secret;
use std::collections::{BTreeMap, BTreeSet};

/// Somebody who is to be let in by a router now.
#[derive(Clone, Debug)]
pub struct Entitled {
    pub subscription_id: SubscriptionId,
    pub username: Username,
    /// How the router's own user is to be; `None` where RADIUS alone lets in.
    pub user: Option<Wanted>,
}

#[derive(Clone, Debug)]
pub struct Wanted {
    pub password: Secret,
    pub profile: String,
    pub mark: String,
    pub left: Left,
}

/// What a router holds that is ours.
#[derive(Clone, Debug, Default)]
pub struct Actual {
    /// Users that carry our mark, and belong to a subscription that we know.
    pub users: Vec<UserThere>,
    /// Customers of ours with a session, a cookie or a binding there, and what they had last.
    pub present: Vec<(Username, SubscriptionId)>,
}

/// A hotspot user with our mark.
#[derive(Clone, Debug)]
pub struct UserThere {
    pub username: Username,
    pub subscription_id: SubscriptionId,
    pub mark: String,
    pub profile: String,
    /// `None` if the router does not show it.
    pub password: Option<Secret>,
    /// `None` if the router does not tell.
    pub is_disabled: Option<bool>,
    pub meter: Meter,
}

/// One thing to be done, by the job of that name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub what: What,
    pub subscription_id: SubscriptionId,
    pub username: Username,
    /// For people.
    pub why: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Provision,
    Disconnect,
}

/// So few may be removed whatever their share is.
const FEW: usize = 5;

/// What has to change: first who is to be let in, then who is not.
pub fn plan(desired: &[Entitled], actual: &Actual) -> Vec<Change> {
    let mut users: BTreeMap<&str, Vec<&UserThere>> = BTreeMap::new();
    for user in &actual.users {
        users.entry(user.username.as_str()).or_default().push(user);
    }
    let mut changes = Vec::new();
    for entitled in desired {
        let there = users.get(entitled.username.as_str()).map_or(&[][..], Vec::as_slice);
        if let Some(why) = fault(entitled, there) {
            let (id, username) = (entitled.subscription_id, entitled.username.clone());
            changes.push(Change { what: What::Provision, subscription_id: id, username, why });
        }
    }
    let mut settled: BTreeSet<&str> = desired.iter().map(|it| it.username.as_str()).collect();
    let rows = actual.users.iter().map(|it| (&it.username, it.subscription_id, "has a user"));
    let rest = actual.present.iter().map(|(name, id)| (name, *id, "is online, or may be at once"));
    for (username, subscription_id, why) in rows.chain(rest) {
        if settled.insert(username.as_str()) {
            let why = format!("{why}, and is entitled to nothing there");
            let username = username.clone();
            changes.push(Change { what: What::Disconnect, subscription_id, username, why });
        }
    }
    changes
}

/// Whether so much is to be removed that a person should look first: more than a quarter of our
/// users. A box whose book is wrong must not empty its routers.
pub fn is_too_much(changes: &[Change], actual: &Actual) -> bool {
    let removed = changes.iter().filter(|it| it.what == What::Disconnect).count();
    let there: BTreeSet<&str> = actual
        .users
        .iter()
        .map(|it| &it.username)
        .chain(actual.present.iter().map(|it| &it.0))
        .map(Username::as_str)
        .collect();
    FEW <= removed && there.len() < removed * 4
}

/// What of a user is not as it should be.
fn fault(entitled: &Entitled, there: &[&UserThere]) -> Option<String> {
    let (wanted, user) = match (&entitled.user, there) {
        (None, []) => return None,
        (None, _) => return Some("has a user that would go before RADIUS".to_owned()),
        (Some(_), []) => return Some("is missing".to_owned()),
        (Some(wanted), [user]) => (wanted, user),
        (Some(_), _) => return Some("is there more than once".to_owned()),
    };
    if user.mark != wanted.mark {
        return Some(format!("is marked {:?}, not {:?}", user.mark, wanted.mark));
    }
    if user.profile != wanted.profile {
        return Some(format!("has the profile {}, not {}", user.profile, wanted.profile));
    }
    if user.is_disabled == Some(true) {
        return Some("is disabled".to_owned());
    }
    if user.password.as_ref().is_some_and(|it| !it.matches(wanted.password.expose())) {
        return Some("has another password".to_owned());
    }
    let limits = (user.meter.limit_time, user.meter.limit_bytes);
    (user.meter.limits(&wanted.left) != limits).then(|| "has limits of its own".to_owned())
}

#[cfg(test)]
#[path = "reconcile_tests.rs"]
mod tests;
