//! A box out of file descriptors. The limit is a process's own, so the guard runs in a process
//! of its own here: this test binary again, told by its environment to be the box.

use super::harness::{BODY_LIMIT, FORWARDER, STRANGER, Site, THREADS};
use super::peer::{Peer, get, post};
use mlango::http::guard::Limits;
use rustix::process::{Resource, Rlimit, setrlimit};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

const ROLE: &str = "MLANGO_TEST_IS_BOX";
const DESCRIPTORS: u64 = 256;

/// The other process, which does what it is told on its standard input, a word a line.
struct SmallBox {
    process: Child,
    orders: ChildStdin,
    said: Receiver<String>,
    address: SocketAddr,
}

impl SmallBox {
    #[expect(clippy::disallowed_methods, reason = "a limit on descriptors needs a process")]
    fn start(test: &str) -> SmallBox {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env(ROLE, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = process.stdin.take().unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let (sender, said) = mpsc::channel();
        // Read at once, always: a box that cannot write what it says stands still.
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|it| sender.send(it)));
        let address = await_line(&said, "listening on ").parse().unwrap();
        SmallBox { process, orders, said, address }
    }

    fn order(&mut self, word: &str) {
        writeln!(self.orders, "{word}").unwrap();
        await_line(&self.said, &format!("done {word}"));
    }

    fn end(mut self) {
        drop(self.orders);
        self.said.iter().for_each(|line| eprintln!("box: {line}"));
        assert!(self.process.wait().unwrap().success(), "the box did not end well");
    }
}

/// What follows `beginning` on the next line that begins with it.
fn await_line(said: &Receiver<String>, beginning: &str) -> String {
    for line in said {
        match line.strip_prefix(beginning) {
            Some(rest) => return rest.to_owned(),
            None => eprintln!("box: {line}"),
        }
    }
    panic!("the box ended before it said {beginning:?}")
}

/// Is the box, if this process was started as one.
fn is_box() -> bool {
    if std::env::var_os(ROLE).is_none() {
        return false;
    }
    let few = Rlimit { current: Some(DESCRIPTORS), maximum: Some(DESCRIPTORS) };
    setrlimit(Resource::Nofile, few).unwrap();
    let line_time = Duration::from_millis(500);
    let site = Site::start(Limits { line_time, ..Limits::for_strangers(BODY_LIMIT) });
    eprintln!("listening on {}", site.address);
    let mut held = Vec::new();
    for word in io::stdin().lock().lines() {
        let word = word.unwrap();
        match word.as_str() {
            "spend" => {
                held.extend(std::iter::from_fn(|| File::open("/dev/null").ok()));
                held.pop(); // one is left: enough to reach for a thread, not to be let in by one
            }
            "release" => held.clear(),
            other => panic!("what is {other:?}?"),
        }
        eprintln!("done {word}");
    }
    true
}

fn callback(peer: &mut Peer) -> u16 {
    peer.send(&post("/cb/token/stk", b"{}"));
    peer.reply().status
}

#[test]
fn slow_clients_cannot_spend_the_descriptors() {
    if is_box() {
        return;
    }
    let small = SmallBox::start("http::descriptors::slow_clients_cannot_spend_the_descriptors");
    let slow: Vec<_> = (0..300)
        .map(|_| {
            let mut peer = Peer::connect(small.address, STRANGER);
            peer.send(b"GET /small HT");
            peer
        })
        .collect();
    let mut forwarders: Vec<_> =
        (0..THREADS).map(|_| Peer::connect(small.address, FORWARDER)).collect();
    for forwarder in &mut forwarders {
        assert_eq!(callback(forwarder), 200);
    }
    drop(slow);
    small.end();
}

#[test]
fn the_doors_open_again_when_descriptors_come_back() {
    if is_box() {
        return;
    }
    let mut small =
        SmallBox::start("http::descriptors::the_doors_open_again_when_descriptors_come_back");
    let mut inside = Peer::connect(small.address, FORWARDER);
    inside.send(&get("/healthz")); // so that it is known to be inside, and no thread is reached
    assert_eq!(inside.reply().status, 200);
    small.order("spend");
    assert_eq!(callback(&mut inside), 503, "no thread can be reached");
    let mut outside = Peer::connect(small.address, FORWARDER); // only the kernel knows of it
    small.order("release");

    assert_eq!(callback(&mut outside), 200);
    let mut forwarders: Vec<_> =
        (0..2 * THREADS).map(|_| Peer::connect(small.address, FORWARDER)).collect();
    forwarders.iter_mut().for_each(|it| it.send(&post("/cb/token/stk", b"{}")));
    forwarders.iter_mut().for_each(|it| assert_eq!(it.reply().status, 200));
    small.end();
}
