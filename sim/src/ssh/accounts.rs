//! Who may log in to the router, read from its own `/user` menus.

use std::collections::BTreeSet;

use russh::keys::PublicKey;

use crate::ros::world::{Rights, Row, World};

/// The policies of an account that may use SSH at all.
fn rights(world: &World, user: &Row) -> Option<Rights> {
    let group = world.row_named("user group", user.bytes("group"))?;
    let policies = world.row("user group", group)?.text("policy");
    let policies: BTreeSet<String> = policies.split(',').map(str::to_owned).collect();
    policies.contains("ssh").then_some(Rights::Some(policies))
}

/// What an account that has logged in may do now: policies count from when they are changed.
pub(super) fn rights_now(world: &World, name: &str) -> Rights {
    let rights = account(world, name).and_then(|user| rights(world, user));
    rights.unwrap_or(Rights::Some(BTreeSet::new()))
}

fn account<'w>(world: &'w World, name: &str) -> Option<&'w Row> {
    let id = world.row_named("user", name.as_bytes())?;
    world.row("user", id).filter(|row| !row.is("disabled"))
}

fn keys<'w>(world: &'w World, name: &'w str) -> impl Iterator<Item = PublicKey> + 'w {
    let rows = world.rows("user ssh-keys").iter().filter(move |row| row.text("user") == name);
    rows.filter_map(|row| PublicKey::from_openssh(&row.text("key")).ok())
}

/// An account with a key has no password login any more, unless the router says always.
pub(super) fn by_password(world: &World, name: &str, password: &str) -> bool {
    let Some(user) = account(world, name) else { return false };
    let always =
        world.rows("ip ssh").first().is_some_and(|row| row.is("always-allow-password-login"));
    let is_open = always || keys(world, name).next().is_none();
    let has_password = user.fields.contains_key("password");
    let is_right = has_password && user.bytes("password") == password.as_bytes();
    is_open && is_right && rights(world, user).is_some()
}

pub(super) fn by_key(world: &World, name: &str, key: &PublicKey) -> bool {
    let Some(user) = account(world, name) else { return false };
    let is_known = keys(world, name).any(|known| known.key_data() == key.key_data());
    is_known && rights(world, user).is_some()
}
