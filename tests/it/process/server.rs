//! One run of the program: started, watched, ended.

use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// A guard against tests that hang. No outcome depends on it.
pub const PATIENCE: Duration = Duration::from_secs(180);
/// Between two looks at what is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(5);
const LINES_SHOWN: usize = 80;

/// A program that runs. It is killed when it is dropped.
pub struct Server {
    child: Child,
    http: SocketAddr,
    /// What it said on standard error, this run and those before it.
    stderr: PathBuf,
}

/// How a run ended that was asked to end, and how long that took.
pub struct Ended {
    pub status: ExitStatus,
    pub took: Duration,
}

impl Server {
    /// Starts `mlango serve` and returns at once. It is to listen on `http`.
    pub fn spawn(config: &Path, http: SocketAddr, stderr: &Path) -> Server {
        let log = File::options().create(true).append(true).open(stderr).unwrap();
        let child = program(config).arg("serve").stderr(log).spawn().unwrap();
        Server { child, http, stderr: stderr.to_owned() }
    }

    pub fn wait_until_healthy(&mut self) {
        let http = self.http;
        eventually("the program serves", || {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("it ended before it served: {status}\n{}", self.last_words());
            }
            get(http, "/healthz")
                .is_ok_and(|it| it.starts_with("HTTP/1.1 200") && it.ends_with("ok"))
        });
    }

    /// As a crash or the kernel would end it.
    pub fn kill(mut self) {
        self.signal(Signal::KILL);
        self.child.wait().unwrap();
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// As systemd would stop it.
    pub fn terminate(mut self) -> Ended {
        let asked = Instant::now();
        self.signal(Signal::TERM);
        let status = self.wait_for_end();
        Ended { status, took: asked.elapsed() }
    }

    pub fn wait_for_end(&mut self) -> ExitStatus {
        let mut status = None;
        eventually("the program ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }

    fn last_words(&self) -> String {
        let all = std::fs::read_to_string(&self.stderr).unwrap_or_default();
        let lines: Vec<&str> = all.lines().collect();
        lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("---- the program's last words ----\n{}", self.last_words());
        }
        // It may have ended by itself, or by the test.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program, to be called with a command.
pub fn program(config: &Path) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_mlango"));
    program.arg("--config").arg(config).stdin(Stdio::null()).stdout(Stdio::null());
    program
}

/// Waits until `is_so`, looking again and again.
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < PATIENCE, "waited in vain: {what}");
        thread::sleep(LOOK_EVERY);
    }
}

/// A whole answer, head and body.
pub fn get(address: SocketAddr, path: &str) -> io::Result<String> {
    let patience = Some(Duration::from_secs(5));
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(patience)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// An address nobody listens on. Its port is below those the kernel gives to connections, or one
/// of them could take it while the program is down.
pub fn free_address() -> SocketAddr {
    const FIRST: u16 = 12_000;
    const COUNT: u16 = 18_000;
    /// Two runs of the tests at once stay out of each other's way.
    const APART: u32 = 101;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = std::process::id().wrapping_mul(APART) % u32::from(COUNT);
    let start = u16::try_from(start).unwrap();
    loop {
        let port = FIRST + (start + NEXT.fetch_add(1, Relaxed)) % COUNT;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
