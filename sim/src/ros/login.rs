//! Logging in: customers to the hotspot, and keys that log accounts in to the router.

use super::change::Settings;
use super::hotspot::{self, Cause};
use super::schema::{self, Prop};
use super::world::{Row, World};
use super::{check, menus_hotspot, menus_user};
use crate::dialect::Dialect;
use crate::script::Value;

/// What `active login` takes.
pub(crate) const SETTINGS: &[Prop] = menus_hotspot::LOGIN_SETTINGS;
/// What `ssh-keys import` takes.
pub(crate) const IMPORT_SETTINGS: &[Prop] = menus_user::IMPORT_SETTINGS;

/// How a device proves that it may come in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Proof<'a> {
    Portal { password: &'a str },
    Command { password: &'a str },
    HttpCookie,
    MacCookie,
}

pub(crate) fn log_in(
    world: &mut World,
    name: &str,
    mac: &str,
    address: Option<&str>,
    proof: Proof<'_>,
) -> Result<(), String> {
    let server = world
        .rows("ip hotspot")
        .iter()
        .find(|row| !row.is("disabled"))
        .cloned()
        .ok_or("no hotspot server is running")?;
    let profile = world.row_named("ip hotspot profile", server.bytes("profile"));
    let profile = profile.and_then(|id| world.row("ip hotspot profile", id)).cloned();
    let user = admitted(world, name, mac, &server, profile.as_ref(), proof)?;
    if let Some(old) = hotspot::session_of_mac(world, mac) {
        hotspot::end_session(world, old, Cause::Replaced);
    }
    let address = address.map_or_else(|| address_of(world, mac), str::to_owned);
    start_session(world, &user, &server, mac, &address, proof);
    note_host(world, &server, mac, &address);
    give_cookies(world, &user, profile.as_ref(), mac, proof);
    world.log("hotspot,account,info,debug", &format!("{name} ({address}): logged in"));
    Ok(())
}

/// The user, if this device may log in as it now.
fn admitted(
    world: &World,
    name: &str,
    mac: &str,
    server: &Row,
    profile: Option<&Row>,
    proof: Proof<'_>,
) -> Result<Row, String> {
    let is_here = |row: &&Row| {
        row.bytes("name") == name.as_bytes()
            && (row.text("server") == "all" || row.bytes("server") == server.bytes("name"))
    };
    let Some(user) = world.rows("ip hotspot user").iter().find(is_here) else {
        let asks_radius = profile.is_some_and(|profile| profile.is("use-radius"));
        return Err(match asks_radius && !world.radius_answers {
            true => "RADIUS server is not responding".to_owned(),
            false => "invalid username or password".to_owned(),
        });
    };
    let is_right = match proof {
        Proof::Portal { password } | Proof::Command { password } => {
            user.bytes("password") == password.as_bytes()
        }
        Proof::HttpCookie | Proof::MacCookie => true,
    };
    if !is_right || user.is("disabled") {
        return Err("invalid username or password".to_owned());
    }
    let bound = user.text("mac-address");
    if !bound.is_empty() && bound != mac {
        return Err(format!("user {name} is not allowed to log in from this MAC address"));
    }
    if hotspot::uptime_left(user) == Some(0) {
        return Err(match proof {
            Proof::Command { .. } => "your uptime limit is reached".to_owned(),
            _ => format!("user {name} has reached uptime limit"),
        });
    }
    if hotspot::is_out_of_bytes(user) {
        return Err(format!("user {name} has reached traffic limit"));
    }
    let others = world
        .rows("ip hotspot active")
        .iter()
        .filter(|row| row.text("user") == name && row.text("mac-address") != mac);
    let shared = hotspot::profile_of(world, user).map(|profile| profile.text("shared-users"));
    let most = shared.and_then(|shared| shared.parse().ok()).unwrap_or(usize::MAX);
    match others.count() >= most {
        true => Err(format!("no more sessions are allowed for user {name}")),
        false => Ok(user.clone()),
    }
}

fn start_session(
    world: &mut World,
    user: &Row,
    server: &Row,
    mac: &str,
    address: &str,
    proof: Proof<'_>,
) {
    let login_by = match proof {
        Proof::Portal { .. } | Proof::Command { .. } => "http-pap",
        Proof::HttpCookie => "cookie",
        Proof::MacCookie => "mac-cookie",
    };
    let profile = hotspot::profile_of(world, user).cloned();
    let of_profile = |name| profile.as_ref().and_then(|profile: &Row| profile.time(name));
    let session_timeout = of_profile("session-timeout").filter(|nanos| *nanos > 0);
    let left = [hotspot::uptime_left(user), session_timeout].into_iter().flatten().min();
    let (keepalive, idle) = (of_profile("keepalive-timeout"), of_profile("idle-timeout"));
    let id = world.insert(
        "ip hotspot active",
        &[
            ("server", server.bytes("name")),
            ("user", user.bytes("name")),
            ("address", address.as_bytes()),
            ("mac-address", mac.as_bytes()),
            ("login-by", login_by.as_bytes()),
            ("bytes-in", b"0"),
            ("bytes-out", b"0"),
            ("packets-in", b"0"),
            ("packets-out", b"0"),
        ],
    );
    let Some(row) = world.row_mut("ip hotspot active", id) else { return };
    row.put_time("uptime", 0);
    row.put_time("idle-time", 0);
    let times =
        [("session-time-left", left), ("keepalive-timeout", keepalive), ("idle-timeout", idle)];
    for (name, nanos) in times {
        if let Some(nanos) = nanos {
            row.put_time(name, nanos);
        }
    }
    for name in ["limit-bytes-in", "limit-bytes-out", "limit-bytes-total"] {
        if user.number(name).unwrap_or(0) > 0 {
            row.put(name, user.bytes(name));
        }
    }
}

fn address_of(world: &World, mac: &str) -> String {
    let known = world.rows("ip hotspot host").iter().find(|row| row.text("mac-address") == mac);
    match known {
        Some(host) => host.text("address"),
        None => {
            let number = world.rows("ip hotspot host").len() + 2;
            format!("10.5.{}.{}", 50 + number / 250, number % 250)
        }
    }
}

fn note_host(world: &mut World, server: &Row, mac: &str, address: &str) {
    world.rows_mut("ip hotspot host").retain(|row| row.text("mac-address") != mac);
    world.insert(
        "ip hotspot host",
        &[
            ("mac-address", mac.as_bytes()),
            ("address", address.as_bytes()),
            ("to-address", address.as_bytes()),
            ("server", server.bytes("name")),
            ("authorized", b"true"),
            ("DHCP", b"true"),
        ],
    );
}

/// A browser keeps an HTTP cookie; the router remembers the device by its address.
fn give_cookies(world: &mut World, user: &Row, profile: Option<&Row>, mac: &str, proof: Proof<'_>) {
    let Some(profile) = profile.cloned() else { return };
    let methods = profile.text("login-by");
    let allows = |method: &str| methods.split(',').any(|known| known == method);
    let user_profile = hotspot::profile_of(world, user).cloned();
    let lasts = |name| user_profile.as_ref().map_or_else(String::new, |row| row.text(name));
    let wants_mac_cookie = user_profile.as_ref().is_some_and(|row| row.is("add-mac-cookie"));
    let mut cookies = Vec::new();
    if allows("cookie") && matches!(proof, Proof::Portal { .. }) {
        cookies.push(("false", profile.text("http-cookie-lifetime")));
    }
    if allows("mac-cookie") && wants_mac_cookie {
        cookies.push(("true", lasts("mac-cookie-timeout")));
    }
    for (is_mac_cookie, lasts) in cookies {
        world.rows_mut("ip hotspot cookie").retain(|row| {
            row.text("mac-address") != mac || row.text("mac-cookie") != is_mac_cookie
        });
        let fields = [
            ("user", user.bytes("name")),
            ("mac-address", mac.as_bytes()),
            ("expires-in", lasts.as_bytes()),
            ("mac-cookie", is_mac_cookie.as_bytes()),
        ];
        world.insert("ip hotspot cookie", &fields);
    }
}

/// A device that was here before shows itself: a cookie may let it in without a password.
pub(crate) fn reappear(world: &mut World, mac: &str) -> Result<(), String> {
    if hotspot::session_of_mac(world, mac).is_some() {
        return Ok(());
    }
    let cookies = world.rows("ip hotspot cookie").iter();
    let cookie = cookies.filter(|row| row.text("mac-address") == mac).max_by_key(|row| row.id);
    let Some(cookie) = cookie.cloned() else { return Err("login required".to_owned()) };
    let proof = if cookie.is("mac-cookie") { Proof::MacCookie } else { Proof::HttpCookie };
    log_in(world, &cookie.text("user"), mac, None, proof)
}

/// `/ip hotspot active login`.
pub(crate) fn from_command(world: &mut World, settings: &Settings) -> Result<(), String> {
    let mut given = Vec::new();
    for (name, value) in settings {
        let prop = SETTINGS.iter().find(|prop| prop.name == *name);
        if let (Some(prop), Some(value)) = (prop, value) {
            given.push((prop.name, check::canonical(world, prop, value)?));
        }
    }
    check::required(SETTINGS, |name| given.iter().any(|(set, _)| *set == name))?;
    let text = |wanted: &str| {
        let found = given.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, text)| String::from_utf8_lossy(text).into_owned())
    };
    let address = text("ip").unwrap_or_default();
    let known = world.rows("ip hotspot host").iter().find(|row| row.text("address") == address);
    let mac = text("mac-address").or_else(|| known.map(|row| row.text("mac-address")));
    let mac = mac.ok_or("failure: unknown host IP ".to_owned() + &address)?;
    let password = text("password").unwrap_or_default();
    let proof = Proof::Command { password: &password };
    log_in(world, &text("user").unwrap_or_default(), &mac, Some(&address), proof)
}

