//! Ends sessions over RADIUS (RFC 5176). RouterOS takes such orders where `/radius incoming` is on.

use super::client::{RadiusError, RadiusLink, nonce};
use super::packet::{Reply, Request};
use super::words::{
    ACCT_SESSION_ID, CALLING_STATION_ID, Code, ERROR_CAUSE, FRAMED_IP_ADDRESS, MIKROTIK_RATE_LIMIT,
    NAS_IP_ADDRESS, PORT_LIMIT, SESSION_TIMEOUT, USER_NAME,
};
use crate::domain::package::Rate;
use crate::domain::secret::Secret;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

/// RFC 5176, section 3.5.
const SESSION_NOT_FOUND: u32 = 503;

/// A session in the words in which its router reported it: RouterOS compares them all.
#[derive(Clone, Copy, Debug)]
pub struct Session<'a> {
    pub username: &'a str,
    pub session_id: &'a str,
    pub address: Option<Ipv4Addr>,
    pub device: &'a str,
    pub nas_address: Option<Ipv4Addr>,
}

/// How a session came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Now,
    /// The router knew nothing of it.
    Before,
}

/// Tells a router to end `session`.
pub fn disconnect(
    link: &dyn RadiusLink,
    router: SocketAddr,
    secret: &Secret,
    session: &Session<'_>,
    deadline: Instant,
) -> Result<Ended, RadiusError> {
    let order = Request::new(Code::DisconnectRequest, nonce(), secret.clone());
    let reply = link.exchange(router, &naming(order, session), deadline)?;
    let is_done = was_done(&reply, Code::DisconnectAck)?;
    Ok(if is_done { Ended::Now } else { Ended::Before })
}

/// What a running session may have from now on. RouterOS takes these, and no new volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Counted from the beginning of the session (RFC 2865, section 5.27).
    pub session_seconds: u32,
    pub devices: u32,
    pub rate: Option<Rate>,
}

/// Gives `session` other limits. False if the router knows nothing of it.
pub fn change(
    link: &dyn RadiusLink,
    router: SocketAddr,
    secret: &Secret,
    session: &Session<'_>,
    limits: &Limits,
    deadline: Instant,
) -> Result<bool, RadiusError> {
    let order = Request::new(Code::CoaRequest, nonce(), secret.clone());
    let mut order = naming(order, session)
        .with(SESSION_TIMEOUT, &limits.session_seconds.to_be_bytes())
        .with(PORT_LIMIT, &limits.devices.to_be_bytes());
    if let Some(rate) = limits.rate {
        order = order.with(MIKROTIK_RATE_LIMIT, rate.to_string().as_bytes());
    }
    was_done(&link.exchange(router, &order, deadline)?, Code::CoaAck)
}

/// False if there is no such session any more.
fn was_done(reply: &Reply, ack: Code) -> Result<bool, RadiusError> {
    match (reply.code, reply.number(ERROR_CAUSE)) {
        (code, _) if code == ack => Ok(true),
        (_, Some(SESSION_NOT_FOUND)) => Ok(false),
        (_, cause) => Err(RadiusError::Rejected(cause.map(|it| format!("error cause {it}")))),
    }
}

/// Adds what names a session to an order, of either kind.
fn naming(mut order: Request, session: &Session<'_>) -> Request {
    let texts = [
        (USER_NAME, session.username),
        (ACCT_SESSION_ID, session.session_id),
        (CALLING_STATION_ID, session.device),
    ];
    for (kind, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        order = order.with(kind, text.as_bytes());
    }
    let addresses = [(FRAMED_IP_ADDRESS, session.address), (NAS_IP_ADDRESS, session.nas_address)];
    for (kind, address) in addresses {
        if let Some(address) = address {
            order = order.with(kind, &address.octets());
        }
    }
    order
}
