//! What a pool without work costs.

use super::rig::{Rig, number, tick};
use mlango::job::Job as _;
use std::fs;
use std::time::Duration;

pub(crate) fn watch() {
    let rig = Rig::new(4);
    let seconds = number("MLANGO_IDLE_SECONDS", 60);
    rig.beside_pool(|| {
        rig.store.write(|tx| tick().enqueue(tx)).unwrap();
        std::thread::sleep(Duration::from_secs(12)); // The log is emptied, threads have gone.
        let (bytes, wakes) = (written(), wake_ups());
        std::thread::sleep(Duration::from_secs(seconds.try_into().unwrap()));
        // One of these wake-ups is the watcher's own.
        let (bytes, wakes) = (written() - bytes, wake_ups().saturating_sub(wakes + 1));
        println!("idle for {seconds} s: {bytes} bytes written (0), {wakes} wake-ups (2 or fewer)");
    });
}

fn written() -> u64 {
    field("/proc/self/io", "wchar:")
}

/// Of all threads there are.
fn wake_ups() -> u64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let status = |task: fs::DirEntry| task.path().join("status");
    tasks.map(|it| field(status(it.unwrap()).to_str().unwrap(), "voluntary_ctxt_switches:")).sum()
}

fn field(path: &str, name: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap();
    let line = text.lines().find_map(|it| it.strip_prefix(name)).unwrap();
    line.trim().parse().unwrap()
}
