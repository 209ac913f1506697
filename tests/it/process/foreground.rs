//! `mlango queue work` among routers that are slow or hang: it ends jobs, and is ended.

use super::kills::IMPATIENT;
use super::kiosk::{Kiosk, Trust};
use super::producers::Producer;
use super::server::{eventually, program};
use mlango::domain::queue::Queue;
use mlango::store::queues;
use mlango_sim::{Dialect, Fault, Times};
use rustix::process::{Pid, Signal, kill_process};
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

const OWED: &str = "SELECT count(*) FROM jobs WHERE kind = 'provision_user'";
const BUSY: &str = "SELECT count(*) FROM jobs WHERE kind = 'provision_user' AND state = 'running'";

/// A box that has been paid, and has yet to tell its router.
fn paid() -> Kiosk {
    let kiosk = Kiosk::new(&[Dialect::V7_16], IMPATIENT);
    kiosk.site().store.write(|tx| queues::pause(tx, Queue::Provisioning)).unwrap();
    let server = kiosk.start(Trust::Token);
    Producer::new(&kiosk, 0).one_sale();
    eventually("the sale is settled", || kiosk.facts().count(OWED) == 1);
    assert!(server.terminate().status.success());
    kiosk.site().store.write(|tx| queues::resume(tx, Queue::Provisioning)).unwrap();
    kiosk
}

/// A worker, killed if the test ends before it does.
struct Worker(Child);

impl Worker {
    fn start(kiosk: &Kiosk, options: &[&str]) -> Worker {
        let mut program = program(&kiosk.config(Trust::Token));
        program.args(["queue", "work", "--queue", "provisioning"]).args(options);
        Worker(program.stderr(Stdio::null()).spawn().unwrap())
    }

    fn terminate(self) -> ExitStatus {
        kill_process(Pid::from_child(&self.0), Signal::TERM).unwrap();
        self.end()
    }

    fn end(mut self) -> ExitStatus {
        let mut status = None;
        eventually("the worker ends", || {
            status = self.0.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill(); // It may have ended by itself.
        let _ = self.0.wait();
    }
}

fn one(kiosk: &Kiosk, sql: &str) -> String {
    kiosk.facts().rows(sql, |row| row.get(0)).remove(0)
}

#[test]
fn a_timeout_cuts_a_job_off_at_its_socket() {
    let kiosk = paid();
    kiosk.routers[0].inject(Fault::Hang, Times::UntilCleared);
    let ended = Worker::start(&kiosk, &["--timeout", "5", "--once"]).end();
    assert!(ended.success());
    let job = "SELECT state || ' ' || failures || ' ' || last_error FROM jobs
               WHERE kind = 'provision_user'";
    let job = one(&kiosk, job);
    assert!(job.starts_with("ready 1 "), "{job}");
    assert!(!kiosk.routers[0].commands().is_empty(), "it was asked");

    kiosk.routers[0].clear_faults();
    let ended = Worker::start(&kiosk, &["--timeout", "30", "--max-jobs", "1"]).end();
    assert!(ended.success());
    assert_eq!(kiosk.facts().count(OWED), 0);
    assert_eq!(kiosk.routers[0].users().len(), 1);
}

#[test]
fn a_stop_lets_the_job_in_hand_end() {
    let kiosk = paid();
    kiosk.routers[0].inject(Fault::SlowBytes(Duration::from_millis(20)), Times::Next(1));
    let worker = Worker::start(&kiosk, &[]);
    eventually("the job runs", || kiosk.facts().count(BUSY) == 1);
    assert!(worker.terminate().success());
    assert_eq!(kiosk.facts().count(OWED), 0, "it was done");
    assert_eq!(kiosk.routers[0].users().len(), 1);
}

#[test]
fn a_stop_does_not_wait_for_a_job_that_hangs_and_does_not_blame_it() {
    let kiosk = paid();
    kiosk.routers[0].inject(Fault::Hang, Times::UntilCleared);
    let worker = Worker::start(&kiosk, &["--timeout", "3600"]);
    eventually("the job runs", || kiosk.facts().count(BUSY) == 1);
    assert!(worker.terminate().success());
    let job = "SELECT state || ' failures=' || failures || ' crashes=' || crashes || ' stops=' ||
                      stops FROM jobs WHERE kind = 'provision_user'";
    assert_eq!(one(&kiosk, job), "ready failures=0 crashes=0 stops=1");
}
