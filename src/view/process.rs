//! What the program itself takes of the box.

use std::fs;

/// Figures of this process, as the kernel has them (proc(5)).
#[derive(Clone, Copy, Debug)]
pub struct Process {
    pub resident_bytes: u64,
    /// User and system time of all its threads.
    pub cpu_seconds: f64,
    pub open_files: usize,
}

impl Process {
    /// `None` where there is no `/proc`.
    pub fn now() -> Option<Process> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let resident = status.lines().find_map(|it| it.strip_prefix("VmRSS:"))?;
        let kilobytes: u64 = resident.trim().strip_suffix("kB")?.trim().parse().ok()?;
        let open_files = fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1); // its own
        let cpu_seconds = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        let cpu_seconds = cpu_seconds.tv_sec as f64 + cpu_seconds.tv_nsec as f64 / 1e9;
        Some(Process { resident_bytes: kilobytes * 1024, cpu_seconds, open_files })
    }
}

#[test]
fn this_process_takes_something() {
    let process = Process::now().unwrap();
    assert!(0 < process.resident_bytes && 0.0 < process.cpu_seconds && 0 < process.open_files);
}
