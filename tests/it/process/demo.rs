//! `make demo`, watched from start to end.

use super::server::{eventually, get};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::net::SocketAddr;
use std::process::{Child, Command};

/// Killed when dropped.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_demo_lets_customers_in_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let shown = dir.path().join("shown");
    let temporary = dir.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    // Cargo becomes the demo, so that signals reach it.
    let child = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", "demo"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("TMPDIR", &temporary)
        .stdout(File::create(&shown).unwrap())
        .stderr(File::options().append(true).open(&shown).unwrap())
        .spawn();
    let mut demo = Demo(child.unwrap());
    let words = || std::fs::read_to_string(&shown).unwrap();
    eventually("a customer is online", || {
        assert!(demo.0.try_wait().unwrap().is_none(), "it ended: {}", words());
        words().contains("is online")
    });
    let text = words();
    assert!(text.contains("  password "), "{text}");
    let address = text.split("  http://").nth(1).and_then(|it| it.lines().next());
    let address: SocketAddr = address.unwrap().parse().unwrap();
    assert!(get(address, "/healthz").unwrap().starts_with("HTTP/1.1 200"));

    kill_process(Pid::from_child(&demo.0), Signal::INT).unwrap();
    let mut status = None;
    eventually("the demo ends", || {
        status = demo.0.try_wait().unwrap();
        status.is_some()
    });
    assert!(status.unwrap().success(), "{}", words());
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "something is left");
}
