//! What `router check` finds out.

use super::Bench;
use mlango::routeros::ops::{CheckSetup, Finding, ReadResource};
use mlango_sim::{Account, Dialect, RouterSpec, Setup};

fn check(bench: &Bench) -> Vec<String> {
    let setup = bench.perform(&CheckSetup { login: "mlango".to_owned() }).unwrap();
    assert_eq!(bench.writes(), 0, "a check changes nothing");
    let broken = |finding| match finding {
        Finding::Broken(text) => Some(text),
        Finding::Advice(_) => None,
    };
    setup.findings.into_iter().filter_map(broken).collect()
}

#[track_caller]
fn finds(bench: &Bench, words: &str) {
    let found = check(bench);
    assert!(found.len() == 1 && found[0].contains(words), "{words:?}: {found:?}");
}

#[test]
fn a_prepared_router_has_nothing_broken() {
    for dialect in Dialect::ALL {
        assert_eq!(check(&Bench::new(dialect)), [""; 0], "{dialect:?}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let bench = Bench::with(RouterSpec { setup: Setup::Bare, ..RouterSpec::new(Dialect::V7_20) });
    finds(&bench, "/ip hotspot setup");
    for dialect in Dialect::ALL {
        let bench = Bench::new(dialect);
        bench.router.run("/ip hotspot disable [find]");
        finds(&bench, "disabled");
    }
    let bench = Bench::new(Dialect::V7_20);
    bench.router.set_device_mode_hotspot(false);
    finds(&bench, "device-mode");
    bench.router.set_device_mode_hotspot(true);
    bench.router.remove_menu("ip hotspot");
    finds(&bench, "no hotspot");
}

#[test]
fn missing_policies_are_named() {
    for dialect in Dialect::ALL {
        let account = Account::new("mlango", "sim-password");
        let accounts = vec![account.with_policies(&["ssh", "read", "policy", "test"])];
        let bench = Bench::with(RouterSpec { accounts, ..RouterSpec::new(dialect) });
        finds(&bench, "write and sensitive");
    }
}

#[test]
fn old_releases_get_advice() {
    let bench = Bench::new(Dialect::V6_49);
    let setup = bench.perform(&CheckSetup { login: "mlango".to_owned() }).unwrap();
    let is_upgrade = |it: &Finding| matches!(it, Finding::Advice(text) if text.contains("upgrade"));
    assert!(setup.findings.iter().any(is_upgrade), "{setup:?}");
}

#[test]
fn a_router_says_how_it_feels() {
    for dialect in Dialect::ALL {
        let resource = Bench::new(dialect).perform(&ReadResource).unwrap();
        assert!(resource.cpu_load_percent.is_some() && resource.board.is_some(), "{resource:?}");
        assert!(resource.free_memory_bytes < resource.total_memory_bytes, "{resource:?}");
    }
}
