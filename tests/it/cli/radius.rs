//! `mlango radius`, with a real FreeRADIUS.

use super::Shop;
use crate::radius::server::{free_port, run, whom_to_run_as};
use mlango_sim::{Dialect, Router, RouterSpec};
use std::fs::{self, Permissions};
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

/// A FreeRADIUS that runs from what `mlango radius config` wrote.
struct Server {
    process: Child,
    dir: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Shop {
    fn radius(&self) -> Server {
        fs::set_permissions(self.dir.path(), Permissions::from_mode(0o755)).unwrap();
        let dir = self.dir.path().join("radius");
        let port = || free_port(IpAddr::V4(Ipv4Addr::LOCALHOST)).to_string();
        let (user, group) = whom_to_run_as();
        self.done(&[
            "radius",
            "config",
            dir.to_str().unwrap(),
            "--listen",
            "127.0.0.1",
            "--auth-port",
            &port(),
            "--acct-port",
            &port(),
            "--user",
            &user,
            "--group",
            &group,
        ]);
        let mut server = Server { process: run(&dir, &self.dir.path().join("output")), dir };
        let local = mlango::radius::local::read(&server.dir).unwrap();
        let end = Instant::now() + Duration::from_secs(20);
        let is_there = || {
            let soon = Instant::now() + Duration::from_secs(1);
            let link = mlango::radius::client::UdpLink;
            mlango::radius::client::ping(&link, local.auth, &local.secret, soon).is_ok()
        };
        while !is_there() {
            let output = fs::read_to_string(self.dir.path().join("output")).unwrap_or_default();
            assert!(server.process.try_wait().unwrap().is_none(), "it ended: {output}");
            assert!(Instant::now() < end, "it does not answer: {output}");
        }
        server
    }
}

#[test]
fn a_configuration_is_written_without_a_data_directory() {
    let shop = Shop::new();
    let dir = shop.dir.path().join("radius");
    let config = |more: &[&str]| {
        let dir = dir.to_str().unwrap();
        shop.run(&[&["radius", "config", dir, "--user", "root"][..], more].concat())
    };
    let ended = config(&[]);
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.err.contains("there is no database yet"), "{}", ended.err);
    assert!(!shop.data_dir().exists());
    let read = |name: &str| fs::read_to_string(dir.join(name)).unwrap();
    let database = shop.data_dir().join("mlango.db");
    assert!(read("radiusd.conf").contains(database.to_str().unwrap()));
    assert!(read("radiusd.conf").contains("group = \"root\""));
    assert!(dir.join("run").is_dir() && dir.join("log").is_dir());

    let secret = read("localhost.secret");
    assert_eq!(config(&["--auth-port", "11812"]).code, 0);
    assert_eq!(read("localhost.secret"), secret, "the secret stays");
    assert!(read("radiusd.conf").contains("port = 11812"));
    assert_eq!(config(&["--auth-port", "0"]).code, 2);
    assert_eq!(config(&["--listen", "here"]).code, 2);
    let ended = shop.run(&["radius", "config", "/proc/nowhere/x"]);
    assert_eq!(ended.code, 1);
}

