//! Who may log in to the router, and what they may do there.

use mlango_sim::{Account, Dialect, Method, Router, RouterSpec};

use crate::client;

fn spec(policies: &[&str]) -> RouterSpec {
    let account = Account::new("mlango", "sim-password").with_policies(policies);
    RouterSpec { accounts: vec![account], ..RouterSpec::new(Dialect::V7_12) }
}

#[test]
fn policies_are_enforced_when_a_command_runs() {
    let router = Router::start(spec(&["ssh", "read"]));
    router.run("/ip hotspot user add name=k7 password=w4");
    let refused = client::run(&router, ":put one; /ip hotspot user remove k7; :put two");
    assert_eq!(refused, "one\r\nnot enough permissions (9)\r\n");
    let masked = client::run(&router, ":put [/ip hotspot user get k7 password]");
    assert_eq!(masked, "*****\r\n");
    let session = client::connect(&router).unwrap();
    router.set_policies("mlango", &["ssh", "read", "write", "sensitive"]);
    assert_eq!(client::exec(&session, "/ip hotspot user disable k7").unwrap().text, "");
    assert!(router.user("k7").unwrap().is_disabled);
    assert_eq!(client::run(&router, ":put [/ip hotspot user get k7 password]"), "w4\r\n");
    let refused = client::run(&router, "/user add name=x group=full");
    assert_eq!(refused, "not enough permissions (9)\r\n");
}

#[test]
fn without_the_ssh_policy_nobody_comes_in() {
    let router = Router::start(spec(&["read"]));
    assert!(client::connect(&router).is_err());
    assert!(!router.logins()[0].was_accepted);
    assert!(router.log().iter().any(|line| line.starts_with("login failure for user mlango")));
}

#[test]
fn a_group_shows_what_it_lacks() {
    let router = Router::start(spec(&["ssh", "read"]));
    let shown = client::run(&router, ":put [/user group get mlango policy]");
    assert!(shown.starts_with("ssh;read;!local;"), "{shown}");
    assert!(shown.contains(";!write;"), "{shown}");
}

/// Keys made for this test by `ssh-keygen`; they open nothing.
#[test]
fn a_key_logs_in_and_ends_the_password() {
    for (dialect, public, private) in [
        (Dialect::V6_49, include_str!("keys/rsa.pub"), include_str!("keys/rsa")),
        (Dialect::V7_16, include_str!("keys/rsa.pub"), include_str!("keys/rsa")),
        (Dialect::V7_16, include_str!("keys/ed25519.pub"), include_str!("keys/ed25519")),
    ] {
        let router = Router::start(RouterSpec::new(dialect));
        drop(client::connect(&router).unwrap());
        let add = format!("/user ssh-keys add user=mlango key=\"{}\"", public.trim());
        assert_eq!(router.run(&add), "", "{dialect:?}");
        let session = client::handshake(&router).unwrap();
        session.userauth_pubkey_memory("mlango", Some(public), private, None).unwrap();
        assert_eq!(client::exec(&session, ":put hello").unwrap().text, "hello\r\n");
        assert!(client::connect(&router).is_err());
        let last = router.logins().pop().unwrap();
        assert_eq!((last.method, last.was_accepted), (Method::Password, false));
        router.run("/ip ssh set always-allow-password-login=yes");
        client::connect(&router).unwrap();
    }
}

#[test]
fn old_routers_take_no_ed25519_keys() {
    let router = Router::start(RouterSpec::new(Dialect::V6_49));
    let public = include_str!("keys/ed25519.pub").trim();
    let answer = router.run(&format!("/user ssh-keys add user=mlango key=\"{public}\""));
    assert_eq!(answer, "unable to load key file (wrong format or bad passphrase)!\r\n");
}

#[test]
fn an_account_made_by_a_script_can_log_in() {
    let router = Router::start(RouterSpec::new(Dialect::V7_20));
    router.run("/user group add name=g policy=ssh,read,write");
    router.run("/user add name=new group=g password=pw");
    let session = client::handshake(&router).unwrap();
    session.userauth_password("new", "pw").unwrap();
    let commands = ":put [/system identity get name]";
    assert_eq!(client::exec(&session, commands).unwrap().text, "MikroTik\r\n");
    assert_eq!(router.commands()[0].line, commands);
    assert_eq!(router.commands()[0].account, "new");
    let listed = router.run(":put [/user print detail as-value]");
    assert!(listed.contains("name=new") && !listed.contains("password"), "{listed}");
}
