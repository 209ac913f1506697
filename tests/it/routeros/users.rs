//! Customers on the router: made, renewed, repaired, removed, and never anybody else's.

use super::Bench;
use mlango::domain::customer::Username;
use mlango::domain::secret::Secret;
use mlango::routeros::RouterError;
use mlango::routeros::ops::{
    Change, EnsureHotspotUser, EnsureUserProfile, ReadActive, ReadHotspotUser, ReadHotspotUsers,
    RemoveHotspotUser,
};
use mlango_sim::{Account, Dialect, RouterSpec};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

fn name(text: &str) -> Username {
    text.parse().unwrap()
}

fn profile(name: &str) -> EnsureUserProfile {
    EnsureUserProfile { name: name.to_owned(), rate: None, shared_users: 1 }
}

pub(super) fn wanted() -> EnsureHotspotUser {
    EnsureHotspotUser {
        name: name("k7m2p9"),
        password: Secret::new("w4t8"),
        profile: profile("mlango-day"),
        limit_uptime: Some(HOUR),
        limit_bytes_total: Some(5_368_709_120),
        time_bought: None,
        mark: "mlango sub=67 rev=1".to_owned(),
    }
}

/// A router with the package's profile.
pub(super) fn bench(dialect: Dialect) -> Bench {
    let bench = Bench::new(dialect);
    bench.perform(&profile("mlango-day")).unwrap();
    bench
}

#[test]
fn a_user_is_made_once_and_can_log_in() {
    for dialect in Dialect::ALL {
        let bench = bench(dialect);
        let made = bench.perform(&wanted()).unwrap();
        assert_eq!(made.change, Change::Created);
        assert_eq!(made.row.limit_uptime, Some(HOUR));
        assert_eq!(made.row.limit_bytes_total, Some(5_368_709_120));
        let writes = bench.writes();
        let again = bench.perform(&wanted()).unwrap();
        assert_eq!((again.change, bench.writes()), (Change::None, writes), "{dialect:?}");
        bench.router.login("k7m2p9", "w4t8", "02:4B:11:9A:C0:5E").unwrap();
        let sessions = bench.perform(&ReadActive { user: Some(name("k7m2p9")) }).unwrap();
        assert_eq!(sessions.len(), 1);
        assert_eq!(sessions[0].mac, "02:4B:11:9A:C0:5E");
        assert_eq!(bench.perform(&ReadActive { user: Some(name("k7")) }).unwrap(), []);
    }
}

#[test]
fn a_renewal_begins_the_counters_anew() {
    for dialect in Dialect::ALL {
        let bench = bench(dialect);
        bench.perform(&wanted()).unwrap();
        bench.router.login("k7m2p9", "w4t8", "02:4B:11:9A:C0:5E").unwrap();
        bench.router.traffic("k7m2p9", 1000, 2000);
        bench.router.tick(HOUR + Duration::from_secs(1));
        let refused = bench.router.login("k7m2p9", "w4t8", "02:4B:11:9A:C0:5E").unwrap_err();
        assert!(refused.contains("limit"), "{refused}");
        let renewal = EnsureHotspotUser { mark: "mlango sub=68 rev=1".to_owned(), ..wanted() };
        let renewed = bench.perform(&renewal).unwrap();
        assert_eq!((renewed.change, renewed.row.uptime), (Change::Renewed, Some(Duration::ZERO)));
        assert_eq!((renewed.row.bytes_in, renewed.row.bytes_out), (Some(0), Some(0)));
        bench.router.login("k7m2p9", "w4t8", "02:4B:11:9A:C0:5E").unwrap();
    }
}

#[test]
fn a_change_within_a_purchase_keeps_the_counters() {
    let bench = bench(Dialect::V7_20);
    bench.perform(&wanted()).unwrap();
    bench.router.login("k7m2p9", "w4t8", "02:4B:11:9A:C0:5E").unwrap();
    bench.router.tick(Duration::from_secs(600));
    bench.router.logout("02:4B:11:9A:C0:5E");
    let more = EnsureHotspotUser {
        limit_uptime: None,
        limit_bytes_total: None,
        password: Secret::new("h3x9"),
        ..wanted()
    };
    let changed = bench.perform(&more).unwrap();
    assert_eq!((changed.change, changed.row.limit_uptime), (Change::Updated, None));
    assert_eq!(changed.row.limit_bytes_total, None);
    assert_eq!(changed.row.uptime, Some(Duration::from_secs(600)));
    assert_eq!(bench.sent("reset-counters"), 0);
    assert_eq!(bench.perform(&more).unwrap().change, Change::None);
}

