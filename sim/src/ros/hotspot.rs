//! Sessions of hotspot customers: how time and traffic use them up, and how they end.

use std::time::Duration;

use super::world::{Row, World};

/// Why a session ended; MikroTik's manual says which of these take the mac-cookie with them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cause {
    UserRequest,
    AdminReset,
    SessionTimeout,
    TrafficLimit,
    Replaced,
}

const ACTIVE: &str = "ip hotspot active";
const USER: &str = "ip hotspot user";
const COOKIE: &str = "ip hotspot cookie";

pub(crate) fn user_row<'w>(world: &'w World, name: &str) -> Option<&'w Row> {
    world.rows(USER).iter().find(|row| row.bytes("name") == name.as_bytes())
}

pub(crate) fn profile_of<'w>(world: &'w World, user: &Row) -> Option<&'w Row> {
    let id = world.row_named("ip hotspot user profile", user.bytes("profile"))?;
    world.row("ip hotspot user profile", id)
}

pub(crate) fn session_of_mac(world: &World, mac: &str) -> Option<u32> {
    let found = world.rows(ACTIVE).iter().find(|row| row.text("mac-address") == mac);
    found.map(|row| row.id)
}

pub(crate) fn sessions_of_user(world: &World, user: &str) -> Vec<u32> {
    let rows = world.rows(ACTIVE).iter().filter(|row| row.text("user") == user);
    rows.map(|row| row.id).collect()
}

pub(crate) fn end_session(world: &mut World, id: u32, cause: Cause) {
    let Some(row) = world.row(ACTIVE, id).cloned() else { return };
    world.rows_mut(ACTIVE).retain(|row| row.id != id);
    let (user, mac) = (row.text("user"), row.text("mac-address"));
    for host in world.rows_mut("ip hotspot host") {
        if host.text("mac-address") == mac {
            host.put("authorized", "false");
        }
    }
    if matches!(cause, Cause::UserRequest | Cause::AdminReset | Cause::SessionTimeout) {
        world
            .rows_mut(COOKIE)
            .retain(|row| !(row.is("mac-cookie") && row.text("mac-address") == mac));
    }
    let reason = match cause {
        Cause::UserRequest => "user request",
        Cause::AdminReset => "admin reset",
        Cause::SessionTimeout => "session timeout",
        Cause::TrafficLimit => "traffic limit reached",
        Cause::Replaced => "login again",
    };
    let message = format!("{user} ({}): logged out: {reason}", row.text("address"));
    world.log("hotspot,info,debug", &message);
}

pub(crate) fn reset_counters(world: &mut World, ids: &[u32]) {
    for &id in ids {
        if let Some(row) = world.row_mut(USER, id) {
            row.put_time("uptime", 0);
            for counter in ["bytes-in", "bytes-out", "packets-in", "packets-out"] {
                row.put(counter, "0");
            }
        }
    }
}

/// Lets time pass: sessions grow older and those without time left end.
pub(crate) fn tick(world: &mut World, passed: Duration) {
    world.uptime += passed;
    let passed = i64::try_from(passed.as_nanos()).unwrap_or(i64::MAX);
    for id in world.ids(ACTIVE) {
        let Some(row) = world.row_mut(ACTIVE, id) else { continue };
        let left = row.time("session-time-left");
        let lived = left.map_or(passed, |left| left.min(passed));
        let uptime = row.time("uptime").unwrap_or(0) + lived;
        row.put_time("uptime", uptime);
        if let Some(left) = left {
            row.put_time("session-time-left", left - lived);
        }
        let user = row.text("user");
        if let Some(row) = user_mut(world, &user) {
            let uptime = row.time("uptime").unwrap_or(0) + lived;
            row.put_time("uptime", uptime);
        }
        if left.is_some_and(|left| left <= passed) {
            end_session(world, id, Cause::SessionTimeout);
        }
    }
    for cookie in world.rows_mut(COOKIE) {
        let left = cookie.time("expires-in").unwrap_or(0) - passed;
        cookie.put_time("expires-in", left.max(0));
    }
    world.rows_mut(COOKIE).retain(|row| row.time("expires-in") > Some(0));
}

fn user_mut<'w>(world: &'w mut World, name: &str) -> Option<&'w mut Row> {
    world.rows_mut(USER).iter_mut().find(|row| row.bytes("name") == name.as_bytes())
}

/// Bytes a user's device sent (`received` by the router) and got; false without a session.
pub(crate) fn traffic(world: &mut World, user: &str, received: u64, sent: u64) -> bool {
    let Some(&session) = sessions_of_user(world, user).first() else { return false };
    let add = |row: &mut Row| {
        for (name, more) in [("bytes-in", received), ("bytes-out", sent)] {
            let bytes = row.number(name).unwrap_or(0) + more;
            row.put(name, bytes.to_string());
        }
    };
    world.row_mut(ACTIVE, session).map(add);
    user_mut(world, user).map(add);
    if user_row(world, user).is_some_and(is_out_of_bytes) {
        for id in sessions_of_user(world, user) {
            end_session(world, id, Cause::TrafficLimit);
        }
    }
    true
}

/// Limits are for a user's whole life, not for a session; 0 is no limit.
pub(crate) fn is_out_of_bytes(user: &Row) -> bool {
    let count = |name| user.number(name).unwrap_or(0);
    let (received, sent) = (count("bytes-in"), count("bytes-out"));
    let spent = |limit, bytes| count(limit) > 0 && bytes >= count(limit);
    spent("limit-bytes-in", received)
        || spent("limit-bytes-out", sent)
        || spent("limit-bytes-total", received + sent)
}

/// Nanoseconds a user may still be online; `None` without a limit.
pub(crate) fn uptime_left(user: &Row) -> Option<i64> {
    let limit = user.time("limit-uptime").filter(|limit| *limit > 0)?;
    Some((limit - user.time("uptime").unwrap_or(0)).max(0))
}

/// What a restart leaves: users with their counters and cookies, but no sessions or hosts.
pub(crate) fn restart(world: &mut World) {
    world.booted_at = world.now();
    world.uptime = Duration::ZERO;
    world.rows_mut(ACTIVE).clear();
    world.rows_mut("ip hotspot host").clear();
    world.rows_mut("log").clear();
    world.globals.clear();
    world.log("system,info", "router rebooted");
}

/// What is left of a hotspot after a reset or an old backup: no customers at all.
pub(crate) fn wipe(world: &mut World) {
    world.rows_mut(ACTIVE).clear();
    world.rows_mut(COOKIE).clear();
    world.rows_mut("ip hotspot host").clear();
    world.rows_mut(USER).retain(|row| row.is("default"));
    world.rows_mut("ip hotspot user profile").retain(|row| row.is("default"));
}
