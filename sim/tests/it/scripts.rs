//! Scripts that operators import, and code that is made while they run.

use mlango_sim::{Dialect, Router, RouterSpec};

fn router(dialect: Dialect) -> Router {
    Router::start(RouterSpec::new(dialect))
}

#[test]
fn an_import_stops_at_what_fails_and_keeps_what_was_done() {
    for dialect in Dialect::ALL {
        let router = router(dialect);
        let good = "# a comment\n:global word \"a\"\n:put (\"said \" . $word)\n";
        let shown = router.import(good);
        assert!(shown.starts_with("said a\r\n"), "{shown}");
        assert!(shown.contains("Script file loaded and executed successfully"), "{shown}");
        let shown = router.import("/system identity set name=X\n:error \"enough\"\n:put \"after\"");
        assert!(shown.contains("enough"), "{shown}");
        assert!(!shown.contains("after") && !shown.contains("successfully"), "{shown}");
        assert_eq!(router.run(":put [/system identity get name]"), "X\r\n");
    }
}

#[test]
fn code_that_does_not_parse_can_be_caught() {
    for (dialect, says) in [(Dialect::V6_49, "none"), (Dialect::V7_20, "true")] {
        let script = ":local m \"none\"; :do {:local f [:parse \":return [/system device-mode get \
                      hotspot]\"]; :set m [$f]} on-error={}; :put $m";
        assert_eq!(router(dialect).run(script), format!("{says}\r\n"), "{dialect:?}");
    }
    let router = router(Dialect::V7_16);
    assert_eq!(router.run(":local f [:parse \":put 5\"]; $f; $f"), "5\r\n5\r\n");
    assert_eq!(router.run(":put [:typeof [:parse \":put 5\"]]"), "code\r\n");
    // Code sees none of the variables around it.
    assert!(router.run(":local a 1; :local f [:parse \":put \\$a\"]; $f").contains("syntax error"));
}

#[test]
fn the_clocks_servers_have_other_names_in_version_6() {
    for dialect in Dialect::ALL {
        let (known, unknown) = match dialect {
            Dialect::V6_49 => ("server-dns-names", "servers"),
            _ => ("servers", "server-dns-names"),
        };
        let router = router(dialect);
        let set = |name: &str| router.run(&format!("/system ntp client set {name}=pool.ntp.org"));
        assert!(set(unknown).contains("expected end of command"), "{dialect:?}");
        assert_eq!(set(known), "");
        let shown = router.run(":put [/system ntp client get]");
        assert!(shown.contains(&format!("{known}=pool.ntp.org")), "{dialect:?}: {shown}");
        assert!(!shown.contains(&format!("{unknown}=")), "{dialect:?}: {shown}");
    }
}

#[test]
fn a_key_is_imported_from_a_file_that_was_uploaded() {
    let router = router(Dialect::V6_49);
    let import = "/user ssh-keys import public-key-file=k.pub user=mlango";
    assert!(router.run(import).contains("unable to load key file"));
    router.upload("k.pub", "no key at all");
    assert!(router.run(import).contains("unable to load key file"));
    assert_eq!(router.run(":put [:len [/user ssh-keys find user=\"mlango\"]]"), "0\r\n");
}
