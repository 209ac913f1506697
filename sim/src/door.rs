//! Where connections arrive: open, shut, and open again on the same port.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Far longer than a runtime that runs takes to see an order.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    Open,
    Shut,
}

/// Orders to the door take effect before the call returns. Whoever has it shuts it before the
/// runtime ends.
#[derive(Debug)]
pub(crate) struct Door {
    address: SocketAddr,
    orders: UnboundedSender<(Order, mpsc::Sender<()>)>,
}

impl Door {
    /// Listens on a free port of 127.0.0.1, and hands each connection to `admit`.
    pub(crate) fn open(
        runtime: &Runtime,
        admit: impl FnMut(TcpStream, SocketAddr) + Send + 'static,
    ) -> Self {
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a test machine has a free port on loopback");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (orders, inbox) = unbounded_channel();
        runtime.spawn(run(listener, address, inbox, admit));
        Self { address, orders }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connections are refused from now on.
    pub(crate) fn shut(&self) {
        assert!(self.order(Order::Shut), "nobody is at the door any more");
    }

    pub(crate) fn reopen(&self) {
        assert!(self.order(Order::Open), "the port could not be had again");
    }

    /// Whether the order was carried out.
    fn order(&self, order: Order) -> bool {
        let (done, wait) = mpsc::channel();
        // An order given while the runtime ends may lie in the channel, unread, until we let go of
        // it: so nobody waits for ever.
        self.orders.send((order, done)).is_ok() && wait.recv_timeout(PATIENCE).is_ok()
    }
}

async fn run(
    listener: TcpListener,
    address: SocketAddr,
    mut orders: UnboundedReceiver<(Order, mpsc::Sender<()>)>,
    mut admit: impl FnMut(TcpStream, SocketAddr),
) {
    let mut listener = Some(listener);
    loop {
        tokio::select! {
            order = orders.recv() => {
                let Some((order, done)) = order else { return };
                if order == Order::Shut {
                    listener = None;
                } else if listener.is_none() {
                    let Ok(again) = TcpListener::bind(address).await else { return };
                    listener = Some(again);
                }
                // Who gave the order may have stopped waiting.
                done.send(()).ok();
            }
            accepted = accept(listener.as_ref()) => match accepted {
                Ok((stream, peer)) => admit(stream, peer),
                Err(error) => log::warn!("a connection was lost before it began: {error}"),
            },
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> std::io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

/// The few threads a simulated thing runs on.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a test machine can start two threads")
}
