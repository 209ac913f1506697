//! Figures of the queue engine, on a real disk. They are printed with their conditions and not
//! asserted: a machine that is busy with something else says nothing about the engine.
//!
//! `cargo bench --bench engine`; `TMPDIR` names the disk, `MLANGO_BENCH_WAITING` how large the
//! large backlog is (1,000,000), `MLANGO_IDLE_SECONDS` how long the idle pool is watched (60).
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "it prints, and stops at errors")]

mod callbacks;
mod idle;
mod rig;
mod speed;

use std::io::Write as _;
use std::time::Instant;

fn main() {
    fsync();
    speed::enqueue(1);
    speed::enqueue(8);
    speed::drain();
    speed::pick_up();
    let waiting = rig::number("MLANGO_BENCH_WAITING", 1_000_000);
    let (small, large) = (speed::fetch(1_000), speed::fetch(waiting));
    println!(
        "fetch rate at {waiting} waiting over that at 1000: {:.2} (0.9 or more)",
        large / small
    );
    callbacks::accept();
    idle::watch();
}

/// What the disk itself takes, beside which all else is to be read.
fn fsync() {
    let mut file = tempfile::tempfile().unwrap();
    let times = (0..200).map(|_| {
        file.write_all(&[1; 4096]).unwrap();
        let start = Instant::now();
        file.sync_data().unwrap();
        start.elapsed()
    });
    rig::print("fsync of 4 KiB appended", times.collect());
    let load = std::fs::read_to_string("/proc/loadavg").unwrap();
    println!("load of the machine: {}", load.trim());
}
