//! Reads our customers from a router: one, or all.

use super::hotspot_user::{HotspotUser, MENU, read_own};
use crate::domain::customer::Username;
use crate::routeros::{Console, Operation, Read, RouterError};

/// Reads our user of this name. See [`HotspotUser`] for what may stay unknown.
#[derive(Clone, Debug)]
pub struct ReadHotspotUser {
    pub name: Username,
}

impl Operation for ReadHotspotUser {
    type Answer = Option<HotspotUser>;

    fn run(&self, console: &Console<'_>) -> Result<Option<HotspotUser>, RouterError> {
        Ok(read_own(console, &self.name, &[])?.1)
    }
}

/// Reads all users that carry our mark. On versions before 7.20 `is_disabled` stays unknown.
#[derive(Clone, Copy, Debug)]
pub struct ReadHotspotUsers;

impl Operation for ReadHotspotUsers {
    type Answer = Vec<HotspotUser>;

    fn run(&self, console: &Console<'_>) -> Result<Vec<HotspotUser>, RouterError> {
        let rows = console.rows(&Read::filtered(MENU, "comment~\"^mlango \""))?;
        let users = rows.iter().map(HotspotUser::read).collect::<Result<Vec<_>, _>>()?;
        Ok(users.into_iter().filter(HotspotUser::is_ours).collect())
    }
}
