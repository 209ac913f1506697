//! `mlango router check`: what is wrong with a router, one thing after another.

use super::{Shop, settle};
use crate::sale::PHONE;
use mlango::domain::queue::Queue;
use mlango_sim::{Dialect, Router, RouterSpec};
use serde_json::Value;

impl Shop {
    /// What the check says, on one line, and whether customers can be served.
    fn check(&self) -> (bool, String) {
        let ended = self.run(&["router", "check", "Main"]);
        (ended.code == 0, ended.out.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

const ALL_IS_WELL: [&str; 8] = [
    "knows no RADIUS server",
    "asks no RADIUS",
    "another than ours",
    "does not take our disconnects",
    "cannot see our page",
    "weak encryption",
    "too little time",
    "proxy-status",
];

#[test]
fn what_the_script_mends_is_found_before_and_not_after() {
    for dialect in Dialect::ALL {
        let shop = Shop::facing_customers();
        let router = Router::start(RouterSpec::new(dialect));
        shop.add_over_radius(&router, "radius");
        let before = router.run(":put [/radius print detail as-value]");
        let (is_ok, said) = shop.check();
        assert!(!is_ok, "{dialect:?}: {said}");
        for words in [&ALL_IS_WELL[..2], &ALL_IS_WELL[3..6]].concat() {
            assert!(said.contains(words), "{dialect:?} {words}: {said}");
        }
        assert!(said.contains("its clock is") && said.contains("days off"), "{dialect:?}: {said}");
        assert_eq!(router.run(":put [/radius print detail as-value]"), before);
        assert!(router.import(&shop.script()).contains("DONE"));
        let (is_ok, said) = shop.check();
        assert!(is_ok, "{dialect:?}: {said}");
        for words in ALL_IS_WELL {
            assert!(!said.contains(words), "{dialect:?} {words}: {said}");
        }
    }
}

#[test]
fn each_thing_that_is_wrong_is_said() {
    for dialect in [Dialect::V6_49, Dialect::V7_20] {
        let shop = Shop::facing_customers();
        let router = Router::start(RouterSpec::new(dialect));
        shop.add_over_radius(&router, "both");
        assert!(router.import(&shop.script()).contains("DONE"));
        for (wrong, right, words) in [
            (
                "/radius set [find] secret=x",
                "/radius set [find] secret=\"r\\3Fdi#us[secret]\"",
                "another than ours",
            ),
            ("/radius disable [find]", "/radius enable [find]", "knows no RADIUS server"),
            (
                "/radius set [find] timeout=1100ms",
                "/radius set [find] timeout=3s",
                "too little time",
            ),
            (
                "/radius incoming set port=1700",
                "/radius incoming set port=3799",
                "run `/radius incoming set accept=yes port=3799`",
            ),
            (
                "/radius incoming set accept=no",
                "/radius incoming set accept=yes",
                "does not take our disconnects",
            ),
            ("/ip ssh set strong-crypto=no", "/ip ssh set strong-crypto=yes", "weak encryption"),
            (
                "/ip hotspot profile set hsprof1 use-radius=no",
                "/ip hotspot profile set hsprof1 use-radius=yes",
                "asks no RADIUS",
            ),
            (
                "/ip hotspot profile set hsprof1 radius-accounting=no",
                "/ip hotspot profile set hsprof1 radius-accounting=yes",
                "reports nobody's use",
            ),
            (
                "/ip hotspot profile set hsprof1 login-by=cookie,http-chap",
                "/ip hotspot profile set hsprof1 login-by=http-pap",
                "lacks login-by=http-pap",
            ),
            (
                "/ip hotspot walled-garden ip set [find] dst-port=81",
                "/ip hotspot walled-garden ip set [find] dst-port=8080",
                "accepts an address of ours at port 8080",
            ),
            (
                "/ip hotspot walled-garden ip disable [find]",
                "/ip hotspot walled-garden ip enable [find]",
                "cannot see our page",
            ),
        ] {
            assert_eq!(router.run(wrong), "", "{wrong}");
            let (_, said) = shop.check();
            assert!(said.contains(words), "{dialect:?} {wrong}: {said}");
            assert_eq!(router.run(right), "", "{right}");
            let (is_ok, said) = shop.check();
            assert!(is_ok && !said.contains(words), "{dialect:?} {right}: {said}");
        }
        router.set_policies("mlango", &["ssh", "read", "winbox"]);
        let (is_ok, said) = shop.check();
        let order = "run `/user group set mlango policy=ssh,read,winbox,write,sensitive`";
        assert!(!is_ok && said.contains(order), "{said}");
    }
}

#[test]
fn a_routers_own_words_stay_with_the_job_and_the_delivery() {
    let shop = Shop::stocked();
    let router = Router::start(RouterSpec::new(Dialect::V7_20));
    shop.add_router("Main", &router, &["--access", "local"]);
    router.set_device_mode_hotspot(false);
    shop.pay("UKM1AAAAAA", "20", PHONE);
    settle(&shop.site(), &[Queue::Provisioning]);
    let words = "failure: not allowed by device-mode";
    let says = |shown: &Value| shown["error"].as_str().is_some_and(|it| it.contains(words));
    let shown = shop.json(&["payment", "show", "1"]);
    assert!(says(&shown["deliveries"][0]), "{shown}");
    let job = (1..9).map(|id| shop.run(&["queue", "show", &id.to_string(), "--json"]));
    let jobs = job.filter_map(|it| serde_json::from_str::<Value>(&it.out).ok());
    let job = jobs.into_iter().find(|it| it["kind"] == "provision_user").unwrap();
    assert!(says(&job), "{job}");
}
