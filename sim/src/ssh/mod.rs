//! The router's SSH server: who may come in, and what becomes of the lines they send.

mod accounts;
mod crypto;
mod exec;
mod listen;
mod session;

use std::collections::BTreeMap;
use std::net::{Shutdown, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(crate) use crypto::HostKey;
pub(crate) use listen::Guard;

use crate::faults::Faults;
use crate::ros::world::World;

/// One line that arrived on an exec channel.
#[derive(Clone, Debug)]
pub struct Command {
    pub at: Instant,
    pub account: String,
    pub line: String,
}

/// One attempt to log in to the router itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    pub account: String,
    pub method: Method,
    pub was_accepted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Password,
    PublicKey,
}

/// What happened so far.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub commands: Vec<Command>,
    pub logins: Vec<Login>,
    pub connections: usize,
}

/// What the server, its sessions and the router's handle share.
#[derive(Debug)]
pub(crate) struct Core {
    pub world: Mutex<World>,
    pub faults: Mutex<Faults>,
    pub journal: Mutex<Journal>,
    pub latency: Mutex<Duration>,
    /// Second handles on the sockets of those connected, to cut them off by.
    pub sockets: Mutex<BTreeMap<usize, TcpStream>>,
}

impl Core {
    pub(crate) fn new(world: World, latency: Duration) -> Self {
        Self {
            world: Mutex::new(world),
            faults: Mutex::default(),
            journal: Mutex::default(),
            latency: Mutex::new(latency),
            sockets: Mutex::default(),
        }
    }

    pub(crate) fn cut(&self, connection: usize) {
        if let Some(socket) = lock(&self.sockets).remove(&connection) {
            shut(&socket);
        }
    }

    pub(crate) fn cut_all(&self) {
        for socket in std::mem::take(&mut *lock(&self.sockets)).into_values() {
            shut(&socket);
        }
    }
}

fn shut(socket: &TcpStream) {
    if let Err(error) = socket.shutdown(Shutdown::Both) {
        log::debug!("the other side had closed the connection already: {error}");
    }
}

/// A panic elsewhere must not make a test fail for a second, misleading reason.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
