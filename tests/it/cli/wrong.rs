//! What goes wrong before a command begins.

use super::Shop;
use rusqlite::Connection;

#[test]
fn a_configuration_that_cannot_be_read_ends_with_2() {
    let shop = Shop::new();
    let missing = shop.dir.path().join("none.toml");
    let ended = shop.run(&["package", "list", "--config", missing.to_str().unwrap()]);
    assert_eq!((ended.code, ended.err.lines().count()), (2, 1), "{}", ended.err);
    assert!(ended.err.contains("none.toml is not there"), "{}", ended.err);

    let typo = shop.put("typo.toml", "mpesa.shortcodes = [\"600638\"]\n[http]\nlisten_on = 1\n");
    let ended = shop.run(&["--config", &typo, "package", "list"]);
    assert_eq!((ended.code, ended.err.lines().count()), (2, 1), "{}", ended.err);
    assert!(ended.err.contains("line 3") && ended.err.contains("listen_on"), "{}", ended.err);
    assert!(!shop.data_dir().exists());
}

#[test]
fn what_is_no_command_ends_with_2() {
    let shop = Shop::new();
    for args in [&[][..], &["fly"], &["package"], &["package", "fly"], &["payment", "show"]] {
        let ended = shop.run(args);
        assert_eq!(ended.code, 2, "{args:?}: {}", ended.err);
        assert!(ended.out.is_empty() && !ended.err.is_empty(), "{args:?}");
    }
    assert!(!shop.data_dir().exists());
    assert_eq!(shop.run(&["--help"]).code, 0);
    assert_eq!(shop.run(&["--version"]).code, 0);
}

#[test]
fn a_newer_or_foreign_database_is_left_alone() {
    let shop = Shop::stocked();
    let database = || Connection::open(shop.data_dir().join("mlango.db")).unwrap();
    database().pragma_update(None, "user_version", 99).unwrap();
    let err = shop.refused(&["package", "list"]);
    assert!(err.contains("install the newer program again"), "{err}");
    let version: i64 = database().pragma_query_value(None, "user_version", |it| it.get(0)).unwrap();
    assert_eq!(version, 99);

    let other = Shop::new();
    std::fs::create_dir(other.data_dir()).unwrap();
    let cookies = Connection::open(other.data_dir().join("mlango.db")).unwrap();
    cookies.execute_batch("CREATE TABLE cookies (id)").unwrap();
    let err = other.refused(&["package", "list"]);
    assert!(err.contains("not a database of this program"), "{err}");
}
