//! What strangers meet first. The guard owns the TCP side of both listeners: it reads one whole
//! request within limits, writes it anew, and passes it to the handlers' threads over a Unix
//! socket. A slow, broken or hostile peer costs a task and a few hundred bytes here, and never a
//! thread. Here, in `engine/pool.rs`, in `engine/worker.rs` and
//! at the top in `app/serve.rs` the program waits with tokio, and nowhere else.

mod admission;
mod answer;
mod connection;
mod head;
mod limits;
mod own;
mod stream;
mod upstream;

pub use limits::Limits;

use super::health::Health;
use super::server::Server;
use crate::domain::address::AddressList;
use admission::Admission;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use stream::Streams;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use upstream::Upstream;

/// A listener to be, and the handlers behind it.
pub struct DoorSettings<'a> {
    pub listen: SocketAddr,
    pub server: &'a Server,
    pub limits: Limits,
    /// Whom the door is for, such as the forwarder: a share of all is kept for these addresses.
    pub expected: AddressList,
}

/// Bound listeners, not served before [`Guard::run`].
pub struct Guard {
    doors: Vec<(std::net::TcpListener, Arc<Door>)>,
}

struct Door {
    limits: Limits,
    admission: Arc<Admission>,
    upstream: Upstream,
    health: Arc<Health>,
    streams: Streams,
}

impl Guard {
    /// Binds all doors. Raises the limit on open files if it is low; where it cannot be raised,
    /// the doors take fewer connections. Streams go on whenever there is `news`.
    pub fn bind(
        doors: Vec<DoorSettings<'_>>,
        health: &Arc<Health>,
        news: &watch::Receiver<()>,
    ) -> io::Result<Guard> {
        limits::raise_descriptors();
        let threads = doors.iter().map(|it| it.server.threads()).sum();
        let affordable = limits::connections_affordable(threads);
        let wanted: usize = doors.iter().map(|it| it.limits.connections).sum();
        let bind = |door: DoorSettings<'_>| {
            let share = door.limits.connections.saturating_mul(affordable) / wanted.max(1);
            let limits = door.limits.within(share);
            let listener = std::net::TcpListener::bind(door.listen)
                .map_err(|error| io::Error::new(error.kind(), untaken(door.listen, &error)))?;
            listener.set_nonblocking(true)?;
            let door = Door {
                admission: Arc::new(Admission::new(limits.clone(), door.expected)),
                upstream: Upstream::new(door.server.socket(), door.server.threads()),
                limits,
                health: health.clone(),
                streams: Streams::new(news.clone()),
            };
            Ok((listener, Arc::new(door)))
        };
        Ok(Guard { doors: doors.into_iter().map(bind).collect::<io::Result<_>>()? })
    }

    /// Where the doors are, in the order they were given.
    pub fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        self.doors.iter().map(|(listener, _)| listener.local_addr()).collect()
    }

    /// Serves until `stop` says so or its sender is gone. Then nobody is let in any more, and
    /// requests that have come are answered, as far as their time allows. An error means that a
    /// door is shut for good, and that the box is better started anew.
    pub async fn run(self, mut stop: watch::Receiver<bool>) -> io::Result<()> {
        let mut accepting = JoinSet::new();
        let mut doors = Vec::new();
        for (listener, door) in self.doors {
            doors.push(door.clone());
            accepting.spawn(accept(TcpListener::from_std(listener)?, door));
        }
        tokio::select! {
            _ = stop.wait_for(|is_stopping| *is_stopping) => {}
            Some(ended) = accepting.join_next() => {
                let why = ended.err().map_or_else(String::new, |it| it.to_string());
                return Err(io::Error::other(format!("a listener has ended by itself: {why}")));
            }
        }
        accepting.shutdown().await;

        let mut draining = JoinSet::new();
        for door in doors {
            draining.spawn(async move { door.admission.drain(door.limits.drain_time).await });
        }
        draining.join_all().await;
        Ok(())
    }
}

fn untaken(listen: SocketAddr, error: &io::Error) -> String {
    let advice = match error.kind() {
        io::ErrorKind::AddrInUse => "; stop the program that is there, or name another port",
        io::ErrorKind::AddrNotAvailable => "; name an address that this machine has",
        _ => "",
    };
    format!("{listen}: {error}{advice}")
}

async fn accept(listener: TcpListener, door: Arc<Door>) {
    const PAUSE: Duration = Duration::from_millis(50);
    let mut failures: u32 = 0;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                failures = 0;
                admit(stream, peer.ip().to_canonical(), &door);
            }
            // Out of descriptors, or the peer has gone: nothing that ends a listener.
            Err(error) => {
                failures = failures.saturating_add(1);
                if failures.is_power_of_two() {
                    log::warn!("a connection could not be accepted: {error} failures={failures}");
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

fn admit(stream: TcpStream, peer: IpAddr, door: &Arc<Door>) {
    let Some(place) = door.admission.admit(peer) else {
        let _ = stream.try_write(&head::UNAVAILABLE.bytes()); // a courtesy, if it costs no wait
        return;
    };
    let (id, served) = (place.id(), door.clone());
    let task = tokio::spawn(async move { connection::serve(stream, peer, &served, &place).await });
    door.admission.held_by(id, task.abort_handle());
}
