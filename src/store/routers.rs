//! The MikroTiks that let customers in.

use super::{Error, Result, Tx};
use crate::domain::ids::RouterId;
use crate::domain::router::{Access, RouterAddress, RouterName, RouterState};
use crate::domain::text_enum;
use crate::domain::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

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
    Ok((rows == 1).then(|| RouterId(tx.last_insert_rowid())))
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

/// Notes how the last contact went. True if that is a change.
pub fn set_state(
    tx: &Tx<'_>,
    id: RouterId,
    state: RouterState,
    error: Option<&str>,
) -> Result<bool> {
    let is_up = state == RouterState::Up;
    let changed = tx
        .prepare_cached(
            "UPDATE routers SET state = ?2, state_since_ms = ?3 WHERE id = ?1 AND state <> ?2",
        )?
        .execute((id, state, tx.now.wall))?;
    tx.prepare_cached(
        "UPDATE routers SET error = ?2, seen_at_ms = iif(?3, ?4, seen_at_ms) WHERE id = ?1",
    )?
    .execute((id, error, is_up, tx.now.wall))?;
    Ok(changed == 1)
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
