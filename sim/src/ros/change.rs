//! What `add`, `set`, `remove`, `enable` and `disable` do to the rows of a menu.

use super::schema::Menu;
use super::world::{Row, World};
use super::{check, hotspot, login};
use crate::script::Value;

pub(crate) type Settings = Vec<(&'static str, Option<Value>)>;

pub(crate) fn add(world: &mut World, menu: &Menu, settings: Settings) -> Result<u32, String> {
    let has = |name: &str| settings.iter().any(|(set, value)| *set == name && value.is_some());
    check::required(menu.props, has)?;
    if menu.path == "ip hotspot ip-binding" && !has("address") && !has("mac-address") {
        return Err("failure: address or mac-address is required".to_owned());
    }
    let mut fields = Vec::new();
    for (name, value) in &settings {
        if let (Some(prop), Some(value)) = (menu.prop(name), value) {
            fields.push((*name, check::canonical(world, prop, value)?));
        }
    }
    if menu.path == "user ssh-keys" {
        login::describe_key(world.dialect, &mut fields)?;
    }
    let fields: Vec<(&'static str, &[u8])> =
        fields.iter().map(|(name, text)| (*name, text.as_slice())).collect();
    let id = world.insert(menu.path, &fields);
    let clash = match world.row(menu.path, id) {
        Some(row) => check::unique(world, menu, row),
        None => Ok(()),
    };
    if clash.is_err() {
        world.rows_mut(menu.path).pop();
    }
    clash.map(|()| id)
}

pub(crate) fn set(
    world: &mut World,
    menu: &Menu,
    ids: &[u32],
    settings: Settings,
) -> Result<(), String> {
    for &id in ids {
        let Some(mut row) = world.row(menu.path, id).cloned() else { continue };
        guard_own_rows(menu, &row, &settings)?;
        for (name, value) in &settings {
            let Some(prop) = menu.prop(name) else { continue };
            match value {
                Some(value) => row.put(prop.name, check::canonical(world, prop, value)?),
                None => match prop.default {
                    Some(default) => row.put(prop.name, default),
                    None => {
                        row.fields.remove(prop.name);
                    }
                },
            }
        }
        check::unique(world, menu, &row)?;
        if let Some(slot) = world.row_mut(menu.path, id) {
            *slot = row;
        }
    }
    Ok(())
}

/// The rows every router has keep their names.
fn guard_own_rows(menu: &Menu, row: &Row, settings: &Settings) -> Result<(), String> {
    let renames = settings.iter().any(|(name, _)| *name == "name");
    match renames && menu.path == "ip hotspot user" && row.is("default") {
        true => Err("failure: can not change name of default user".to_owned()),
        false => Ok(()),
    }
}

pub(crate) fn remove(world: &mut World, menu: &Menu, ids: &[u32]) -> Result<(), String> {
    for &id in ids {
        let Some(row) = world.row(menu.path, id).cloned() else { continue };
        if row.is("default") {
            return Err("failure: can not remove default item".to_owned());
        }
        if menu.path == "ip hotspot active" {
            hotspot::end_session(world, id, hotspot::Cause::AdminReset);
        }
        world.rows_mut(menu.path).retain(|row| row.id != id);
    }
    Ok(())
}

/// `enable` and `disable`.
pub(crate) fn switch(
    world: &mut World,
    menu: &Menu,
    ids: &[u32],
    disabled: &str,
) -> Result<(), String> {
    for &id in ids {
        if let Some(row) = world.row_mut(menu.path, id) {
            row.put("disabled", disabled);
        }
    }
    Ok(())
}
