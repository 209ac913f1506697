//! Whether the box is well, in memory: `/healthz` is asked often and must cost no thread, no
//! query and no write.

use crate::domain::text_enum;
use std::sync::atomic::{AtomicUsize, Ordering};

text_enum! {
    /// What `/healthz` answers; all but `ok` come with a 503.
    pub enum Condition {
        Starting = "starting",
        Ok = "ok",
        /// The database does not answer.
        Database = "database",
        /// The disk takes no more.
        Disk = "disk",
        /// Worker threads are lost.
        Workers = "workers",
        Stopping = "stopping",
    }
}

/// Shared by those who watch the box and those who are asked about it.
#[derive(Debug, Default)]
pub struct Health(AtomicUsize);

impl Health {
    /// A box that is starting.
    pub fn new() -> Health {
        Health::default()
    }

    pub fn set(&self, condition: Condition) {
        self.0.store(condition as usize, Ordering::Relaxed);
    }

    /// How the store fares. A box that starts, stops or has lost its workers goes on saying that.
    pub fn set_store(&self, condition: Condition) {
        let replace = |current: usize| {
            let is_of_store = matches!(
                Condition::ALL[current],
                Condition::Ok | Condition::Database | Condition::Disk
            );
            is_of_store.then_some(condition as usize)
        };
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, replace);
    }

    pub fn get(&self) -> Condition {
        Condition::ALL[self.0.load(Ordering::Relaxed)]
    }
}

#[test]
fn a_condition_is_kept_as_it_was_set() {
    let health = Health::new();
    assert_eq!(health.get(), Condition::Starting);
    for condition in Condition::ALL {
        health.set(*condition);
        assert_eq!(health.get(), *condition);
    }
}

#[test]
fn the_store_does_not_end_a_start_or_a_stop() {
    let health = Health::new();
    health.set_store(Condition::Ok);
    assert_eq!(health.get(), Condition::Starting);
    health.set(Condition::Ok);
    health.set_store(Condition::Database);
    assert_eq!(health.get(), Condition::Database);
    health.set_store(Condition::Ok);
    assert_eq!(health.get(), Condition::Ok);
    health.set(Condition::Stopping);
    health.set_store(Condition::Database);
    assert_eq!(health.get(), Condition::Stopping);
}