/// `/user ssh-keys import`: from a file that was put on the router before.
pub(crate) fn import_key(world: &mut World, settings: &Settings) -> Result<(), String> {
    let given = |wanted: &str| {
        let found = settings.iter().find(|(name, _)| *name == wanted);
        found.and_then(|(_, value)| value.clone())
    };
    check::required(IMPORT_SETTINGS, |name| given(name).is_some())?;
    let file = given("public-key-file").map_or_else(Vec::new, |value| value.render());
    let file = world.row_named("file", &file).and_then(|id| world.row("file", id)).cloned();
    let file = file.ok_or("unable to load key file (file not found)!")?;
    let key = Value::text(file.text("contents").trim());
    let Some(menu) = schema::menu("user ssh-keys") else { return Ok(()) };
    let settings = vec![("user", given("user")), ("key", Some(key))];
    super::add(world, menu, settings).map(|_| ())
}

/// Ed25519 keys of users came with 7.12.
pub(super) fn describe_key(
    dialect: Dialect,
    fields: &mut Vec<(&'static str, Vec<u8>)>,
) -> Result<(), String> {
    let refused = "unable to load key file (wrong format or bad passphrase)!".to_owned();
    let key = fields.iter().find(|(name, _)| *name == "key").map(|(_, key)| key.clone());
    let key = String::from_utf8_lossy(&key.unwrap_or_default()).into_owned();
    let mut words = key.split_whitespace();
    let (kind, blob, owner) = (words.next(), words.next(), words.next().unwrap_or(""));
    let kind = match kind {
        Some("ssh-rsa") => "rsa",
        Some("ssh-ed25519") if dialect.is_v7() => "ed25519",
        _ => return Err(refused),
    };
    if blob.is_none() || russh::keys::PublicKey::from_openssh(&key).is_err() {
        return Err(refused);
    }
    fields.push(("key-type", kind.as_bytes().to_vec()));
    fields.push(("key-owner", owner.as_bytes().to_vec()));
    Ok(())
}
