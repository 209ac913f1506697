//! The guard and its handlers on real sockets, with limits that the test chooses.

use super::peer::{Peer, post};
use mlango::http::guard::{DoorSettings, Guard, Limits};
use mlango::http::health::{Condition, Health};
use mlango::http::server::{Server, Settings};
use mlango::http::{Listener, Reply, Request, STREAM_STATE};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::watch;

/// Longer than any test: what is waited for this long does not come.
pub(super) const FOREVER: Duration = Duration::from_secs(3600);
/// A guard against tests that hang. No outcome depends on it.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
pub(super) const FORWARDER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 1));
pub(super) const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
pub(super) const BODY_LIMIT: usize = 256 << 10;
pub(super) const THREADS: usize = 4;

/// Limits of which none ends by time.
pub(super) fn patient() -> Limits {
    Limits {
        head_time: FOREVER,
        body_time: FOREVER,
        idle_time: FOREVER,
        line_time: FOREVER,
        handler_time: FOREVER,
        write_time: FOREVER,
        ..Limits::for_strangers(BODY_LIMIT)
    }
}

/// What the handlers saw, and what holds them up.
#[derive(Default)]
pub(super) struct Counter {
    pub(super) bodies: Mutex<Vec<Vec<u8>>>,
    lines: Mutex<Vec<String>>,
    news: watch::Sender<()>,
    held: Mutex<Held>,
    changed: Condvar,
}

#[derive(Default)]
struct Held {
    waiting: usize,
    is_open: bool,
}

impl Counter {
    fn answer(&self, request: Request) -> Reply {
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", "/cb/token/stk") => {
                self.bodies.lock().unwrap().push(request.body);
                Reply::text(200, "accepted")
            }
            ("GET" | "HEAD", "/small") => Reply::text(200, "small"),
            ("GET" | "HEAD", "/large") => Reply::text(200, "x".repeat(100_000)),
            ("GET", "/huge") => Reply::text(200, "x".repeat(4_000_000)),
            ("GET", "/stream") => self.stream(&request),
            ("GET", "/panic") => panic!("as asked for by a test"),
            ("GET", "/wait") => {
                self.wait();
                Reply::text(200, "waited")
            }
            ("GET", "/peer") => Reply::text(200, request.peer.to_string()),
            ("GET", "/headers") => Reply::text(200, format!("{:?}", request.headers)),
            ("GET", "/target dir") => Reply::text(200, request.parameter("q").unwrap()),
            _ => Reply::text(404, "not found"),
        }
    }

    /// All lines after those the reader has, or after those there are.
    fn stream(&self, request: &Request) -> Reply {
        let lines = self.lines.lock().unwrap();
        let read = match request.headers.get(STREAM_STATE) {
            Some(state) => state.parse().unwrap(),
            None => lines.len(),
        };
        let next = lines.len().to_string();
        match lines.last().is_some_and(|it| it == "end") {
            true => Reply::text(401, "the login has ended"),
            false => Reply::text(200, lines[read..].concat()).with_header(STREAM_STATE, next),
        }
    }

    /// What streams write next.
    pub(super) fn publish(&self, line: &str) {
        self.lines.lock().unwrap().push(line.to_owned());
        self.news.send_replace(());
    }

    fn wait(&self) {
        let mut held = self.held.lock().unwrap();
        held.waiting += 1;
        self.changed.notify_all();
        let _open = self.changed.wait_while(held, |it| !it.is_open).unwrap();
    }

    /// Waits until so many handlers are held up.
    pub(super) fn wait_for_held(&self, count: usize) {
        let held = self.held.lock().unwrap();
        let (_held, result) =
            self.changed.wait_timeout_while(held, PATIENCE, |it| it.waiting < count).unwrap();
        assert!(!result.timed_out(), "fewer than {count} requests came to a handler");
    }

    pub(super) fn open(&self) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).is_open = true;
        self.changed.notify_all();
    }

    pub(super) fn count(&self) -> usize {
        self.bodies.lock().unwrap().len()
    }
}

/// A box with both listeners: the forwarder's address is expected at both.
pub(super) struct Site {
    pub(super) address: SocketAddr,
    pub(super) admin: SocketAddr,
    pub(super) counter: Arc<Counter>,
    pub(super) health: Arc<Health>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
    servers: Vec<Server>,
    directory: tempfile::TempDir,
}

impl Site {
    pub(super) fn start(limits: Limits) -> Site {
        Site::start_on("127.0.0.1:0", THREADS, limits)
    }

    pub(super) fn start_on(listen: &str, threads: usize, limits: Limits) -> Site {
        let directory = tempfile::tempdir().unwrap();
        let counter = Arc::new(Counter::default());
        let start = |listener, threads| {
            let settings = Settings {
                listener,
                directory: directory.path().join("sockets"),
                threads,
                body_limit_bytes: BODY_LIMIT,
            };
            let counter = counter.clone();
            Server::start(settings, Arc::new(move |request| counter.answer(request))).unwrap()
        };
        let servers = vec![start(Listener::Strangers, threads), start(Listener::Admin, 2)];
        let door = |listen: &str, server, limits| DoorSettings {
            listen: listen.parse().unwrap(),
            server,
            limits,
            expected: "127.0.0.1".parse().unwrap(),
        };
        let operator = Limits { connections: 128, ..limits.clone() };
        let doors =
            vec![door(listen, &servers[0], limits), door("127.0.0.1:0", &servers[1], operator)];
        let health = Arc::new(Health::new());
        health.set(Condition::Ok);
        let guard = Guard::bind(doors, &health, &counter.news.subscribe()).unwrap();
        let addresses = guard.addresses().unwrap();
        let (stop, stopping) = watch::channel(false);
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(guard.run(stopping)).unwrap();
        });
        Site {
            address: addresses[0],
            admin: addresses[1],
            counter,
            health,
            stop,
            thread: Some(thread),
            servers,
            directory,
        }
    }

    pub(super) fn from(&self, source: IpAddr) -> Peer {
        Peer::connect(self.address, source)
    }

    pub(super) fn forwarder(&self) -> Peer {
        self.from(FORWARDER)
    }

    pub(super) fn stranger(&self) -> Peer {
        self.from(STRANGER)
    }

    /// The forwarder hands over a callback, and is told that it is kept.
    pub(super) fn assert_callback_gets_in(&self) {
        let mut forwarder = self.forwarder();
        let body = format!("from {}", forwarder.stream.local_addr().unwrap());
        forwarder.send(&post("/cb/token/stk", body.as_bytes()));
        assert_eq!(forwarder.reply().status, 200);
        assert!(self.counter.bodies.lock().unwrap().contains(&body.into_bytes()));
    }

    pub(super) fn sockets(&self) -> std::path::PathBuf {
        self.directory.path().join("sockets")
    }

    pub(super) fn begin_stop(&self) {
        self.stop.send(true).unwrap();
    }

    /// Waits for the guard to end.
    pub(super) fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the guard ended by itself");
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.counter.open();
        let _ = self.stop.send(true);
        if thread::panicking() {
            return; // the first failure is the one to be shown
        }
        self.join();
        for server in self.servers.drain(..) {
            server.stop();
        }
    }
}
