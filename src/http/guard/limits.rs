//! How much strangers may ask for, and for how long.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::time::Duration;

/// A request head, first line and empty line included.
pub(super) const HEAD_BYTES: usize = 8 << 10;
pub(super) const HEADERS: usize = 48;
/// A reply, as a check on ourselves.
pub(super) const REPLY_BYTES: usize = 4 << 20;
/// Bodies and replies shorter than this are not counted against [`Limits::memory_bytes`].
pub(super) const SMALL_BYTES: usize = 4 << 10;

/// What one listener grants.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at once. A quarter is kept for the addresses the door is for; the rest is
    /// for everyone else.
    pub connections: usize,
    /// Connections at once from one address that the door is not for. Customers behind one
    /// router share it.
    pub connections_per_address: usize,
    /// Long bodies and replies held at once; half of it for whom the door is for.
    pub memory_bytes: usize,
    pub body_bytes: usize,
    /// From the first byte to the end of the head; also the wait for the first byte of all.
    pub head_time: Duration,
    pub body_time: Duration,
    /// Between two requests of a connection.
    pub idle_time: Duration,
    /// In line for a handler's thread.
    pub line_time: Duration,
    pub handler_time: Duration,
    /// For each 16 KiB of a reply.
    pub write_time: Duration,
    /// For reading on after a refusal, so that it is not lost in a reset.
    pub linger_time: Duration,
    /// For what is in flight when the guard is told to stop.
    pub drain_time: Duration,
}

pub(super) const WRITE_STEP_BYTES: usize = 16 << 10;

impl Limits {
    /// For strangers: forwarder, customers and whoever else is on the network.
    pub fn for_strangers(body_bytes: usize) -> Limits {
        Limits {
            connections: 1024,
            connections_per_address: 256,
            memory_bytes: 8 << 20,
            body_bytes,
            head_time: Duration::from_secs(5),
            body_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(20),
            line_time: Duration::from_secs(5),
            handler_time: Duration::from_secs(60),
            write_time: Duration::from_secs(10),
            linger_time: Duration::from_secs(2),
            drain_time: Duration::from_secs(10),
        }
    }

    /// For the operator: a few browsers and scripts.
    pub fn for_operator(body_bytes: usize) -> Limits {
        let limits = Limits::for_strangers(body_bytes);
        Limits { connections: 128, connections_per_address: 64, ..limits }
    }

    /// Fewer connections where descriptors are few.
    pub(super) fn within(mut self, connections: usize) -> Limits {
        self.connections = self.connections.min(connections.max(16));
        self.connections_per_address =
            self.connections_per_address.min((self.connections / 4).max(4));
        self
    }
}

/// Files, routers, gateways and the sockets behind the guard.
const DESCRIPTORS_FOR_THE_REST: usize = 128;
/// More is of no use to this box, and some programs walk through all they may have.
const DESCRIPTORS_WANTED: u64 = 4096;

/// Raises the soft limit on open files towards the hard one, if it is low.
pub(super) fn raise_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = DESCRIPTORS_WANTED.min(limit.maximum.unwrap_or(DESCRIPTORS_WANTED));
    if limit.current.is_none_or(|it| wanted <= it) {
        return; // not asked for needlessly: a sandbox may forbid it
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit }) {
        log::warn!("the limit on open files stays at {:?}: {error}", limit.current);
    }
}

/// How many connections from outside this process can hold, when it has `upstream` more.
pub(super) fn connections_affordable(upstream: usize) -> usize {
    let limit = getrlimit(Resource::Nofile).current.and_then(|it| usize::try_from(it).ok());
    // A connection to a handler's thread has one descriptor here and two there.
    limit.unwrap_or(usize::MAX).saturating_sub(DESCRIPTORS_FOR_THE_REST + 3 * upstream)
}
