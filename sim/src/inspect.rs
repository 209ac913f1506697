//! What a router holds, for tests to look at; and rows put there without its console.

use std::time::Duration;

use crate::ros::world::{Row, World};
use crate::router::Router;
use crate::ssh::lock;

/// One row of `/ip hotspot user`. The password is in the clear: nothing here is a real secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HotspotUser {
    pub id: String,
    pub name: String,
    pub password: String,
    pub server: String,
    pub profile: String,
    pub comment: String,
    pub mac_address: Option<String>,
    /// `None` without a limit; 0 is none either.
    pub limit_uptime: Option<Duration>,
    pub limit_bytes_total: Option<u64>,
    pub uptime: Duration,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub is_disabled: bool,
}

/// One row of `/ip hotspot user profile`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserProfile {
    pub id: String,
    pub name: String,
    pub rate_limit: String,
    pub shared_users: String,
    pub session_timeout: Option<Duration>,
    pub has_mac_cookie: bool,
}

/// One row of `/ip hotspot active`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveSession {
    pub id: String,
    pub user: String,
    pub server: String,
    pub address: String,
    pub mac_address: String,
    pub login_by: String,
    pub uptime: Duration,
    pub time_left: Option<Duration>,
    pub bytes_in: u64,
    pub bytes_out: u64,
}

/// One row of `/ip hotspot cookie`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    pub user: String,
    pub mac_address: String,
    pub expires_in: Duration,
    /// Known by its address, rather than by what its browser keeps.
    pub is_mac_cookie: bool,
}

fn duration(row: &Row, name: &str) -> Option<Duration> {
    row.time(name).and_then(|nanos| u64::try_from(nanos).ok()).map(Duration::from_nanos)
}

fn limit(row: &Row, name: &str) -> Option<Duration> {
    duration(row, name).filter(|limit| !limit.is_zero())
}

fn set_text(row: &Row, name: &str) -> Option<String> {
    Some(row.text(name)).filter(|text| !text.is_empty())
}

fn id(row: &Row) -> String {
    format!("*{:X}", row.id)
}

impl HotspotUser {
    fn of(row: &Row) -> Self {
        Self {
            id: id(row),
            name: row.text("name"),
            password: row.text("password"),
            server: row.text("server"),
            profile: row.text("profile"),
            comment: row.text("comment"),
            mac_address: set_text(row, "mac-address"),
            limit_uptime: limit(row, "limit-uptime"),
            limit_bytes_total: row.number("limit-bytes-total").filter(|bytes| *bytes > 0),
            uptime: duration(row, "uptime").unwrap_or_default(),
            bytes_in: row.number("bytes-in").unwrap_or(0),
            bytes_out: row.number("bytes-out").unwrap_or(0),
            is_disabled: row.is("disabled"),
        }
    }
}

impl UserProfile {
    fn of(row: &Row) -> Self {
        Self {
            id: id(row),
            name: row.text("name"),
            rate_limit: row.text("rate-limit"),
            shared_users: row.text("shared-users"),
            session_timeout: limit(row, "session-timeout"),
            has_mac_cookie: row.is("add-mac-cookie"),
        }
    }
}

impl ActiveSession {
    fn of(row: &Row) -> Self {
        Self {
            id: id(row),
            user: row.text("user"),
            server: row.text("server"),
            address: row.text("address"),
            mac_address: row.text("mac-address"),
            login_by: row.text("login-by"),
            uptime: duration(row, "uptime").unwrap_or_default(),
            time_left: duration(row, "session-time-left"),
            bytes_in: row.number("bytes-in").unwrap_or(0),
            bytes_out: row.number("bytes-out").unwrap_or(0),
        }
    }
}

impl Cookie {
    fn of(row: &Row) -> Self {
        Self {
            user: row.text("user"),
            mac_address: row.text("mac-address"),
            expires_in: duration(row, "expires-in").unwrap_or_default(),
            is_mac_cookie: row.is("mac-cookie"),
        }
    }
}

/// A customer's row as a test wants it; the rest is as `add` would make it.
#[derive(Clone, Debug, Default)]
pub struct SeedUser {
    pub name: String,
    pub password: String,
    pub profile: Option<String>,
    pub comment: Option<String>,
    pub limit_uptime: Option<Duration>,
    pub limit_bytes_total: Option<u64>,
}

impl Router {
    fn all<T>(&self, path: &str, of: fn(&Row) -> T) -> Vec<T> {
        lock(&self.core.world).rows(path).iter().map(of).collect()
    }

    /// Without `default-trial`, which every router has.
    pub fn users(&self) -> Vec<HotspotUser> {
        let mut users = self.all("ip hotspot user", HotspotUser::of);
        users.retain(|user| user.name != "default-trial");
        users
    }

    pub fn user(&self, name: &str) -> Option<HotspotUser> {
        self.users().into_iter().find(|user| user.name == name)
    }

    pub fn profiles(&self) -> Vec<UserProfile> {
        self.all("ip hotspot user profile", UserProfile::of)
    }

    pub fn active(&self) -> Vec<ActiveSession> {
        self.all("ip hotspot active", ActiveSession::of)
    }

    pub fn cookies(&self) -> Vec<Cookie> {
        self.all("ip hotspot cookie", Cookie::of)
    }

    /// Any property of any row, as `get` would show it: `field("radius", 0, "address")`.
    pub fn field(&self, path: &str, position: usize, name: &str) -> Option<String> {
        let world = lock(&self.core.world);
        let row = world.rows(path).get(position)?;
        row.fields.contains_key(name).then(|| row.text(name))
    }

    /// The texts of the log, oldest first.
    pub fn log(&self) -> Vec<String> {
        self.all("log", |row| row.text("message"))
    }

    /// Puts a customer on the router without a command; gives the row's id.
    pub fn seed_user(&self, seed: &SeedUser) -> String {
        let mut world = lock(&self.core.world);
        let id = world.insert("ip hotspot user", &[("name", seed.name.as_bytes())]);
        if let Some(row) = world.row_mut("ip hotspot user", id) {
            fill(row, seed);
        }
        format!("*{id:X}")
    }

    pub fn seed_profile(&self, name: &str, rate_limit: &str, shared_users: u32) -> String {
        let mut world = lock(&self.core.world);
        let shared = shared_users.to_string();
        let fields = [
            ("name", name.as_bytes()),
            ("rate-limit", rate_limit.as_bytes()),
            ("shared-users", shared.as_bytes()),
        ];
        let id = world.insert("ip hotspot user profile", &fields);
        format!("*{id:X}")
    }

    /// The router loses one customer's row, as when someone deletes it by hand.
    pub fn forget_user(&self, name: &str) {
        let world: &mut World = &mut lock(&self.core.world);
        world.rows_mut("ip hotspot user").retain(|row| row.text("name") != name);
    }

    /// Whether an upstream RADIUS server says no, rather than nothing.
    pub fn set_radius_answers(&self, answers: bool) {
        lock(&self.core.world).radius_answers = answers;
    }
}

fn fill(row: &mut Row, seed: &SeedUser) {
    row.put("password", &seed.password);
    if let Some(profile) = &seed.profile {
        row.put("profile", profile);
    }
    if let Some(comment) = &seed.comment {
        row.put("comment", comment);
    }
    if let Some(limit) = seed.limit_uptime {
        row.put_time("limit-uptime", i64::try_from(limit.as_nanos()).unwrap_or(i64::MAX));
    }
    if let Some(bytes) = seed.limit_bytes_total {
        row.put("limit-bytes-total", bytes.to_string());
    }
}
