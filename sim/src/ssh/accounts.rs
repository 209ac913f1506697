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

fn account<'w>(world: &'w World, name: &str) -> Option<&'w Row> {
    let id = world.row_named("user", name.as_bytes())?;
    world.row("user", id).filter(|row| !row.is("disabled"))
}

fn keys<'w>(world: &'w World, name: &'w str) -> impl Iterator<Item = PublicKey> + 'w {
    let rows = world.rows("user ssh-keys").iter().filter(move |row| row.text("user") == name);
    rows.filter_map(|row| PublicKey::from_openssh(&row.text("key")).ok())
}

/// An account with a key has no password login any more, unless the router says always.
pub(super) fn by_password(world: &World, name: &str, password: &str) -> Option<Rights> {
    let user = account(world, name)?;
    let always =
        world.rows("ip ssh").first().is_some_and(|row| row.is("always-allow-password-login"));
    let is_open = always || keys(world, name).next().is_none();
    let has_password = user.fields.contains_key("password");
    let is_right = has_password && user.bytes("password") == password.as_bytes();
    rights(world, user).filter(|_| is_open && is_right)
}

pub(super) fn by_key(world: &World, name: &str, key: &PublicKey) -> Option<Rights> {
    let user = account(world, name)?;
    let is_known = keys(world, name).any(|known| known.key_data() == key.key_data());
    rights(world, user).filter(|_| is_known)
}
