//! Packages' profiles on the router.

use super::Bench;
use mlango::domain::package::Rate;
use mlango::routeros::RouterError;
use mlango::routeros::ops::{Change, EnsureUserProfile};
use mlango_sim::Dialect;

fn profile(name: &str, rate: Option<&str>, shared_users: u32) -> EnsureUserProfile {
    let rate = rate.map(|it| it.parse::<Rate>().unwrap());
    EnsureUserProfile { name: name.to_owned(), rate, shared_users }
}

#[test]
fn a_profile_is_made_changed_and_left() {
    for dialect in Dialect::ALL {
        let bench = Bench::new(dialect);
        let check = |op: &EnsureUserProfile, change: Change| {
            let done = bench.perform(op).unwrap();
            assert_eq!(
                (done.change, done.row.shared_users),
                (change, Some(i64::from(op.shared_users)))
            );
            let writes = bench.writes();
            assert_eq!(bench.perform(op).unwrap().change, Change::None);
            assert_eq!(bench.writes(), writes);
        };
        check(&profile("mlango-day", Some("2M/5M"), 1), Change::Created);
        check(&profile("mlango-day", Some("512k/2M"), 3), Change::Updated);
        check(&profile("mlango-day", None, 3), Change::Updated);
    }
}

#[test]
fn names_that_begin_alike_are_not_mixed_up() {
    let bench = Bench::new(Dialect::V7_20);
    for name in ["mlango-100-night", "mlango-100", "mlango-10"] {
        assert_eq!(bench.perform(&profile(name, Some("1M"), 1)).unwrap().change, Change::Created);
    }
    bench.perform(&profile("mlango-10", Some("3M"), 1)).unwrap();
    let others = bench.perform(&profile("mlango-100", Some("1M"), 1)).unwrap();
    assert_eq!((others.change, others.row.name.as_str()), (Change::None, "mlango-100"));
}

#[test]
fn what_the_operator_set_besides_stays() {
    let bench = Bench::new(Dialect::V7_20);
    bench.perform(&profile("mlango-day", None, 1)).unwrap();
    let find = "/ip hotspot user profile set [find name=\"mlango-day\"]";
    bench.router.run(&format!("{find} idle-timeout=7m session-timeout=2h"));
    bench.perform(&profile("mlango-day", Some("2M/5M"), 2)).unwrap();
    let shown = bench.router.run("/ip hotspot user profile print detail where name=\"mlango-day\"");
    assert!(shown.contains("idle-timeout=7m") && shown.contains("session-timeout=2h"), "{shown}");
}

#[test]
fn the_operators_profiles_are_not_ours_to_change() {
    let bench = Bench::new(Dialect::V7_20);
    let error = bench.perform(&profile("default", Some("2M/5M"), 1)).unwrap_err();
    assert!(matches!(error, RouterError::Conflict(_)));
    assert_eq!(bench.router.commands().len(), 0);
}
