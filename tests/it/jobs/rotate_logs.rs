//! Old logs are packed where they lie, and a quiet box writes nothing for it.

use crate::harness::Appliance;
use mlango::jobs;
use std::fs;
use std::time::Duration;

#[test]
fn what_was_put_aside_is_packed_by_and_by() {
    let box_ = Appliance::start();
    box_.engine.keep_up(Box::new(jobs::beats));
    box_.settle();
    let (changes, logs) = (box_.store.sizes().unwrap(), box_.data_dir().join("logs"));
    box_.pass(Duration::from_secs(600));
    assert_eq!(box_.store.sizes().unwrap(), changes, "nothing is written in ten minutes");
    assert!(!logs.exists());

    fs::create_dir(&logs).unwrap();
    fs::write(logs.join("payments-queue.log.1"), "a line\n".repeat(1_000)).unwrap();
    box_.pass(Duration::from_secs(10 * 60));
    assert!(!logs.join("payments-queue.log.1").exists());
    let packed = fs::metadata(logs.join("payments-queue.log.1.gz")).unwrap().len();
    assert!(packed < 200, "{packed} bytes of 7000");
    assert_eq!(box_.jobs(), [""; 0]);

    fs::remove_dir_all(&logs).unwrap();
    fs::write(&logs, "a file where the directory should be").unwrap();
    box_.pass(Duration::from_secs(10 * 60));
    box_.pass(Duration::from_secs(10 * 60));
    assert_eq!(box_.jobs(), ["rotate_logs failed"], "once, however often it is tried");
}
