//! A sale with no money behind it, to try an installation: the same subscription, the same orders
//! to the router, the same RADIUS rows; no payment, no event, and nothing that is counted.

use super::{ProvisionUser, sale};
use crate::config::Config;
use crate::domain::customer::Username;
use crate::domain::ids::{CustomerId, RouterId, SubscriptionId};
use crate::domain::package::Package;
use crate::domain::secret::Secret;
use crate::domain::subscription::Subscription;
use crate::domain::time::{Now, Timestamp};
use crate::job::{Cx, Job as _, JobError, World};
use crate::routeros::ops::RemoveHotspotUser;
use crate::routeros::{self, RouterError};
use crate::store::customers::{self, NewCustomer};
use crate::store::routers::Router;
use crate::store::subscriptions::{self, NewSubscription};
use crate::store::{Error, Result, Store, Tx, radius};
use rusqlite::Connection;
use std::sync::Arc;
use std::time::Instant;

/// No trial takes so long.
const LONGEST_MS: i64 = 10 * 60 * 1000;
const NAME_LENGTH: usize = 6;

/// A sale that is being tried. It is over when [`Trial::end`] has been committed.
#[derive(Clone, Debug)]
pub struct Trial {
    pub username: Username,
    pub password: Secret,
    /// `None` once that router was removed.
    pub router_id: Option<RouterId>,
    subscription_id: SubscriptionId,
    customer_id: CustomerId,
}

/// A username that no customer has.
pub fn fresh_name() -> Result<Username> {
    let word = sale::fresh_password(NAME_LENGTH)?;
    let name = format!("hs_test_{}", word.expose());
    name.parse().map_err(|error: crate::domain::Invalid| Error::Inconsistent(error.to_string()))
}

/// Makes the subscription, pending, and its RADIUS rows if the router asks RADIUS.
pub fn begin(tx: &Tx<'_>, config: &Config, package: &Package, router: &Router) -> Result<Trial> {
    let username = fresh_name()?;
    let password = sale::fresh_password(config.credentials.password_length)?;
    let buyer =
        NewCustomer { phone: None, phone_hash: None, username: &username, password: &password };
    let customer_id = customers::insert(tx, &buyer)?;
    let new = NewSubscription {
        customer_id,
        package,
        router_id: Some(router.id),
        username: &username,
        password: &password,
        starts: package.starts,
        is_test: true,
    };
    let subscription_id = subscriptions::insert(tx, &new)?;
    sale::write_radius(tx, config, &username)?;
    Ok(Trial { username, password, router_id: Some(router.id), subscription_id, customer_id })
}

/// Trials that were cut off, such as by Ctrl-C, and left their user where it was.
pub fn leftovers(conn: &Connection, now: Now) -> Result<Vec<Trial>> {
    let long_ago = Timestamp(now.wall.0 - LONGEST_MS);
    let trial = |it: Subscription| Trial {
        username: it.username,
        password: it.password,
        router_id: it.router_id,
        subscription_id: it.id,
        customer_id: it.customer_id,
    };
    Ok(subscriptions::tests_before(conn, long_ago)?.into_iter().map(trial).collect())
}

impl Trial {
    /// Puts the user on the router and reads it back, by the very job of a sale. What the job
    /// would write is let go: no time begins to run.
    pub fn provision(
        &self,
        store: &Arc<Store>,
        world: &Arc<World>,
        deadline: Instant,
    ) -> std::result::Result<(), JobError> {
        let Some(router_id) = self.router_id else { return Ok(()) };
        let cx = Cx::alone(store.clone(), world.clone(), deadline);
        ProvisionUser { subscription_id: self.subscription_id, router_id }.run(&cx).map(drop)
    }

    /// Takes the user off the router; fine if it never came there.
    pub fn remove(&self, world: &World, deadline: Instant) -> std::result::Result<(), RouterError> {
        let Some(router_id) = self.router_id else { return Ok(()) };
        let op = RemoveHotspotUser { name: self.username.clone() };
        routeros::perform(&*world.routers, router_id, &op, deadline).map(drop)
    }

    /// Leaves nothing of the trial in the database.
    pub fn end(&self, tx: &Tx<'_>) -> Result<()> {
        radius::remove(tx, &self.username)?;
        subscriptions::remove_test(tx, self.subscription_id)?;
        customers::remove_test(tx, self.customer_id)
    }
}
