//! Commands of menus: what they take, refuse and give back, release by release.

use mlango_sim::{Dialect, Router, RouterSpec};

const FRAMED: &str = ":local n 0; :foreach r in=[/ip hotspot user print detail as-value where \
    name=\"k7\"] do={:put \"Rab12\"; :foreach k,v in=$r do={:local s [:tostr $v]; \
    :put (\"K \" . $k . \" \" . [:len $s] . \" \" . $s)}; :put \"Eab12\"; :set n ($n+1)}; \
    :put (\"Zab12 \" . $n)";

fn router(dialect: Dialect) -> Router {
    let router = Router::start(RouterSpec::new(dialect));
    for profile in ["day50", "day80", "week"] {
        router.run(&format!("/ip hotspot user profile add name={profile}"));
    }
    router
}

fn check(router: &Router, cases: &[(&str, &str)]) {
    for (script, expected) in cases {
        assert_eq!(router.run(script).replace("\r\n", "\n"), *expected, "{script}");
    }
}

#[test]
fn a_customer_is_added_changed_and_removed() {
    let router = router(Dialect::V7_16);
    let cases = [
        (":put [/ip hotspot user add name=\"k7\" password=\"w4\" profile=\"day50\"]", "*2\n"),
        (
            "/ip hotspot user add name=k7",
            "failure: already have user with this name for this server\n",
        ),
        ("/ip hotspot user add name=k7 server=hotspot1", ""),
        ("/ip hotspot user set *2 limit-uptime=\"1d\" comment=\"a;b\"", ""),
        (":put [/ip hotspot user get *2 limit-uptime]", "1d00:00:00\n"),
        (
            ":put [/ip hotspot user get [find where name=\"k7\" and server=\"all\"] comment]",
            "a;b\n",
        ),
        ("/ip hotspot user disable *2", ""),
        (":put [/ip hotspot user find disabled=yes]", "*2\n"),
        (":put [/ip hotspot user find where disabled]", "*2\n"),
        ("/ip hotspot user remove [find where name=nobody]", ""),
        ("/ip hotspot user set *2 !limit-uptime", ""),
        (":put [:len [/ip hotspot user get *2 limit-uptime]]", "0\n"),
        (
            ":local i [/ip hotspot user find where name=k7]; :put [:len $i]; \
             /ip hotspot user remove $i",
            "2\n",
        ),
        (":put [/ip hotspot user print count-only]", "1\n"),
    ];
    check(&router, &cases);
}

#[test]
fn refusals_have_the_known_words() {
    let router = router(Dialect::V7_12);
    let add = |rest: &str| router.run(&format!("/ip hotspot user add {rest}"));
    let cases = [
        ("password=x", "missing value(s) of argument(s) name"),
        ("name=a profile=nosuch", "input does not match any value of profile"),
        (
            "name=a profile=day",
            "ambiguous value of profile, more than one possible value matches input",
        ),
        ("name=a limit-uptime=1x", "invalid time value for argument limit-uptime"),
        ("name=a mac-address=zz", "invalid value of mac, mac address required"),
        ("name=a limit-bytes-total=many", "invalid value for argument limit-bytes-total"),
    ];
    for (rest, refusal) in cases {
        assert_eq!(add(rest), format!("{refusal}\r\n"), "{rest}");
    }
    assert!(router.users().is_empty());
    check(
        &router,
        &[
            ("/ip hotspot user set *99 comment=x", "no such item (4)\n"),
            ("/ip hotspot user remove 0", "no such item (4)\n"),
            (":put [/ip hotspot user get [find where name=x] name]", "no such item\n"),
            (
                "/ip hotspot ip-binding add comment=x",
                "failure: address or mac-address is required\n",
            ),
            (
                "/radius add address=10.0.0.1 authentication-port=99999",
                "value of authentication-port out of range (1..65535)\n",
            ),
        ],
    );
}

/// A profile is found by its beginning, and sold wrongly.
#[test]
fn references_match_by_prefix() {
    let router = router(Dialect::V6_49);
    router.run("/ip hotspot user add name=a profile=we");
    assert_eq!(router.user("a").unwrap().profile, "week");
    router.run("/ip hotspot user profile add name=day; /ip hotspot user add name=b profile=day");
    assert_eq!(router.user("b").unwrap().profile, "day");
    router.run("/ip hotspot user profile remove [find where !default]");
    let emptied = router.run("/ip hotspot user set a profile=\"\"");
    assert!(emptied.starts_with("ambiguous value of profile"), "{emptied}");
}

#[test]
fn flags_are_fields_only_since_7_20() {
    for dialect in Dialect::ALL {
        let router = router(dialect);
        router.run("/ip hotspot user add name=k7 disabled=yes");
        let printed = router.run(":put [/ip hotspot user print detail as-value where name=k7]");
        assert_eq!(printed.contains("disabled="), dialect == Dialect::V7_20, "{printed}");
        let asked = ":put [/ip hotspot user print as-value proplist=name,disabled]";
        let asked = router.run(asked);
        assert_eq!(asked.contains("disabled=true"), dialect == Dialect::V7_20, "{asked}");
        assert_eq!(router.run(":put [/ip hotspot user get k7 disabled]"), "true\r\n");
    }
}

