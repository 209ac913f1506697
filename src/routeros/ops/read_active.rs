//! Reads who is online: `/ip hotspot active`.

use crate::domain::customer::Username;
use crate::routeros::{Console, ItemId, Operation, Read, RouterError, Row, redact};
use std::fmt;
use std::time::Duration;

/// Reads the sessions of one user, or of all.
#[derive(Clone, Debug)]
pub struct ReadActive {
    pub user: Option<Username>,
}

/// One device online. `None` in a field is what the router did not tell.
#[derive(Clone, PartialEq, Eq)]
pub struct ActiveSession {
    pub id: ItemId,
    pub user: String,
    pub address: String,
    pub mac: String,
    pub server: String,
    pub uptime: Option<Duration>,
    /// Absent also when there is no limit.
    pub time_left: Option<Duration>,
    /// From the customer.
    pub bytes_in: Option<i64>,
    /// To the customer.
    pub bytes_out: Option<i64>,
    /// Whether RADIUS let them in.
    pub is_radius: Option<bool>,
}

impl Operation for ReadActive {
    type Answer = Vec<ActiveSession>;

    fn run(&self, console: &Console<'_>) -> Result<Vec<ActiveSession>, RouterError> {
        self.sessions(&console.rows(&self.read())?)
    }
}

impl ReadActive {
    pub(super) fn read(&self) -> Read {
        let menu = "/ip hotspot active";
        match &self.user {
            Some(user) => Read::matching(menu, "user", user.as_str()),
            None => Read::all(menu),
        }
    }

    pub(super) fn sessions(&self, rows: &[Row]) -> Result<Vec<ActiveSession>, RouterError> {
        let is_meant = |row: &&Row| self.user.as_ref().is_none_or(|it| row.is("user", it.as_str()));
        rows.iter().filter(is_meant).map(ActiveSession::read).collect()
    }
}

impl ActiveSession {
    pub(super) fn read(row: &Row) -> Result<ActiveSession, RouterError> {
        let text = |key| row.text(key).unwrap_or_default();
        Ok(ActiveSession {
            id: row.id()?,
            user: text("user"),
            address: text("address"),
            mac: text("mac-address"),
            server: text("server"),
            uptime: row.span("uptime"),
            time_left: row.span("session-time-left"),
            bytes_in: row.number("bytes-in"),
            bytes_out: row.number("bytes-out"),
            is_radius: row.flag("radius"),
        })
    }
}

impl fmt::Debug for ActiveSession {
    /// Names are made of phone numbers: only their end is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActiveSession")
            .field("id", &self.id)
            .field("user", &redact(&self.user))
            .field("uptime", &self.uptime)
            .field("time_left", &self.time_left)
            .field("is_radius", &self.is_radius)
            .finish_non_exhaustive()
    }
}
