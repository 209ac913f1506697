//! Where connections arrive: open, shut, and open again on the same port.

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::crypto::{self, HostKey};
use super::session::Session;
use super::{Core, lock};
use crate::faults::{Fault, Moment};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Order {
    Open,
    Shut,
}

/// Orders to the door take effect before the call returns.
#[derive(Debug)]
pub(crate) struct Door(UnboundedSender<(Order, mpsc::Sender<()>)>);

impl Door {
    /// Starts to accept in the background; must be called inside a tokio runtime.
    pub(crate) fn start(listener: TcpListener, address: SocketAddr, core: Arc<Core>) -> Self {
        let (sender, orders) = unbounded_channel();
        let guard = Guard { address, core, next: 0, silent: Vec::new() };
        tokio::spawn(guard.run(Some(listener), orders));
        Self(sender)
    }

    pub(crate) fn order(&self, order: Order) {
        let (done, wait) = mpsc::channel();
        let is_running = self.0.send((order, done)).is_ok();
        assert!(is_running && wait.recv().is_ok(), "the router's port could not be had again");
    }
}

struct Guard {
    address: SocketAddr,
    core: Arc<Core>,
    next: usize,
    /// Accepted, never answered, and never let go.
    silent: Vec<TcpStream>,
}

impl Guard {
    async fn run(
        mut self,
        mut listener: Option<TcpListener>,
        mut orders: UnboundedReceiver<(Order, mpsc::Sender<()>)>,
    ) {
        loop {
            tokio::select! {
                order = orders.recv() => {
                    let Some((order, done)) = order else { return };
                    match order {
                        Order::Shut => listener = None,
                        Order::Open if listener.is_none() => {
                            let Ok(again) = TcpListener::bind(self.address).await else { return };
                            listener = Some(again);
                        }
                        Order::Open => {}
                    }
                    // Who gave the order may have stopped waiting.
                    done.send(()).ok();
                }
                accepted = accept(listener.as_ref()) => match accepted {
                    Ok((stream, peer)) => self.admit(stream, peer),
                    Err(error) => log::warn!("a connection was lost before it began: {error}"),
                },
            }
        }
    }

    fn admit(&mut self, stream: TcpStream, peer: SocketAddr) {
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

async fn accept(listener: Option<&TcpListener>) -> std::io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

async fn serve(core: Arc<Core>, stream: TcpStream, peer: SocketAddr, connection: usize) {
    let config = {
        let world = lock(&core.world);
        crypto::config(&world, HostKey(world.host_key_generation))
    };
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