#[test]
fn summary_has_fewer_columns_than_detail() {
    let router = router(Dialect::V7_16);
    router.run("/ip hotspot user add name=k7 password=w4 limit-uptime=1h");
    let summary = router.run(":put [/ip hotspot user print as-value where name=k7]");
    assert_eq!(summary, ".id=*2;name=k7;profile=default;server=all;uptime=00:00:00\r\n");
    let detail = router.run(":put [/ip hotspot user print detail as-value where name=k7]");
    assert!(detail.contains(";limit-uptime=01:00:00;") && detail.contains(";password=w4;"));
    assert_eq!(router.run("/ip hotspot user print as-value"), "");
}

#[test]
fn records_are_framed_by_byte_lengths() {
    for dialect in Dialect::ALL {
        let router = router(dialect);
        router.run("/ip hotspot user add name=k7 password=w4 comment=\"Zo\\C3\\A9;.id=*77\"");
        let lines: Vec<String> = router.run(FRAMED).lines().map(str::to_owned).collect();
        assert_eq!(lines.first().map(String::as_str), Some("Rab12"), "{lines:?}");
        assert_eq!(lines[1], "K .id 2 *2");
        assert!(lines.contains(&"K comment 12 Zoé;.id=*77".to_owned()), "{lines:?}");
        assert_eq!(lines[lines.len() - 2..], ["Eab12", "Zab12 1"]);
    }
}

#[test]
fn json_keeps_texts_of_digits() {
    let router = router(Dialect::V7_20);
    router.run("/ip hotspot user add name=\"0712\" comment=\"a\\22b\\0Ac\"");
    let json = router.run(
        ":put [:serialize to=json options=json.no-string-conversion value=[/ip hotspot user \
         print detail as-value where name=\"0712\"]]",
    );
    assert!(json.contains("\"name\":\"0712\"") && json.contains("\"disabled\":false"), "{json}");
    assert!(json.contains(r#""comment":"a\"b\nc""#) && json.starts_with("[{"), "{json}");
    let none = ":put [:serialize to=json value=[/ip hotspot active print as-value]]";
    assert_eq!(router.run(none), "[]\r\n");
    let single = router.run(":put [:serialize to=json value=[/system identity print as-value]]");
    assert_eq!(single, "{\"name\":\"MikroTik\"}\r\n");
}

#[test]
fn a_small_device_has_no_hotspot_menu() {
    let router = router(Dialect::V7_20);
    router.remove_menu("ip hotspot");
    let refusal = "bad command name hotspot (line 1 column 16)\r\n";
    assert_eq!(router.run(":put one; /ip hotspot user print"), refusal.replace("16", "15"));
    assert_eq!(router.run(":put [/ip hotspot user find]"), refusal.replace("16", "11"));
    router.restore_menu("ip hotspot");
    assert_eq!(router.run(":put [/ip hotspot user find]"), "*1\r\n");
}

#[test]
fn device_mode_refuses_changes() {
    let router = router(Dialect::V7_20);
    router.set_device_mode_hotspot(false);
    let refusal = "failure: not allowed by device-mode (/ip/hotspot/add; line 1)\r\n";
    assert_eq!(router.run(":put [/ip hotspot add name=h2 interface=ether2]"), refusal);
    assert_eq!(router.run(":put [/system device-mode get hotspot]"), "false\r\n");
}

#[test]
fn a_router_describes_itself() {
    let router = router(Dialect::V6_49);
    assert_eq!(router.run(":put [/system resource get version]"), "6.49.18 (long-term)\r\n");
    assert_eq!(router.run(":put [/system identity get name]"), "MikroTik\r\n");
    let printed = router.run("/system resource print");
    assert!(printed.contains("free-memory: 68.0MiB\r\n"), "{printed}");
    assert!(router.run(":put [/system clock get date]").contains("/20"));
    assert!(router.run("/system device-mode print").starts_with("bad command name"));
    let newer = Router::start(RouterSpec::new(Dialect::V7_16));
    assert!(newer.run(":put [/system clock get date]").starts_with("20"));
    assert!(newer.run("/system resource print").starts_with("\t\t"));
}

/// As an installer's script prepares a router: run twice, same result.
#[test]
fn a_preparing_script_may_run_twice() {
    let router = Router::start(RouterSpec::new(Dialect::V7_16));
    let script = "/system identity set name=\"kiosk\"\n\
        :if ([:len [/ip hotspot user profile find where name=\"mlango\"]]=0) do={/ip hotspot user \
        profile add name=\"mlango\"} else={/ip hotspot user profile set [find where \
        name=\"mlango\"] shared-users=2}\n\
        /ip hotspot profile set hsprof1 login-by=http-pap,http-chap,mac-cookie use-radius=yes\n\
        :if ([:len [/radius find where comment=\"mlango\"]]=0) do={/radius add service=hotspot \
        address=10.0.0.2 secret=\"s\" timeout=3s comment=\"mlango\"}\n\
        /radius incoming set accept=yes port=3799\n\
        /ip ssh set strong-crypto=yes\n\
        :put \"DONE\"\n";
    assert_eq!(router.run(script), "DONE\r\n");
    assert_eq!(router.run(script), "DONE\r\n");
    assert_eq!(router.field("radius", 0, "timeout").as_deref(), Some("00:00:03"));
    assert_eq!(router.field("radius", 1, "address"), None);
    assert_eq!(router.run(":put [/radius incoming get port]"), "3799\r\n");
    let profile = router.profiles().into_iter().find(|row| row.name == "mlango").unwrap();
    assert_eq!(profile.shared_users, "2");
}
