//! What becomes of a connection to the router's SSH port.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;

use super::crypto::{self, HostKey};
use super::session::Session;
use super::{Core, lock};
use crate::faults::{Fault, Moment};

pub(crate) struct Guard {
    core: Arc<Core>,
    next: usize,
    /// Accepted, never answered, and never let go.
    silent: Vec<TcpStream>,
}

impl Guard {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, next: 0, silent: Vec::new() }
    }

    pub(crate) fn admit(&mut self, stream: TcpStream, peer: SocketAddr) {
        lock(&self.core.journal).connections += 1;
        let fault = lock(&self.core.faults).take(Moment::Accept);
        match fault {
            Some(Fault::SilentAccept) => return self.silent.push(stream),
            Some(_) => return,
            None if self.is_full() => return,
            None => {}
        }
        self.next += 1;
        let connection = self.next;
        let Ok(stream) = stream.into_std() else { return };
        let (Ok(second), Ok(stream)) = (stream.try_clone(), TcpStream::from_std(stream)) else {
            return;
        };
        lock(&self.core.sockets).insert(connection, second);
        let core = Arc::clone(&self.core);
        tokio::spawn(serve(core, stream, peer, connection));
    }

    /// `/ip service` allows so many sessions of SSH at once.
    fn is_full(&self) -> bool {
        let world = lock(&self.core.world);
        let ssh = world.row_named("ip service", b"ssh");
        let most = ssh
            .and_then(|id| world.row("ip service", id))
            .and_then(|row| row.number("max-sessions"))
            .and_then(|most| usize::try_from(most).ok());
        most.is_some_and(|most| lock(&self.core.sockets).len() >= most)
    }
}

async fn serve(core: Arc<Core>, stream: TcpStream, peer: SocketAddr, connection: usize) {
    let config = {
        let world = lock(&core.world);
        crypto::config(&world, HostKey(world.host_key_generation))
    };
    stream.set_nodelay(true).ok();
    let session = Session::new(Arc::clone(&core), peer, connection);
    let ended = match russh::server::run_stream(config, stream, session).await {
        Ok(running) => running.await,
        Err(error) => Err(error),
    };
    if let Err(error) = ended {
        log::debug!("a connection to a router ended: {error}");
    }
    core.cut(connection);
}
