//! Records go after a while; money never does.

use crate::harness::Appliance;
use mlango::job::Job as _;
use mlango::jobs::PruneHistory;
use mlango::store::{audit, events};

/// Events of the first moment, then of now.
fn with_events(old: usize, young: usize) -> Appliance {
    let box_ = Appliance::start();
    let add = |count: usize| {
        let body = serde_json::json!({});
        box_.store
            .write(|tx| {
                (0..count)
                    .try_for_each(|_| events::insert(tx, events::EventName::UserProvisioned, &body))
            })
            .unwrap();
    };
    add(old);
    box_.store.write(|tx| audit::insert(tx, "cli", "old", None, "")).unwrap();
    box_.clock.advance(std::time::Duration::from_secs(31 * 86_400));
    add(young);
    box_
}

fn prune(box_: &Appliance) {
    box_.store.write(|tx| PruneHistory {}.enqueue(tx)).unwrap();
    box_.settle();
}

#[test]
fn old_events_go_in_slices_and_young_ones_stay() {
    let box_ = with_events(1_200, 7);
    prune(&box_);
    assert_eq!(box_.one("SELECT count(*) FROM events"), "7");
    let runs = box_.one("SELECT count(*) FROM job_history WHERE kind = 'prune_history'");
    assert_eq!(runs, "3", "two whole slices, and the rest");
    assert_eq!(box_.one("SELECT count(*) FROM audit WHERE what = 'old'"), "1");
    assert_eq!(box_.jobs(), [""; 0]);
}

#[test]
fn nothing_is_old_while_the_clock_lies() {
    let box_ = with_events(10, 2);
    box_.clock.set_trusted(false);
    prune(&box_);
    assert_eq!(box_.one("SELECT count(*) FROM events"), "12");
}
