//! The TCP connection to a router.

use super::RouterError;
use crate::domain::router::RouterAddress;
use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// Opens a TCP connection to the first of the router's addresses that answers.
pub(super) fn dial(address: &RouterAddress, deadline: Instant) -> Result<TcpStream, RouterError> {
    let unreachable = |error: io::Error| RouterError::Unreachable(format!("{address}: {error}"));
    let resolved = (address.host.as_str(), address.port).to_socket_addrs().map_err(unreachable)?;
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for at in resolved {
        match connect(&at, deadline) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    Err(unreachable(last))
}

fn connect(at: &SocketAddr, deadline: Instant) -> io::Result<TcpStream> {
    let left = deadline.saturating_duration_since(Instant::now()).min(CONNECT_LIMIT);
    if left.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    let socket = TcpStream::connect_timeout(at, left)?;
    socket.set_nodelay(true)?;
    Ok(socket)
}
