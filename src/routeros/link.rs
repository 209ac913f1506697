//! The SSH wire to all routers: one warm session a router, one operation at a time on it.
//!
//! A login costs a small board a second of its CPU and two lines of its log, and a router takes
//! few sessions at once. Nothing is tried again in here but a warm session that turns out dead
//! before anything was sent on it; the rest is the caller's to repeat.

use super::dial;
use super::ssh::{self, Connection, OpenChannel};
use super::{CommandLine, Reply, RouterError, RouterLink};
use crate::domain::ids::RouterId;
use crate::domain::router::RouterAddress;
use crate::domain::secret::Secret;
use std::collections::HashMap;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A warm session that says nothing for so long is taken for dead; a fresh one gets the rest.
const WARM_LIMIT: Duration = Duration::from_secs(5);

/// How to get into a router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouterAccess {
    pub address: RouterAddress,
    pub user: String,
    pub login: Login,
    /// `SHA256:…` as OpenSSH prints it; `None` until first contact.
    pub host_key: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    Password(Secret),
    /// A private key, PEM or OpenSSH format, not encrypted.
    Key(Secret),
}

/// Where it is kept how to get into routers.
pub trait RouterBook: Send + Sync {
    /// Asked before every operation, so that a change holds at once.
    ///
    /// # Errors
    /// `NoAccess`, with the reason: no such router, or its password cannot be decrypted.
    fn access(&self, router: RouterId) -> Result<RouterAccess, RouterError>;

    /// Keeps the host key seen at first contact, before anything secret is sent.
    fn pin(&self, router: RouterId, fingerprint: &str) -> Result<(), RouterError>;
}

pub struct SshLink {
    book: Arc<dyn RouterBook>,
    lanes: Mutex<HashMap<RouterId, Arc<Lane>>>,
}

/// The way to one router.
#[derive(Default)]
struct Lane {
    seat: Mutex<Seat>,
    freed: Condvar,
    /// The socket in use, for whoever has to cut it from outside.
    socket: Mutex<Option<TcpStream>>,
}

/// Whether an operation is under way, and the warm session if none is.
#[derive(Default)]
struct Seat {
    is_taken: bool,
    warm: Option<Warm>,
}

struct Warm {
    connection: Connection,
    /// What it was opened with, the host key always filled in.
    access: RouterAccess,
}

impl SshLink {
    pub fn new(book: Arc<dyn RouterBook>) -> SshLink {
        SshLink { book, lanes: Mutex::default() }
    }

    fn lane(&self, router: RouterId) -> Arc<Lane> {
        Arc::clone(lock(&self.lanes).entry(router).or_default())
    }

    /// A channel on the warm session, if it still is what the book says and answers.
    fn warm_channel(warm: Warm, access: &RouterAccess, deadline: Instant) -> Option<Ready> {
        let same_key = access.host_key.is_none() || access.host_key == warm.access.host_key;
        let access = RouterAccess { host_key: warm.access.host_key.clone(), ..access.clone() };
        if !same_key || access != warm.access {
            return None;
        }
        match warm.connection.open_channel(deadline.min(Instant::now() + WARM_LIMIT)) {
            Ok(channel) => Some(Ready { warm, channel }),
            Err(error) => {
                log::debug!("connection to router at {} was dead: {error}", access.address);
                warm.connection.abort();
                None
            }
        }
    }

    fn connect(
        &self,
        router: RouterId,
        lane: &Lane,
        access: RouterAccess,
        deadline: Instant,
    ) -> Result<Ready, RouterError> {
        if access.user.is_empty() || access.user.starts_with('-') {
            let text = format!("{:?} is no login name", access.user);
            return Err(RouterError::NoAccess(text));
        }
        let socket = dial::dial(&access.address, deadline)?;
        *lock(&lane.socket) = socket.try_clone().ok();
        let (greeted, seen) = ssh::greet(&socket, deadline)?;
        match &access.host_key {
            Some(pinned) if *pinned != seen => {
                return Err(RouterError::HostKeyChanged { seen, pinned: pinned.clone() });
            }
            Some(_) => {}
            None => {
                self.book.pin(router, &seen)?;
                log::info!("router {router} shows its host key {seen} for the first time");
            }
        }
        let connection = greeted.log_in(&access, deadline)?;
        let channel = connection.open_channel(deadline)?;
        let access = RouterAccess { host_key: Some(seen), ..access };
        Ok(Ready { warm: Warm { connection, access }, channel })
    }
}

/// A session with a channel on which nothing was sent yet.
struct Ready {
    warm: Warm,
    channel: OpenChannel,
}

impl RouterLink for SshLink {
    fn cut(&self, router: RouterId) {
        if let Some(socket) = &*lock(&self.lane(router).socket) {
            let _ = socket.shutdown(Shutdown::Both); // It may be gone already.
        }
    }

    fn exec(
        &self,
        router: RouterId,
        line: &CommandLine,
        deadline: Instant,
    ) -> Result<Reply, RouterError> {
        let lane = self.lane(router);
        let mut turn = lane.take(deadline)?;
        let warm = turn.warm.take();
        let access = self.book.access(router)?;
        let ready = warm.and_then(|it| SshLink::warm_channel(it, &access, deadline));
        let Ready { warm, channel } = match ready {
            Some(ready) => ready,
            None => self.connect(router, &lane, access, deadline)?,
        };
        let reply = warm.connection.exec(channel, line, deadline)?;
        turn.warm = Some(warm);
        Ok(reply)
    }
}

impl Lane {
    /// Waits for the operation before.
    fn take(&self, deadline: Instant) -> Result<Turn<'_>, RouterError> {
        let seat = lock(&self.seat);
        let left = deadline.saturating_duration_since(Instant::now());
        let waited = self.freed.wait_timeout_while(seat, left, |seat| seat.is_taken);
        let (mut seat, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if seat.is_taken {
            let text = "another operation on it of ours takes too long";
            return Err(RouterError::Busy(text.to_owned()));
        }
        seat.is_taken = true;
        Ok(Turn { lane: self, warm: seat.warm.take() })
    }
}

/// The right to use a lane; gives it back when dropped, with the session if that is still good.
struct Turn<'a> {
    lane: &'a Lane,
    warm: Option<Warm>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.warm.is_none() {
            *lock(&self.lane.socket) = None;
        }
        *lock(&self.lane.seat) = Seat { is_taken: false, warm: self.warm.take() };
        self.lane.freed.notify_one();
    }
}

/// What the locks guard is whole between any two statements, so a panic elsewhere does no harm.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
