//! Talks to a RADIUS server, or to a router that takes orders, as a client.

use super::packet::{MAX_PACKET, Nonce, Reply, Request};
use super::words::{CALLING_STATION_ID, Code, NAS_IDENTIFIER, REPLY_MESSAGE, USER_NAME};
use crate::domain::secret::Secret;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// How long to wait before a packet is sent again; each wait is twice the one before.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// Why an exchange did not end as it should.
#[derive(Debug, thiserror::Error)]
pub enum RadiusError {
    /// It is down, it does not know us, its database is in trouble, or it has another secret: all
    /// look alike from here.
    #[error("no answer from {0}")]
    NoAnswer(SocketAddr),
    #[error("nothing listens at {0}")]
    NotListening(SocketAddr),
    /// An answer that whoever knows the secret would not give.
    #[error("{0} answers, but not with our secret, or without a signature")]
    BadReply(SocketAddr),
    /// It says no, and perhaps why.
    #[error("refused: {}", .0.as_deref().unwrap_or("no reason was given"))]
    Rejected(Option<String>),
    #[error("{0} cannot be reached")]
    Unreachable(SocketAddr, #[source] io::Error),
}

/// The wire: whatever carries a RADIUS packet there and its answer back.
pub trait RadiusLink: Send + Sync {
    /// Sends `request`, again if need be, until its answer is here or `deadline` has passed.
    fn exchange(
        &self,
        to: SocketAddr,
        request: &Request,
        deadline: Instant,
    ) -> Result<Reply, RadiusError>;
}

/// The network.
#[derive(Clone, Copy, Debug)]
pub struct UdpLink;

impl RadiusLink for UdpLink {
    fn exchange(
        &self,
        to: SocketAddr,
        request: &Request,
        deadline: Instant,
    ) -> Result<Reply, RadiusError> {
        let socket = connect(to).map_err(|error| RadiusError::Unreachable(to, error))?;
        let packet = request.to_bytes();
        let mut failure = RadiusError::NoAnswer(to);
        let mut wait = FIRST_WAIT;
        while Instant::now() < deadline {
            match socket.send(&packet) {
                Ok(_) => {}
                // What an earlier packet met; this one may do better.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(RadiusError::Unreachable(to, error)),
            }
            match listen(&socket, request, deadline.min(Instant::now() + wait)) {
                Heard::Reply(reply) => return Ok(reply),
                Heard::Nothing => {}
                Heard::Nonsense => failure = RadiusError::BadReply(to),
                Heard::Refusal => failure = RadiusError::NotListening(to),
            }
            wait *= 2;
        }
        Err(failure)
    }
}

/// What came before it was time to send again.
enum Heard {
    Reply(Reply),
    Nothing,
    Nonsense,
    /// The other machine says that nobody is there (ICMP).
    Refusal,
}

fn connect(to: SocketAddr) -> io::Result<UdpSocket> {
    let from: SocketAddr = match to {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(from)?;
    socket.connect(to)?; // Only `to` is heard now.
    Ok(socket)
}

/// Waits until `until`; what is not the answer is passed over, as anybody can send it.
fn listen(socket: &UdpSocket, request: &Request, until: Instant) -> Heard {
    let mut heard = Heard::Nothing;
    let mut buffer = [0; MAX_PACKET];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || socket.set_read_timeout(Some(left)).is_err() {
            return heard;
        }
        match socket.recv(&mut buffer) {
            Ok(length) => match request.read_reply(&buffer[..length]) {
                Some(reply) => return Heard::Reply(reply),
                None => heard = Heard::Nonsense,
            },
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                heard = Heard::Refusal;
            }
            Err(_) => {} // The time is up, or a signal came.
        }
    }
}

/// How a hotspot passes the password on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Pap,
    Chap,
}

/// A customer at a hotspot's login page.
#[derive(Clone, Debug)]
pub struct Login<'a> {
    pub username: &'a str,
    pub password: &'a Secret,
    pub method: Method,
    /// The device's MAC address; empty if there is none.
    pub device: &'a str,
}

/// Logs in as a router would, and gives back what the router is told to allow.
pub fn log_in(
    link: &dyn RadiusLink,
    server: SocketAddr,
    secret: &Secret,
    login: &Login<'_>,
    deadline: Instant,
) -> Result<Reply, RadiusError> {
    let mut request = Request::new(Code::AccessRequest, nonce(), secret.clone())
        .with(USER_NAME, login.username.as_bytes())
        .with(NAS_IDENTIFIER, b"mlango");
    if !login.device.is_empty() {
        request = request.with(CALLING_STATION_ID, login.device.as_bytes());
    }
    let request = match login.method {
        Method::Pap => request.with_pap(login.password),
        Method::Chap => request.with_chap(login.password),
    };
    let reply = link.exchange(server, &request, deadline)?;
    match reply.code {
        Code::AccessAccept => Ok(reply),
        _ => Err(RadiusError::Rejected(reply.text(REPLY_MESSAGE))),
    }
}

/// Asks a server whether it is there (RFC 5997); no customer is needed for that.
pub fn ping(
    link: &dyn RadiusLink,
    server: SocketAddr,
    secret: &Secret,
    deadline: Instant,
) -> Result<(), RadiusError> {
    let request = Request::new(Code::StatusServer, nonce(), secret.clone());
    link.exchange(server, &request, deadline).map(|_| ())
}

/// A fresh id and authenticator.
pub fn nonce() -> Nonce {
    let mut random = [0; 17];
    getrandom::fill(&mut random).expect("the system has random numbers");
    let (id, authenticator) = (random[16], std::array::from_fn(|at| random[at]));
    Nonce { id, authenticator }
}
