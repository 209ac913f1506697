//! A first word with a router that was added or changed.

use super::Shown;
use crate::cli::{Desk, Shape};
use crate::domain::ids::RouterId;
use crate::domain::router::RouterState;
use crate::routeros::ops::ReadIdentity;
use crate::routeros::{self, RouterError};
use crate::store::routers;
use std::time::{Duration, Instant};

/// An operator waits no longer for a router that may be away.
const PATIENCE: Duration = Duration::from_secs(5);

/// Tries the router, and tells what was saved and how that went. A router that is away is no
/// error: what it is owed waits.
pub(super) fn greet(desk: &mut Desk<'_>, id: RouterId, saved: &str) -> anyhow::Result<()> {
    let before = desk.store.read(|conn| routers::get(conn, id))?;
    let answer = routeros::perform(desk.routers, id, &ReadIdentity, Instant::now() + PATIENCE);
    let (state, error) = match &answer {
        Ok(_) => (RouterState::Up, None),
        Err(error) => (error.state(), Some(error.to_string())),
    };
    desk.store.write(|tx| routers::set_state(tx, id, state, error.as_deref()))?;
    let router = desk.store.read(|conn| routers::get(conn, id))?;
    if desk.shape == Shape::Json {
        return desk.json(&Shown::from(router));
    }
    writeln!(desk.out, "{saved}")?;
    match answer {
        Ok(identity) => writeln!(desk.out, "it answers as {identity:?}")?,
        Err(error) => writeln!(desk.out, "{}", not_now(&error))?,
    }
    if let (None, Some(pinned)) = (&before.host_key, &router.host_key) {
        writeln!(desk.out, "its host key is {pinned}, from now on no other is believed")?;
    }
    Ok(())
}

fn not_now(error: &RouterError) -> String {
    if error.is_transient() {
        format!("it does not answer now, and will be written to when it does: {error}")
    } else {
        format!("it cannot be used before this is mended: {error}")
    }
}
