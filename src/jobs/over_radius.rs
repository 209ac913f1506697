//! What is said to routers about sessions that RADIUS let in: that one is to end, or has other
//! limits now. What a router does not take is for SSH.

use crate::domain::ids::AccountId;
use crate::domain::router::RouterName;
use crate::domain::secret::Secret;
use crate::job::{Cx, World};
use crate::radius::RadiusError;
use crate::radius::coa::{self, Ended, Limits, Session};
use crate::store::accounting::Account;
use crate::store::routers::Router;
use crate::store::{self, Tx, accounting, routers};
use crate::vault::purpose;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// Long enough for an order to be sent four times.
const PATIENCE: Duration = Duration::from_secs(3);
/// So many sessions of one customer are looked through: more are not online at once.
const LOOKED_BACK: u32 = 50;

/// What a router made of an order to end a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It will report the end, with what was used.
    Ended,
    /// It knew of none: its report of the end was lost.
    Unknown,
    /// It refused, or did not answer: SSH must do it.
    Nothing,
}

/// A session that a router was told to end.
#[derive(Clone, Debug)]
pub struct Told {
    pub account_id: AccountId,
    pub answer: Answer,
}

/// Tells `router` to end every session of `username` that it reported to FreeRADIUS. The rows that
/// let the customer in must be gone before, or the device is back at once.
pub fn end_sessions(cx: &Cx, router: &Router, username: &str) -> store::Result<Vec<Told>> {
    let sessions = cx.read(|conn| {
        let mut sessions = accounting::open_under(conn, username)?;
        let mut known = Vec::new();
        for session in sessions.drain(..) {
            if accounting::router_of(conn, &session)? == Some(router.id) {
                known.push(session);
            }
        }
        Ok(known)
    })?;
    Ok(sessions.iter().map(|it| end_session(cx, router, it)).collect())
}

/// Tells `router` to end one session.
pub fn end_session(cx: &Cx, router: &Router, account: &Account) -> Told {
    let ended = order(cx, router, account, |nas, session, deadline| {
        coa::disconnect(&*cx.world.radius, nas.address, &nas.secret, session, deadline)
    });
    let answer = match ended {
        Some(Ok(Ended::Now)) => Answer::Ended,
        Some(Ok(Ended::Before)) => Answer::Unknown,
        Some(Err(_)) | None => Answer::Nothing,
    };
    Told { account_id: account.id, answer }
}

/// Gives a session other limits. False if the router did not take them: they hold from the next
/// login on.
pub(super) fn change_limits(cx: &Cx, router: &Router, account: &Account, limits: &Limits) -> bool {
    let changed = order(cx, router, account, |nas, session, deadline| {
        coa::change(&*cx.world.radius, nas.address, &nas.secret, session, limits, deadline)
    });
    matches!(changed, Some(Ok(true)))
}

/// Whether there were sessions of `username` on `router`, and all of them are over: by what it
/// reported, be it after an earlier order, or because it knew of none.
pub(super) fn are_over(
    cx: &Cx,
    router: &Router,
    username: &str,
    told: &[Told],
) -> store::Result<bool> {
    cx.read(|conn| {
        let mut was_there = false;
        for account in accounting::latest_under(conn, username, LOOKED_BACK)? {
            if accounting::router_of(conn, &account)? != Some(router.id) {
                continue;
            }
            was_there = true;
            let is_it = |it: &&Told| it.account_id == account.id && it.answer == Answer::Unknown;
            if account.stopped.is_none() && told.iter().find(is_it).is_none() {
                return Ok(false);
            }
        }
        Ok(was_there)
    })
}

/// Closes the accounts of sessions that are gone for sure and whose end nobody reported: the
/// router said so, or `is_gone` does, which is what it shows by SSH.
pub fn note(tx: &Tx<'_>, told: &[Told], is_gone: bool) -> store::Result<()> {
    for it in told.iter().filter(|it| is_gone || it.answer == Answer::Unknown) {
        accounting::close(tx, it.account_id, "Admin-Reset")?;
    }
    Ok(())
}

/// Where a router takes orders.
struct Nas {
    address: SocketAddr,
    secret: Secret,
}

fn order<T>(
    cx: &Cx,
    router: &Router,
    account: &Account,
    send: impl FnOnce(&Nas, &Session<'_>, Instant) -> Result<T, RadiusError>,
) -> Option<Result<T, RadiusError>> {
    let nas = nas(&cx.world, router)?;
    let session = Session {
        username: &account.username,
        session_id: &account.session_id,
        address: account.address,
        device: &account.device,
        nas_address: account.nas,
    };
    let deadline = cx.deadline.min(Instant::now() + PATIENCE);
    let answer = send(&nas, &session, deadline);
    if let Err(error) = &answer {
        log::info!("router {} took no order over RADIUS: {error}", router.name);
    }
    Some(answer)
}

/// `None` if the router has no part in RADIUS, or its secret cannot be read.
fn nas(world: &World, router: &Router) -> Option<Nas> {
    let address: IpAddr = router.nas_ip.as_ref()?.parse().ok()?;
    let sealed = router.sealed_nas_secret.as_ref()?;
    match world.vault.open(purpose::NAS_SECRET, sealed) {
        Ok(secret) => {
            Some(Nas { address: SocketAddr::new(address, world.config.radius.coa_port), secret })
        }
        Err(error) => {
            log_unreadable(&router.name, &error);
            None
        }
    }
}

fn log_unreadable(router: &RouterName, error: &crate::vault::VaultError) {
    log::error!("the RADIUS secret of router {router} cannot be read: {error}");
}

/// The router of an account, if it is one of ours.
pub(super) fn router_of(cx: &Cx, account: &Account) -> store::Result<Option<Router>> {
    cx.read(|conn| match accounting::router_of(conn, account)? {
        Some(id) => routers::find(conn, id),
        None => Ok(None),
    })
}
