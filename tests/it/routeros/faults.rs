//! Refusals, cuts, hangs and nonsense, and that the next run makes good.

use super::Bench;
use super::users::{bench, wanted};
use mlango::domain::router::RouterState;
use mlango::routeros::ops::{Change, EnsureHotspotUser, ReadHotspotUsers, ReadIdentity};
use mlango::routeros::{Class, RouterError};
use mlango_sim::{Dialect, Fault, Times};
use std::time::Duration;

/// Puts these words into the router's mouth, once.
fn answer(bench: &Bench, text: &str) {
    bench.router.inject(Fault::Answer(text.as_bytes().to_vec()), Times::Next(1));
}

#[test]
fn refusals_become_decisions() {
    let bench = Bench::new(Dialect::V7_20);
    let check = |text: &str, state: RouterState, is_right: fn(&RouterError) -> bool| {
        answer(&bench, text);
        let error = bench.perform(&ReadIdentity).unwrap_err();
        assert!(is_right(&error), "{text:?}: {error:?}");
        assert_eq!(error.state(), state);
        assert!(error.to_string().contains(text.trim_end()), "{error}");
    };
    check("not enough permissions (9)\r\n", RouterState::PermissionMissing, |it| {
        matches!(it, RouterError::PermissionMissing(_))
    });
    check("failure: not allowed by device-mode\r\n", RouterState::HotspotMissing, |it| {
        matches!(it, RouterError::HotspotMissing(_))
    });
    check("bad command name hotspot (line 1 column 5)\r\n", RouterState::HotspotMissing, |it| {
        matches!(it, RouterError::HotspotMissing(_))
    });
    check("failure: already have such item\r\n", RouterState::Up, |it| {
        matches!(it, RouterError::Conflict(_))
    });
    check("expected end of command (line 1 column 9)\n", RouterState::Up, |it| {
        matches!(it, RouterError::Refused { class: Class::Syntax, .. }) && !it.is_transient()
    });
    check("action timed out - try again\n", RouterState::Up, |it| {
        matches!(it, RouterError::Refused { class: Class::Failure, .. }) && it.is_transient()
    });
    check("a word nobody knows\n", RouterState::Up, |it| {
        matches!(it, RouterError::Refused { class: Class::Unknown, .. })
    });
}

#[test]
fn a_row_that_vanishes_is_asked_for_once_more() {
    let bench = Bench::new(Dialect::V7_20);
    answer(&bench, "no such item (4)\r\n");
    assert_eq!(bench.perform(&ReadIdentity).unwrap(), "MikroTik");
    answer(&bench, "no such item (4)\r\n");
    answer(&bench, "no such item (4)\r\n");
    assert!(matches!(bench.perform(&ReadIdentity), Err(RouterError::NotFound(_))));
}

#[test]
fn nonsense_is_not_believed() {
    let bench = Bench::new(Dialect::V7_20);
    for text in ["Z0000000000000000 1\r\n", "R0123\r\nK name 3 abc\r\nE0123\r\nZ0123 1\r\n"] {
        answer(&bench, text);
        let error = bench.perform(&ReadIdentity).unwrap_err();
        assert!(matches!(error, RouterError::Garbled(_)), "{text:?}: {error:?}");
    }
    bench.router.inject(Fault::ExitStatus(1), Times::Next(1));
    assert!(matches!(bench.perform(&ReadIdentity), Err(RouterError::Refused { .. })));
    answer(&bench, &"x".repeat((2 << 20) + 1));
    let error = bench.perform(&ReadIdentity).unwrap_err();
    assert!(matches!(&error, RouterError::Garbled(text) if text.contains("2 MiB")), "{error:?}");
    assert_eq!(bench.perform(&ReadIdentity).unwrap(), "MikroTik");
}

