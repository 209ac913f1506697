//! The MikroTiks that let customers in.

use super::events::{self, EventName};
use super::{Error, Result, Tx, sessions};
use crate::domain::ids::RouterId;
use crate::domain::queue::Queue;
use crate::domain::router::{Access, RouterAddress, RouterName, RouterState};
use crate::domain::text_enum;
use crate::domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use serde_json::json;

text_enum! {
    /// What a router's sealed login is.
    pub enum LoginKind { Password = "password", Key = "key" }
}

/// A router as it is known. Its secrets stay sealed here.
#[derive(Clone, Debug)]
pub struct Router {
    pub id: RouterId,
    pub name: RouterName,
    pub address: RouterAddress,
    pub user: String,
    pub login: LoginKind,
    pub sealed_login: Vec<u8>,
    /// `SHA256:…`; unknown until the first contact.
    pub host_key: Option<String>,
    pub access: Access,
    /// Where its RADIUS packets come from.
    pub nas_ip: Option<String>,
    pub sealed_nas_secret: Option<Vec<u8>>,
    pub state: RouterState,
    pub state_since: Timestamp,
    pub seen_at: Option<Timestamp>,
    pub error: Option<String>,
    pub version: Option<String>,
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Router> {
    Ok(Router {
        id: row.get("id")?,
        name: row.get("name")?,
        address: RouterAddress { host: row.get("host")?, port: row.get("port")? },
        user: row.get("user")?,
        login: row.get("login")?,
        sealed_login: row.get("sealed_login")?,
        host_key: row.get("host_key")?,
        access: row.get("access")?,
        nas_ip: row.get("nas_ip")?,
        sealed_nas_secret: row.get("sealed_nas_secret")?,
        state: row.get("state")?,
        state_since: row.get("state_since_ms")?,
        seen_at: row.get("seen_at_ms")?,
        error: row.get("error")?,
        version: row.get("version")?,
    })
}

/// What an operator says of a router.
#[derive(Clone, Debug)]
pub struct RouterFacts {
    pub name: RouterName,
    pub address: RouterAddress,
    pub user: String,
    pub login: LoginKind,
    pub sealed_login: Vec<u8>,
    pub host_key: Option<String>,
    pub access: Access,
    pub nas_ip: Option<String>,
    pub sealed_nas_secret: Option<Vec<u8>>,
}

/// Adds a router. `None` if one has its name.
pub fn insert(tx: &Tx<'_>, facts: &RouterFacts) -> Result<Option<RouterId>> {
    let rows = tx.execute(
        "INSERT INTO routers (name, host, port, user, login, sealed_login, host_key, access,
                              nas_ip, sealed_nas_secret, state_since_ms)
         VALUES (:name, :host, :port, :user, :login, :sealed_login, :host_key, :access,
                 :nas_ip, :nas_secret, :now)
         ON CONFLICT DO NOTHING",
        named_params! {
            ":name": facts.name, ":host": facts.address.host, ":port": facts.address.port,
            ":user": facts.user, ":login": facts.login, ":sealed_login": facts.sealed_login,
            ":host_key": facts.host_key, ":access": facts.access, ":nas_ip": facts.nas_ip,
            ":nas_secret": facts.sealed_nas_secret, ":now": tx.now.wall,
        },
    )?;
    wakes_watchers(tx);
    Ok((rows == 1).then(|| RouterId(tx.last_insert_rowid())))
}

/// Has those look after routers anew who do, in memory: there is another to look after.
pub fn wakes_watchers(tx: &Tx<'_>) {
    tx.wakes(Queue::RouterChecks);
    tx.wakes(Queue::RouterData);
}

pub fn update(tx: &Tx<'_>, id: RouterId, facts: &RouterFacts) -> Result<()> {
    tx.wakes_all(); // What waited for the router may go with the new address or password.
    tx.execute(
        "UPDATE routers SET name = :name, host = :host, port = :port, user = :user,
                login = :login, sealed_login = :sealed_login, host_key = :host_key,
                access = :access, nas_ip = :nas_ip, sealed_nas_secret = :nas_secret
         WHERE id = :id",
        named_params! {
            ":id": id, ":name": facts.name, ":host": facts.address.host,
            ":port": facts.address.port, ":user": facts.user, ":login": facts.login,
            ":sealed_login": facts.sealed_login, ":host_key": facts.host_key,
            ":access": facts.access, ":nas_ip": facts.nas_ip,
            ":nas_secret": facts.sealed_nas_secret,
        },
    )?;
    Ok(())
}

