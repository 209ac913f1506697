//! Names and passwords made to break out of SQL or of FreeRADIUS's own language.

use super::logins::customer;
use super::radclient::signed;
use super::server::FreeRadius;
use mlango::domain::customer::Username;
use mlango::domain::secret::Secret;
use mlango::radius::RadiusError;
use mlango::radius::attributes::Entitlement;
use mlango::radius::client::Method;

const NAMES: [&str; 12] = [
    "o'brien",
    "x' OR '1'='1",
    "alice'; DELETE FROM radcheck; --",
    "%{User-Name}",
    "%{sql:DELETE FROM radcheck}",
    "`id`",
    "back\\slash",
    "pct%25",
    "alice ",
    "Alice",
    "caf\u{e9}",
    "",
];

/// Each reject takes FreeRADIUS a second, to slow guessing down.
fn all_at_once<T: Sync>(cases: &[T], check: impl Fn(&T) + Sync) {
    std::thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| check(case));
        }
    });
}

#[test]
fn no_name_gets_in_that_was_not_let_in() {
    let server = FreeRadius::start();
    server.give("alice", &customer());
    all_at_once(&NAMES, |&name| {
        let answer = server.log_in(name, "k7mpq2xz");
        assert!(matches!(answer, Err(RadiusError::Rejected(_))), "{name:?} {answer:?}");
        // What can be typed is not always what can be bought.
        assert!(name == "Alice" || name.parse::<Username>().is_err(), "{name:?}");
    });
    server.log_in("alice", "k7mpq2xz").unwrap();
}

#[test]
fn names_that_can_be_bought_are_taken_exactly() {
    let server = FreeRadius::start();
    let long = "a".repeat(64);
    for name in ["+254712345678", "hs_712345678", "Alice", "a.b-c@wifi", &long] {
        let username: Username = name.parse().unwrap();
        server.give(username.as_str(), &customer());
        server.log_in(name, "k7mpq2xz").unwrap();
        let other = format!("{}x", &name[1..]);
        assert!(server.log_in(&other, "k7mpq2xz").is_err(), "{other}");
    }
    assert!(server.log_in("alice", "k7mpq2xz").is_err());
    assert!("a".repeat(65).parse::<Username>().is_err());
}

#[test]
fn passwords_are_taken_exactly_or_refused_when_made() {
    let server = FreeRadius::start();
    let lengths = [15, 16, 17, 128].map(|length| "p".repeat(length));
    let odd = ["!#&()*+,-./:;<=>?@[]^_{|}~", "0x41424344", "{clear}abc", "12345678", "=2B"];
    let passwords: Vec<&str> = lengths.iter().map(String::as_str).chain(odd).collect();
    let customers: Vec<_> = passwords.into_iter().enumerate().collect();
    all_at_once(&customers, |&(number, password)| {
        let name = format!("user{number}");
        server.give(&name, &Entitlement::new(Secret::new(password)));
        for method in [Method::Pap, Method::Chap] {
            let answer = server.log_in_from(&name, password, method, "");
            assert!(answer.is_ok(), "{password:?} {method:?} {answer:?}");
            let wrong = format!("{}x", &password[1..]);
            let answer = server.log_in_from(&name, &wrong, method, "");
            assert!(matches!(answer, Err(RadiusError::Rejected(_))), "{wrong:?} {answer:?}");
        }
    });
    let too_long = "p".repeat(129);
    let refused = ["a\"b", "a'b", "`id`", "a\\nb", "`%{sql:DELETE FROM radcheck}`", &too_long];
    for password in refused {
        assert!(Entitlement::new(Secret::new(password)).rows().is_err(), "{password:?}");
    }
}

#[test]
fn what_is_typed_is_never_run() {
    let server = FreeRadius::start();
    server.give("alice", &customer());
    for typed in ["`%{sql:DELETE FROM radcheck}`", "%{sql:DELETE FROM radcheck}", "' OR 1=1 --"] {
        for packet in [
            format!("User-Name=alice,User-Password=\"{}\"", typed.replace('%', "\\045")),
            format!("User-Name=\"{}\",User-Password=x", typed.replace('%', "\\045")),
        ] {
            let answer = signed(&server, "auth", &packet);
            assert!(answer.contains("Received Access-Reject"), "{answer}");
        }
        assert!(server.log_in_from("alice", "k7mpq2xz", Method::Pap, typed).is_ok());
    }
}