#[test]
fn a_hang_ends_at_the_deadline() {
    let bench = Bench::new(Dialect::V7_20);
    for fault in [Fault::Hang, Fault::HangAfter(10), Fault::SlowBytes(Duration::from_millis(200))] {
        bench.router.inject(fault.clone(), Times::Next(1));
        let error = bench.perform_within(Duration::from_secs(2), &ReadIdentity).unwrap_err();
        assert!(matches!(error, RouterError::Incomplete(_)), "{fault:?}: {error:?}");
        assert_eq!(bench.perform(&ReadIdentity).unwrap(), "MikroTik");
    }
}

/// Lets the command after the next `count` go wrong.
fn fail_after(bench: &Bench, count: u32, fault: &Fault) {
    bench.router.inject(Fault::ExitStatus(0), Times::Next(count)); // no fault at all
    bench.router.inject(fault.clone(), Times::Next(1));
}

/// Performs `op` with a fault in it, and checks that the next run completes it.
fn converges(bench: &Bench, count: u32, fault: &Fault, op: &EnsureHotspotUser) {
    fail_after(bench, count, fault);
    let result = bench.perform(op);
    let is_cut = matches!(result, Err(RouterError::Incomplete(_)));
    assert!(is_cut || result.is_ok(), "{fault:?} after {count}: {result:?}");
    bench.router.clear_faults();
    let done = bench.perform(op).unwrap().row;
    assert_eq!((done.comment, done.uptime), (op.mark.clone(), Some(Duration::ZERO)));
    assert_eq!(bench.perform(&ReadHotspotUsers).unwrap().len(), 1);
    assert_eq!(bench.perform(op).unwrap().change, Change::None);
    bench.router.login("k7m2p9", "w4t8", "02:4B:11:9A:C0:5E").unwrap();
}

#[test]
fn a_cut_at_any_command_is_made_good_by_the_next_run() {
    let renewal = EnsureHotspotUser { mark: "mlango sub=68 rev=1".to_owned(), ..wanted() };
    for fault in [Fault::CutBefore, Fault::CutAfter, Fault::TruncatedAfter(30)] {
        for count in 0..3 {
            converges(&bench(Dialect::V7_20), count, &fault, &wanted());
            let used = bench(Dialect::V7_20);
            used.perform(&wanted()).unwrap();
            used.router.login("k7m2p9", "w4t8", "02:4B:11:9A:C0:5E").unwrap();
            used.router.tick(Duration::from_secs(600));
            used.router.logout("02:4B:11:9A:C0:5E");
            converges(&used, count, &fault, &renewal);
        }
    }
}

#[test]
fn a_cut_after_the_write_leaves_it_unknown_until_it_is_read() {
    let bench = bench(Dialect::V7_20);
    fail_after(&bench, 1, &Fault::CutAfter);
    let error = bench.perform(&wanted()).unwrap_err();
    assert!(matches!(error, RouterError::Incomplete(_)) && error.is_transient(), "{error:?}");
    assert_eq!(bench.sent("user add "), 1);
    assert_eq!(bench.perform(&wanted()).unwrap().change, Change::None);
    assert_eq!(bench.sent("user add "), 1);
}

#[test]
fn writes_that_are_refused_say_why() {
    let bench = bench(Dialect::V7_20);
    bench.router.set_policies("mlango", &["ssh", "read", "sensitive"]);
    bench.router.cut_connections();
    let error = bench.perform(&wanted()).unwrap_err();
    assert_eq!(error.state(), RouterState::PermissionMissing, "{error}");
    bench.router.set_policies("mlango", &["ssh", "read", "write", "sensitive"]);
    bench.router.set_device_mode_hotspot(false);
    bench.router.cut_connections();
    let error = bench.perform(&wanted()).unwrap_err();
    assert_eq!(error.state(), RouterState::HotspotMissing, "{error}");
    bench.router.set_device_mode_hotspot(true);
    bench.router.remove_menu("ip hotspot");
    let error = bench.perform(&wanted()).unwrap_err();
    assert_eq!(error.state(), RouterState::HotspotMissing, "{error}");
    bench.router.restore_menu("ip hotspot");
    assert_eq!(bench.perform(&wanted()).unwrap().change, Change::Created);
}
