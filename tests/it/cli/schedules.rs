//! `mlango schedule`

use super::{Shop, settle};
use mlango::domain::queue::Queue;

#[test]
fn recurring_jobs_are_listed_and_one_is_run_now() {
    let shop = Shop::configured("clock.trust = \"trusted\"");
    let list = shop.json(&["schedule", "list"]);
    assert_eq!(list[0]["name"], "prune-history");
    assert_eq!(list[0]["every"], "daily 02:30");
    assert_eq!(list[0]["waits_for_clock"], false);
    assert!(list[0]["next_at"].as_str().unwrap().ends_with("T23:30:00Z"), "{list}");

    shop.done(&["schedule", "run", "prune-history"]);
    let err = shop.refused(&["schedule", "run", "prune-history"]);
    assert!(err.contains("owed already"), "{err}");
    settle(&shop.site(), &[Queue::Default]);
    shop.done(&["schedule", "run", "prune-history"]);
    assert!(shop.refused(&["schedule", "run", "nothing"]).contains("`mlango schedule list`"));
}

#[test]
fn a_daily_job_is_shown_to_wait_for_the_clock() {
    let shop = Shop::configured("clock.trust = \"untrusted\"");
    assert!(shop.done(&["schedule", "list"]).contains("waits for the clock"));
}
