//! The workers themselves, on a runtime, as in the appliance.

use super::{Bench, Step};
use mlango::config::Config;
use mlango::engine::pool::Pool;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::watch;

const CONFIG: &str = "[mpesa]\nshortcodes = [\"600638\"]";

/// Runs `body` beside the pool of `bench`, then stops the pool and waits for all its threads.
pub(super) fn beside(
    bench: &Bench,
    grace: Duration,
    body: impl FnOnce(&Bench, &Runtime, &mut Pool),
) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (stop, stopped) = watch::channel(false);
    let reload = Arc::new(|| Ok(Config::parse(CONFIG, "test.toml")?));
    let mut pool = {
        let _inside = runtime.enter();
        Pool::start_with(&bench.engine, reload, &stopped, grace)
    };
    body(bench, &runtime, &mut pool);
    stop.send(true).unwrap();
    runtime.block_on(pool.stopped());
}

fn beside_pool(bench: &Bench, body: impl FnOnce(&Bench)) {
    beside(bench, Duration::from_secs(5), |bench, _, _| body(bench));
}

pub(super) fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < end, "still not so: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn work_that_is_committed_wakes_a_worker() {
    let bench = Bench::start();
    beside_pool(&bench, |bench| {
        for number in 0..50 {
            bench.add(&bench.plain(&format!("job {number}"), &[Step::Succeed]));
        }
        wait_until("all are done", || bench.list("SELECT detail FROM audit").len() == 50);
    });
    assert_eq!(bench.jobs(), [""; 0]);
}

#[test]
fn eighteen_workers_run_each_job_once() {
    let bench = Bench::start();
    beside_pool(&bench, |bench| {
        std::thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || {
                    for number in 0..50 {
                        let name = format!("{thread}-{number}");
                        let key = format!("router:{}", number % 3);
                        bench.add(&bench.parking(&name, &[Step::Succeed], &key));
                    }
                });
            }
        });
        wait_until("all are done", || bench.jobs().is_empty());
    });
    let mut done = bench.list("SELECT detail FROM audit");
    assert_eq!(done.len(), 200);
    done.sort();
    done.dedup();
    assert_eq!(done.len(), 200);
}

#[test]
fn an_idle_pool_writes_nothing_and_empties_the_log() {
    let bench = Bench::start();
    beside_pool(&bench, |bench| {
        bench.add(&bench.plain("a", &[Step::Succeed]));
        wait_until("the log is empty", || !bench.store.is_restless());
    });
}