#[test]
fn the_routers_that_ask_are_in_it() {
    let shop = Shop::new();
    let router = Router::start(RouterSpec::new(Dialect::V7_16));
    let secret = shop.put("nas", "s3cret-of-main\n");
    let nas = ["--nas-ip", "10.1.2.3", "--nas-secret-file", &secret];
    let added = [&["--access", "both"][..], &nas].concat();
    shop.add_router("Main", &router, &added);
    shop.add_router("Alone", &router, &["--access", "both"]);
    let dir = shop.dir.path().join("radius");
    let files = |shop: &Shop| {
        let mut names: Vec<_> = fs::read_dir(shop.data_dir())
            .unwrap()
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let before = files(&shop);
    let ended = shop.run(&["radius", "config", dir.to_str().unwrap(), "--user", "root", "--json"]);
    assert_eq!(files(&shop), before, "nothing is written there");
    let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(report["routers"], serde_json::json!(["Main"]));
    assert!(ended.err.contains("router Alone is left out"), "{}", ended.err);
    let clients = fs::read_to_string(dir.join("clients.conf")).unwrap();
    assert!(clients.contains("10.1.2.3") && clients.contains("s3cret-of-main"), "{clients}");
}

#[test]
fn a_login_is_tried_and_leaves_nothing() {
    let shop = Shop::stocked();
    let dir = shop.dir.path().join("radius");
    let missing = shop.refused(&["radius", "check", "--dir", dir.to_str().unwrap()]);
    assert!(missing.contains("`mlango radius config"), "{missing}");
    let server = shop.radius();
    let dir = server.dir.to_str().unwrap().to_owned();
    let out = shop.done(&["radius", "check", "--dir", &dir]);
    assert!(out.contains("login (PAP)") && out.contains("login (CHAP)"), "{out}");
    let rows: i64 = shop
        .site()
        .store
        .read(|conn| {
            let sql = "SELECT (SELECT count(*) FROM radcheck) + (SELECT count(*) FROM radreply)";
            Ok(conn.query_row(sql, [], |it| it.get(0))?)
        })
        .unwrap();
    assert_eq!(rows, 0);

    let router = Router::start(RouterSpec::new(Dialect::V7_16));
    let nas = |secret: &str| shop.put("nas", secret);
    let added = ["--access", "radius", "--nas-ip", "127.0.0.1", "--nas-secret-file"];
    let local = fs::read_to_string(server.dir.join("localhost.secret")).unwrap();
    shop.add_router("Main", &router, &[&added[..], &[&nas(&local)]].concat());
    let sale = ["test-sale", "--package", "1h", "--router", "Main", "--radius-dir", &dir, "--json"];
    let ended = shop.run(&sale);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("FreeRADIUS lets the user in"), "{}", ended.out);
    let checked = shop.run(&["check", "--radius-dir", &dir]);
    assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);

    let renamed = shop.run(&["router", "set", "Main", "--name", "Front"]);
    assert_eq!(renamed.code, 0, "{}", renamed.err);
    assert_eq!(shop.run(&["check", "--radius-dir", &dir]).code, 0, "a name is for the log");
    let changed =
        shop.run(&["router", "set", "Front", "--nas-secret-file", &nas("an0ther"), "--json"]);
    assert!(changed.err.contains("run `mlango radius config` once more"), "{}", changed.err);
    for check in [["check", "--radius-dir", &dir].as_slice(), &["radius", "check", "--dir", &dir]] {
        let ended = shop.run(check);
        assert_eq!(ended.code, 1, "{}", ended.out);
        let said = ended.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("no longer names the routers as they are"), "{said}");
        assert!(!said.contains("an0ther") && !said.contains(local.trim()), "{said}");
    }
    for bad in ["with a space", "back`tick", "%{User-Name}", "quo\"te"] {
        let file = nas(bad);
        let err = shop.refused(&["router", "set", "Front", "--nas-secret-file", &file]);
        assert!(err.contains("the RADIUS secret of Front") && !err.contains(bad), "{err}");
    }

    let back = ["--name", "Main", "--nas-secret-file", &nas(&local)];
    assert_eq!(shop.run(&[&["router", "set", "Front"][..], &back].concat()).code, 0);
    assert_eq!(shop.run(&["check", "--radius-dir", &dir]).code, 0);

    drop(server);
    let ended = shop.run(&["radius", "check", "--dir", &dir]);
    assert_eq!((ended.code, ended.err.lines().count()), (1, 1), "{}", ended.err);
    assert!(ended.out.contains("failed   server"), "{}", ended.out);
    assert_eq!(shop.run(&sale).code, 1);
    assert_eq!(shop.run(&["check", "--radius-dir", &dir]).code, 1);
}

#[test]
fn switched_off_it_is_not_asked() {
    let shop = Shop::configured("radius.mode = \"off\"");
    let err = shop.refused(&["radius", "check"]);
    assert!(err.contains("RADIUS is off"), "{err}");
}