#[test]
fn a_user_that_was_meddled_with_is_repaired() {
    for dialect in Dialect::ALL {
        for meddling in ["disabled=yes", "server=hotspot1", "limit-uptime=9h", "profile=default"] {
            let bench = bench(dialect);
            bench.perform(&wanted()).unwrap();
            bench.router.run(&format!("/ip hotspot user set [find name=\"k7m2p9\"] {meddling}"));
            let repaired = bench.perform(&wanted()).unwrap();
            assert_eq!(repaired.change, Change::Updated, "{dialect:?} {meddling}");
            assert_ne!(repaired.row.is_disabled, Some(true));
            assert_eq!(bench.perform(&wanted()).unwrap().change, Change::None);
        }
    }
}

#[test]
fn somebody_elses_user_is_left_alone() {
    for server in ["all", "hotspot1"] {
        let bench = bench(Dialect::V7_20);
        let add = format!("/ip hotspot user add name=k7m2p9 server={server} comment=\"my son\"");
        bench.router.run(&add);
        let before = bench.router.run("/ip hotspot user print detail");
        let writes = bench.writes();
        let error = bench.perform(&wanted()).unwrap_err();
        assert!(
            matches!(&error, RouterError::Conflict(text) if text.contains("my son")),
            "{error}"
        );
        let remove = RemoveHotspotUser { name: name("k7m2p9") };
        assert_eq!(bench.perform(&remove).unwrap(), 0);
        assert_eq!(bench.perform(&ReadHotspotUsers).unwrap(), []);
        assert_eq!(bench.writes(), writes);
        assert_eq!(bench.router.run("/ip hotspot user print detail"), before);
    }
}

#[test]
fn no_phone_number_shows() {
    let bench = bench(Dialect::V7_20);
    bench.router.run("/ip hotspot user add name=hs_712345678 comment=\"for 0712345678\"");
    let op = EnsureHotspotUser { name: name("hs_712345678"), ..wanted() };
    let error = bench.perform(&op).unwrap_err();
    let shown = format!("{op:?} {error} {error:?}");
    assert!(shown.contains("hs_…678") && !shown.contains("12345"), "{shown}");
    bench.router.run("/ip hotspot user set [find name=hs_712345678] comment=\"mlango sub=1\"");
    let user = bench.perform(&op).unwrap();
    assert!(!format!("{user:?}").contains("12345") && !format!("{user:?}").contains("w4t8"));
}

#[test]
fn a_name_that_is_there_twice_is_not_chosen_from() {
    let bench = bench(Dialect::V7_20);
    bench.perform(&wanted()).unwrap();
    let twin = "/ip hotspot user add name=k7m2p9 server=hotspot1 comment=\"mlango sub=1\"";
    bench.router.run(twin);
    assert!(matches!(bench.perform(&wanted()), Err(RouterError::Conflict(_))));
    assert_eq!(bench.perform(&RemoveHotspotUser { name: name("k7m2p9") }).unwrap(), 2);
    assert_eq!(bench.perform(&wanted()).unwrap().change, Change::Created);
}

#[test]
fn our_users_are_listed_and_removed() {
    let bench = bench(Dialect::V6_49);
    bench.router.run("/ip hotspot user add name=guest comment=\"not of mlango \"");
    for text in ["k7m2p9", "k7m2q1"] {
        bench.perform(&EnsureHotspotUser { name: name(text), ..wanted() }).unwrap();
    }
    let names = |bench: &Bench| {
        let users = bench.perform(&ReadHotspotUsers).unwrap();
        users.into_iter().map(|it| it.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&bench), ["k7m2p9", "k7m2q1"]);
    let remove = RemoveHotspotUser { name: name("k7m2p9") };
    assert_eq!(bench.perform(&remove).unwrap(), 1);
    assert_eq!(bench.perform(&remove).unwrap(), 0);
    assert_eq!(names(&bench), ["k7m2q1"]);
    let one = ReadHotspotUser { name: name("k7m2q1") };
    assert_eq!(bench.perform(&one).unwrap().unwrap().is_disabled, Some(false));
    let gone = ReadHotspotUser { name: name("k7m2p9") };
    assert_eq!(bench.perform(&gone).unwrap(), None);
}

