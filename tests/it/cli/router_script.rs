//! `mlango router script`: what it prints is imported by simulated routers of every version.

use super::Shop;
use mlango_sim::{Account, Dialect, Router, RouterSpec, Setup};

const PLACE: &str = ":global mlangoPassword \"\"\n";
const KEY: &str = include_str!("../routeros/keys/rsa");
const KEY_PUBLIC: &str = include_str!("../routeros/keys/rsa.pub");

/// What an operator had before, beside what is ours.
const OPERATORS: &str = "/user group add name=staff policy=ssh,read,winbox\n\
     /user add name=asha group=staff password=hers\n\
     /radius add service=login address=192.0.2.99 secret=theirs comment=\"for staff\"\n\
     /ip hotspot walled-garden ip add dst-address=192.0.2.50 comment=\"our shop\"\n\
     /ip hotspot walled-garden add dst-host=*.example.org\n\
     /ip hotspot ip-binding add mac-address=02:00:00:00:00:09 type=bypassed\n\
     /ip hotspot user add name=guest password=g comment=\"my son\"\n\
     /ip hotspot profile add name=quiet login-by=mac\n\
     /system identity set name=Kiosk";

fn without_accounts(dialect: Dialect) -> Router {
    let router = Router::start(RouterSpec { accounts: Vec::new(), ..RouterSpec::new(dialect) });
    assert_eq!(router.run(OPERATORS), "");
    router
}

/// All that the script might touch, and more.
fn state(router: &Router) -> String {
    ["/user", "/user group", "/user ssh-keys", "/radius", "/radius incoming", "/ip ssh"]
        .into_iter()
        .chain([
            "/ip hotspot",
            "/ip hotspot profile",
            "/ip hotspot user",
            "/ip hotspot user profile",
        ])
        .chain(["/ip hotspot walled-garden", "/ip hotspot walled-garden ip"])
        .chain(["/ip hotspot ip-binding", "/system identity", "/system ntp client", "/ip service"])
        .map(|menu| {
            format!("{menu}\n{}", router.run(&format!(":put [{menu} print detail as-value]")))
        })
        .collect()
}

impl Shop {
    /// As in a shop whose customers reach the box at this address.
    pub(super) fn facing_customers() -> Shop {
        let shop = Shop::new();
        let path = shop.dir.path().join("mlango.toml");
        let config = std::fs::read_to_string(&path).unwrap();
        let config =
            config.replace("http.listen = \"127.0.0.1:0\"", "http.listen = \"192.0.2.7:8080\"");
        std::fs::write(&path, config + "clock.trust = \"trusted\"\n").unwrap();
        shop
    }

    pub(super) fn script(&self) -> String {
        self.json(&["router", "script", "Main"])["script"].as_str().unwrap().to_owned()
    }

    pub(super) fn add_over_radius(&self, router: &Router, access: &str) {
        let secret = self.put("nas", "r?di#us[secret]\n");
        let options =
            ["--access", access, "--nas-ip", "127.0.0.1", "--nas-secret-file", secret.as_str()];
        self.add_router("Main", router, &options);
    }
}

#[test]
fn a_router_is_prepared_and_can_be_prepared_again() {
    for dialect in Dialect::ALL {
        let shop = Shop::facing_customers();
        let router = without_accounts(dialect);
        shop.add_over_radius(&router, "both");
        let script = shop.script();
        assert!(script.contains(PLACE) && !script.contains("sim-password"), "{script}");

        let asked = router.import(&script);
        assert!(asked.contains("put the password of the account"), "{dialect:?}: {asked}");
        assert!(!asked.contains("DONE") && !asked.contains("OK user"), "{asked}");

        let filled = script.replacen(PLACE, ":global mlangoPassword \"sim-password\"\n", 1);
        let shown = router.import(&filled);
        assert!(shown.contains("DONE") && shown.contains("successfully"), "{dialect:?}: {shown}");
        assert!(!shown.contains("NOTE"), "{shown}");
        for step in ["device-mode", "group", "user", "ssh", "login", "profile", "garden", "radius"]
        {
            assert!(shown.contains(&format!("OK {step}\r\n")), "{dialect:?} {step}: {shown}");
        }
        let once = state(&router);
        for again in [&script, &filled, &script] {
            let shown = router.import(again);
            assert!(shown.contains("DONE"), "{dialect:?}: {shown}");
            assert_eq!(state(&router), once, "{dialect:?}");
        }
        assert_eq!(router.run(":global mlangoPassword; :put $mlangoPassword").trim(), "");
        let radius = router.run(":put [/radius get [find comment=mlango]]");
        for words in ["secret=r?di#us[secret]", "address=192.0.2.7", "timeout=00:00:03"] {
            assert!(radius.contains(words), "{dialect:?}: {radius}");
        }
        shop.done(&["router", "check", "Main"]);
    }
}

