//! Ends sessions over RADIUS (RFC 5176). RouterOS takes such orders where `/radius incoming` is on.

use super::client::{RadiusError, RadiusLink, nonce};
use super::packet::Request;
use super::words::{
    ACCT_SESSION_ID, CALLING_STATION_ID, Code, ERROR_CAUSE, FRAMED_IP_ADDRESS, NAS_IP_ADDRESS,
    USER_NAME,
};
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
    match (reply.code, reply.number(ERROR_CAUSE)) {
        (Code::DisconnectAck, _) => Ok(Ended::Now),
        (_, Some(SESSION_NOT_FOUND)) => Ok(Ended::Before),
        (_, cause) => Err(RadiusError::Rejected(cause.map(|it| format!("error cause {it}")))),
    }
}

/// Adds what names a session to an order, of either kind.
pub fn naming(mut order: Request, session: &Session<'_>) -> Request {
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
