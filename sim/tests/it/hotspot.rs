//! Customers' sessions: limits, cookies, kicks and restarts.

use std::time::Duration;

use mlango_sim::{Dialect, Router, RouterSpec, SeedUser};

const PHONE: &str = "02:4B:11:9A:C0:5E";
const LAPTOP: &str = "02:4B:11:9A:C0:5F";

fn kiosk(limit: Option<Duration>) -> Router {
    let router = Router::start(RouterSpec::new(Dialect::V7_16));
    router.seed_user(&SeedUser {
        name: "k7".to_owned(),
        password: "w4".to_owned(),
        limit_uptime: limit,
        ..SeedUser::default()
    });
    router
}

fn refusal(result: Result<(), String>) -> String {
    result.expect_err("this login must be refused")
}

#[test]
fn only_the_right_password_lets_in() {
    let router = kiosk(None);
    let wrong = "invalid username or password";
    assert_eq!(refusal(router.login("k7", "no", PHONE)), wrong);
    assert_eq!(refusal(router.login("nobody", "w4", PHONE)), wrong);
    router.run("/ip hotspot user disable k7");
    assert_eq!(refusal(router.login("k7", "w4", PHONE)), wrong);
    router.run("/ip hotspot user enable k7");
    router.login("k7", "w4", PHONE).unwrap();
    assert_eq!(router.active()[0].user, "k7");
}

#[test]
fn uptime_is_for_life_and_renewal_resets_it() {
    let hour = Duration::from_secs(3600);
    let router = kiosk(Some(hour));
    router.login("k7", "w4", PHONE).unwrap();
    router.tick(hour / 4);
    assert_eq!(router.active()[0].time_left, Some(hour * 3 / 4));
    router.logout(PHONE);
    router.login("k7", "w4", PHONE).unwrap();
    router.tick(hour);
    assert!(router.active().is_empty());
    assert_eq!(router.user("k7").unwrap().uptime, hour);
    assert_eq!(refusal(router.login("k7", "w4", PHONE)), "user k7 has reached uptime limit");
    let line =
        format!("/ip hotspot active login user=k7 password=w4 mac-address={PHONE} ip=10.5.50.9");
    assert_eq!(router.run(&line), "your uptime limit is reached\r\n");
    router.run("/ip hotspot user reset-counters [find where name=k7]");
    assert_eq!(router.run(&line), "");
    assert_eq!(router.active()[0].address, "10.5.50.9");
}

#[test]
fn bytes_run_out() {
    let router = kiosk(None);
    router.run("/ip hotspot user set k7 limit-bytes-total=1000");
    router.login("k7", "w4", PHONE).unwrap();
    assert!(router.traffic("k7", 300, 600));
    assert_eq!(router.active()[0].bytes_out, 600);
    assert!(router.traffic("k7", 0, 100));
    assert!(router.active().is_empty());
    assert_eq!(refusal(router.login("k7", "w4", PHONE)), "user k7 has reached traffic limit");
}

#[test]
fn devices_are_counted_and_may_be_bound() {
    let router = kiosk(None);
    router.login("k7", "w4", PHONE).unwrap();
    let full = "no more sessions are allowed for user k7";
    assert_eq!(refusal(router.login("k7", "w4", LAPTOP)), full);
    router.run("/ip hotspot user profile set default shared-users=2");
    router.login("k7", "w4", LAPTOP).unwrap();
    assert_eq!(router.active().len(), 2);
    router.run(&format!("/ip hotspot user set k7 mac-address={PHONE}"));
    let bound = "user k7 is not allowed to log in from this MAC address";
    assert_eq!(refusal(router.login("k7", "w4", LAPTOP)), bound);
}

/// An administrator's kick takes the mac-cookie, and the HTTP cookie brings the customer back.
#[test]
fn a_kick_without_the_cookies_does_not_last() {
    let router = kiosk(None);
    router.login("k7", "w4", PHONE).unwrap();
    assert_eq!(router.cookies().len(), 2);
    router.run("/ip hotspot active remove [find where user=k7]");
    assert!(router.active().is_empty());
    assert!(router.cookies().iter().all(|cookie| !cookie.is_mac_cookie));
    router.reappear(PHONE).unwrap();
    assert_eq!(router.active()[0].login_by, "cookie");
    router.run("/ip hotspot cookie remove [find where user=k7]");
    router.run("/ip hotspot active remove [find where user=k7]");
    assert_eq!(refusal(router.reappear(PHONE)), "login required");
}

#[test]
fn cookies_expire() {
    let router = kiosk(None);
    router.login("k7", "w4", PHONE).unwrap();
    router.tick(Duration::from_secs(4 * 86_400));
    assert!(router.cookies().is_empty());
}

#[test]
fn a_restart_ends_sessions_and_keeps_users() {
    let router = kiosk(None);
    router.login("k7", "w4", PHONE).unwrap();
    router.tick(Duration::from_secs(60));
    router.reboot();
    assert!(router.active().is_empty());
    assert_eq!(router.user("k7").unwrap().uptime, Duration::from_secs(60));
    assert_eq!(router.run(":put [/system resource get uptime]"), "00:00:00\r\n");
    router.wipe_hotspot();
    assert!(router.users().is_empty() && router.cookies().is_empty());
}

#[test]
fn radius_is_asked_for_those_the_router_does_not_know() {
    let router = kiosk(None);
    router.run("/ip hotspot profile set hsprof1 use-radius=yes");
    assert_eq!(refusal(router.login("x", "y", PHONE)), "RADIUS server is not responding");
    router.login("k7", "w4", PHONE).unwrap();
}
