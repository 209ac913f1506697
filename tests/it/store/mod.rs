//! The database under load, under failure, and beside other processes.

mod writer;

use crate::fakes::TestClock;
use mlango::store::{Boot, Store};
use std::path::Path;
use std::sync::Arc;

pub fn open(path: &Path) -> Store {
    let boot = Boot { id: "boot-1".to_owned(), uptime_ms: 0 };
    Store::open(path, &boot, |_| Arc::new(TestClock::default())).unwrap()
}