pub fn remove(tx: &Tx<'_>, id: RouterId) -> Result<()> {
    sessions::end_all_on(tx, id, "its router was removed")?;
    tx.execute("DELETE FROM routers WHERE id = ?1", [id])?;
    Ok(())
}

/// Pins the key seen at the first contact. False if another one is pinned.
pub fn pin(tx: &Tx<'_>, id: RouterId, host_key: &str) -> Result<bool> {
    let rows = tx.execute(
        "UPDATE routers SET host_key = ?2 WHERE id = ?1 AND coalesce(host_key, ?2) = ?2",
        (id, host_key),
    )?;
    Ok(rows == 1)
}

/// Notes how contact with a router stands. True if its state is another now: then it is told, too,
/// once. Nothing is written if nothing is new; `seen_at_ms` is kept for a router that is not up.
pub fn set_state(
    tx: &Tx<'_>,
    id: RouterId,
    state: RouterState,
    error: Option<&str>,
) -> Result<bool> {
    let Some(router) = find(tx, id)? else { return Ok(false) };
    let (was, is) = (router.state, state);
    if was == is && router.error.as_deref() == error {
        return Ok(false);
    }
    let seen_at = if is == RouterState::Up { Some(tx.now.wall) } else { router.seen_at };
    tx.prepare_cached(
        "UPDATE routers SET state = :state, error = :error, seen_at_ms = :seen_at,
                state_since_ms = iif(state = :state, state_since_ms, :now)
         WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": id, ":state": is, ":error": error, ":seen_at": seen_at, ":now": tx.now.wall,
    })?;
    if was != is {
        wakes_watchers(tx);
    }
    match (was.is_down(), is.is_down()) {
        (false, true) => tell(tx, EventName::RouterDown, &router, is, error)?,
        (true, false) => tell(tx, EventName::RouterUp, &router, is, error)?,
        _ => {}
    }
    Ok(was != is)
}

fn tell(
    tx: &Tx<'_>,
    name: EventName,
    router: &Router,
    state: RouterState,
    error: Option<&str>,
) -> Result<()> {
    match error.filter(|_| state.is_down()) {
        Some(error) => log::warn!("router {} is {state}: {error}", router.name),
        None => log::info!("router {} is {state}", router.name),
    }
    let body = json!({
        "type": name.as_str().replace('.', "_"),
        "router": {
            "id": router.id, "name": router.name, "ip_address": router.address.to_string(),
        },
        "state": state,
        "error": error,
        "timestamp": tx.now.wall,
    });
    events::insert(tx, name, &body)
}

/// Notes when a router that is not up any more last answered.
pub fn set_seen(tx: &Tx<'_>, id: RouterId, at: Timestamp) -> Result<()> {
    tx.prepare_cached("UPDATE routers SET seen_at_ms = ?2 WHERE id = ?1")?.execute((id, at))?;
    Ok(())
}

pub fn set_version(tx: &Tx<'_>, id: RouterId, version: &str) -> Result<()> {
    tx.prepare_cached("UPDATE routers SET version = ?2 WHERE id = ?1")?.execute((id, version))?;
    Ok(())
}

pub fn ids(conn: &Connection) -> Result<Vec<RouterId>> {
    let mut statement = conn.prepare_cached("SELECT id FROM routers ORDER BY id")?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub fn get(conn: &Connection, id: RouterId) -> Result<Router> {
    find(conn, id)?.ok_or_else(|| Error::Inconsistent(format!("there is no router {id}")))
}

pub fn find(conn: &Connection, id: RouterId) -> Result<Option<Router>> {
    let router = conn
        .prepare_cached("SELECT * FROM routers WHERE id = ?1")?
        .query_row([id], from_row)
        .optional()?;
    Ok(router)
}

/// The router of this name, in any case.
pub fn by_name(conn: &Connection, name: &str) -> Result<Option<Router>> {
    let router = conn
        .prepare_cached("SELECT * FROM routers WHERE name = ?1")?
        .query_row([name], from_row)
        .optional()?;
    Ok(router)
}

pub fn all(conn: &Connection) -> Result<Vec<Router>> {
    let mut statement = conn.prepare_cached("SELECT * FROM routers ORDER BY id")?;
    let rows = statement.query_map([], from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[test]
fn the_schema_knows_the_same_words() {
    use super::assert_schema_has;
    assert_schema_has::<RouterState>("state", RouterState::ALL.iter().map(|it| it.as_str()));
    assert_schema_has::<Access>("access", Access::ALL.iter().map(|it| it.as_str()));
    assert_schema_has::<LoginKind>("login", LoginKind::ALL.iter().map(|it| it.as_str()));
}
