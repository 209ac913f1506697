//! The TCP connection to a router.

use super::RouterError;
use crate::domain::router::RouterAddress;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// Opens a TCP connection to the first of the router's addresses that answers.
pub(super) fn dial(address: &RouterAddress, deadline: Instant) -> Result<TcpStream, RouterError> {
    let unreachable = |error: io::Error| RouterError::Unreachable(format!("{address}: {error}"));
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for at in resolve(address, deadline).map_err(unreachable)? {
        match connect(&at, deadline) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    Err(unreachable(last))
}

/// A name server that does not answer is waited for by a thread of its own, which the system's
/// resolver lets go after half a minute or so: it takes no deadline.
fn resolve(address: &RouterAddress, deadline: Instant) -> io::Result<Vec<SocketAddr>> {
    if let Ok(ip) = address.host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, address.port)]);
    }
    let (host, port) = (address.host.clone(), address.port);
    let (tell, told) = mpsc::channel();
    std::thread::Builder::new().name("resolver".to_owned()).spawn(move || {
        let found = (host.as_str(), port).to_socket_addrs().map(Iterator::collect);
        let _ = tell.send(found); // Past the deadline nobody wants to know any more.
    })?;
    told.recv_timeout(left(deadline)).unwrap_or_else(|_| {
        Err(io::Error::new(io::ErrorKind::TimedOut, "no name server says where that is"))
    })
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()).min(CONNECT_LIMIT)
}

fn connect(at: &SocketAddr, deadline: Instant) -> io::Result<TcpStream> {
    let left = left(deadline);
    if left.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    let socket = TcpStream::connect_timeout(at, left)?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

#[test]
fn a_name_is_looked_up_within_the_deadline() {
    let address = |host: &str| RouterAddress { host: host.to_owned(), port: 22 };
    let local = resolve(&address("localhost"), Instant::now() + CONNECT_LIMIT).unwrap();
    assert!(local.iter().all(|it| it.ip().is_loopback() && it.port() == 22), "{local:?}");
    let late = resolve(&address("router.invalid"), Instant::now()).unwrap_err();
    assert_eq!(late.kind(), io::ErrorKind::TimedOut);
    let [ip] = resolve(&address("192.0.2.1"), Instant::now()).unwrap()[..] else { panic!() };
    assert_eq!(ip.to_string(), "192.0.2.1:22", "an address needs no looking up");
}