#[test]
fn what_is_the_operators_stays_so() {
    for dialect in Dialect::ALL {
        let shop = Shop::facing_customers();
        let router = without_accounts(dialect);
        router.run("/ip hotspot profile set hsprof1 login-by=https,mac-cookie");
        let rows = |menu: &str| router.run(&format!(":put [{menu} print detail as-value]"));
        let untouched = ["/ip hotspot user", "/ip hotspot ip-binding", "/ip hotspot walled-garden"];
        let before = untouched.map(rows);
        shop.add_over_radius(&router, "radius");
        let filled = shop.script().replacen(PLACE, ":global mlangoPassword \"sim-password\"\n", 1);
        assert!(router.import(&filled).contains("DONE"));
        assert_eq!(untouched.map(rows), before);
        for (what, expected) in [
            ("/user get asha group", "staff"),
            ("/user group get staff policy", "ssh;read;winbox;"),
            ("/radius get [find comment=\"for staff\"] secret", "theirs"),
            (
                "/ip hotspot walled-garden ip get [find comment=\"our shop\"] dst-address",
                "192.0.2.50",
            ),
            ("/ip hotspot profile get quiet login-by", "mac"),
            ("/ip hotspot profile get quiet use-radius", "false"),
            ("/ip hotspot profile get hsprof1 use-radius", "true"),
            ("/system identity get name", "Kiosk"),
        ] {
            let is = router.run(&format!(":put [{what}]"));
            assert!(is.starts_with(expected), "{dialect:?} {what}: {is}");
        }
        let methods = router.run(":put [/ip hotspot profile get hsprof1 login-by]");
        for method in ["http-pap", "https", "mac-cookie"] {
            assert!(methods.contains(method), "{methods}");
        }
    }
}

#[test]
fn an_account_that_is_there_is_left_as_it_is() {
    let shop = Shop::facing_customers();
    let router = without_accounts(Dialect::V7_20);
    router.run(
        "/user group add name=ops policy=ssh,read,write,sensitive\n\
         /user add name=mlango group=ops password=sim-password",
    );
    shop.add_router("Main", &router, &["--access", "local"]);
    let shown = router.import(&shop.script());
    assert_eq!(router.run(":put [/user get mlango group]").trim(), "ops");
    assert!(
        shown.contains("NOTE the account was there before") && shown.contains("DONE"),
        "{shown}"
    );
    assert_eq!(router.run(":put [:len [/radius find service~\"hotspot\"]]").trim(), "0");
    assert_eq!(router.run(":put [/ip hotspot profile get hsprof1 use-radius]").trim(), "false");
    shop.done(&["router", "check", "Main"]);
}

#[test]
fn a_key_is_taken_from_a_file_and_no_password_works() {
    for dialect in [Dialect::V6_49, Dialect::V7_12] {
        let shop = Shop::facing_customers();
        let router = without_accounts(dialect);
        let key = shop.put("key", KEY);
        let address = router.address().to_string();
        let add = ["router", "add", "--name", "Main", "--address", &address, "--user", "mlango"];
        shop.done(&[&add[..], &["--key-file", &key, "--access", "local"]].concat());
        let script = shop.script();
        assert!(!script.contains("PRIVATE") && !script.contains(PLACE), "{script}");
        assert!(router.import(&script).contains("upload the public key as mlango.pub"));
        router.upload("mlango.pub", KEY_PUBLIC);
        let shown = router.import(&script);
        assert!(shown.contains("OK key") && shown.contains("DONE"), "{dialect:?}: {shown}");
        let once = state(&router);
        assert!(router.import(&shop.script()).contains("DONE"));
        assert_eq!(state(&router), once);
        shop.done(&["router", "check", "Main"]);
    }
}

#[test]
fn what_a_person_must_do_first_is_said() {
    let shop = Shop::new();
    let router =
        Router::start(RouterSpec { setup: Setup::Bare, ..RouterSpec::new(Dialect::V7_20) });
    shop.add_router("Main", &router, &["--access", "local"]);
    let script = shop.script();
    assert!(script.contains("No walled garden"), "{script}");
    let shown = router.import(&script);
    assert!(shown.contains("NOTE there is no hotspot server") && shown.contains("DONE"), "{shown}");
    router.set_device_mode_hotspot(false);
    let before = state(&router);
    let shown = router.import(&script);
    assert!(shown.contains("device-mode forbids the hotspot") && !shown.contains("OK"), "{shown}");
    assert_eq!(state(&router), before);
    let refused = shop.refused(&["router", "script", "Other"]);
    assert!(refused.contains("mlango router list"), "{refused}");
    shop.done(&["router", "set", "Main", "--access", "both"]);
    let refused = shop.refused(&["router", "script", "Main"]);
    assert!(refused.contains("--nas-secret-file"), "{refused}");
}

#[test]
fn the_account_it_makes_may_do_what_a_sale_needs_and_no_more() {
    let shop = Shop::facing_customers();
    let router = without_accounts(Dialect::V7_16);
    shop.add_router("Main", &router, &["--access", "local"]);
    let filled = shop.script().replacen(PLACE, ":global mlangoPassword \"sim-password\"\n", 1);
    assert!(router.import(&filled).contains("DONE"));
    let made = Account::new("mlango", "sim-password");
    let policy = router.run(":put [/user group get mlango policy]");
    assert!(made.policies.len() > 5 && policy.starts_with("ssh;read;write;test;sensitive;!"));
    for refused in ["!policy", "!reboot", "!ftp", "!api"] {
        assert!(policy.contains(refused), "{policy}");
    }
}