#[test]
fn the_wrong_profile_is_never_sold() {
    let bench = Bench::new(Dialect::V7_20);
    bench.perform(&profile("mlango-day-fast")).unwrap();
    let made = bench.perform(&wanted()).unwrap();
    assert_eq!(made.row.profile, "mlango-day");
    bench.perform(&profile("mlango-day-slow")).unwrap();
    assert_eq!(bench.perform(&wanted()).unwrap().change, Change::None);
    let foreign = EnsureHotspotUser { profile: profile("default"), ..wanted() };
    assert!(matches!(bench.perform(&foreign), Err(RouterError::Conflict(_))));
}

/// Every command costs a customer one round trip and the router one start of its console.
#[test]
fn a_sale_takes_two_commands_and_a_renewal_three() {
    for dialect in Dialect::ALL {
        let bench = bench(dialect);
        let count = |op: &EnsureHotspotUser| {
            let before = bench.router.commands().len();
            bench.perform(op).unwrap();
            bench.router.commands().len() - before
        };
        assert_eq!(count(&wanted()), 2, "{dialect:?}: read; add and read back");
        assert_eq!(count(&wanted()), 1, "{dialect:?}: read");
        bench.router.login("k7m2p9", "w4t8", "02:4B:11:9A:C0:5E").unwrap();
        bench.router.tick(Duration::from_secs(600));
        let renewal = EnsureHotspotUser { mark: "mlango sub=67 rev=2".to_owned(), ..wanted() };
        assert_eq!(count(&renewal), 3, "{dialect:?}: read; reset; set and read back");
        let widest = bench.router.commands().iter().map(|it| it.line.len()).max();
        assert!(widest < Some(2048), "{widest:?}");
    }
}

#[test]
fn a_purchase_keeps_the_limits_it_was_given() {
    let bench = bench(Dialect::V7_12);
    bench.perform(&wanted()).unwrap();
    let later =
        EnsureHotspotUser { limit_uptime: Some(HOUR / 2), time_bought: Some(HOUR), ..wanted() };
    let same = bench.perform(&later).unwrap();
    assert_eq!((same.change, same.row.limit_uptime), (Change::None, Some(HOUR)));
    let renewal = EnsureHotspotUser { mark: "mlango sub=67 rev=2".to_owned(), ..later };
    assert_eq!(bench.perform(&renewal).unwrap().row.limit_uptime, Some(HOUR / 2));
}

#[test]
fn values_stay_values() {
    let bench = bench(Dialect::V7_20);
    for password in ["\"; /system reset-configuration; :put \"", "$(1+1) \\$x", "Zoé 日本", "a;b=c"]
    {
        let op = EnsureHotspotUser { password: Secret::new(password), ..wanted() };
        let row = bench.perform(&op).unwrap().row;
        assert_eq!(row.password, Some(Secret::new(password)));
    }
}

#[test]
fn a_limit_of_nothing_is_not_taken_for_no_limit() {
    let bench = bench(Dialect::V7_20);
    let before = bench.router.commands().len();
    for op in [
        EnsureHotspotUser { limit_uptime: Some(Duration::from_millis(999)), ..wanted() },
        EnsureHotspotUser { limit_bytes_total: Some(0), ..wanted() },
        EnsureHotspotUser { mark: "of somebody".to_owned(), ..wanted() },
    ] {
        assert!(matches!(bench.perform(&op), Err(RouterError::Unsayable(_))));
    }
    assert_eq!(bench.router.commands().len(), before);
}

#[test]
fn an_account_that_cannot_read_passwords_is_told_so() {
    for dialect in Dialect::ALL {
        let account = Account::new("mlango", "sim-password");
        let accounts = vec![account.with_policies(&["ssh", "read", "write", "test"])];
        let bench = Bench::with(RouterSpec { accounts, ..RouterSpec::new(dialect) });
        let error = bench.perform(&wanted()).unwrap_err();
        let is_told =
            matches!(&error, RouterError::PermissionMissing(it) if it.contains("sensitive"));
        assert!(is_told, "{dialect:?}: {error}");
    }
}
