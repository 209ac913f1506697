//! How much room the data directory has.

use std::path::Path;

/// Room in bytes on the file system of the data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    /// For this program; what is kept for root does not count.
    pub free_bytes: u64,
    pub total_bytes: u64,
}

/// Below this the next backup or a burst of callbacks may fill the disk, however small it is.
const LEAST_FREE_BYTES: u64 = 50_000_000;
/// Flash that is nearly full wears out fast and slows down.
const LEAST_FREE_PERCENT: u64 = 5;

impl Disk {
    /// `None` if the file system does not say.
    pub fn of(directory: &Path) -> Option<Disk> {
        let stat = rustix::fs::statvfs(directory).ok()?;
        Some(Disk {
            free_bytes: stat.f_bavail.saturating_mul(stat.f_frsize),
            total_bytes: stat.f_blocks.saturating_mul(stat.f_frsize),
        })
    }

    /// Whether so little is left that the store may fail at any moment.
    pub fn is_nearly_full(self) -> bool {
        self.free_bytes < LEAST_FREE_BYTES
    }

    pub fn is_low(self) -> bool {
        self.is_nearly_full() || self.free_percent() < LEAST_FREE_PERCENT
    }

    pub fn free_percent(self) -> u64 {
        u64::try_from(u128::from(self.free_bytes) * 100 / u128::from(self.total_bytes.max(1)))
            .unwrap_or(100)
    }
}

#[test]
fn a_disk_is_low_by_share_or_by_size() {
    let is_low = |free_bytes: u64, total_bytes: u64| Disk { free_bytes, total_bytes }.is_low();
    assert!(!is_low(60 << 20, 128 << 20));
    assert!(is_low(31 << 20, 128 << 20));
    assert!(is_low(400 << 20, 16 << 30));
    assert!(!is_low(2 << 30, 16 << 30));
    assert!(is_low(0, 0));
    assert!(Disk::of(Path::new("/")).is_some_and(|it| 0 < it.total_bytes));
}
