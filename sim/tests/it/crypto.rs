//! libssh2 1.11.1 meets every set of algorithms a router may offer.

use mlango_sim::{Dialect, Router, RouterSpec};
use ssh2::MethodType;

use crate::client;

fn methods(spec: RouterSpec) -> [String; 3] {
    let router = Router::start(spec);
    let session = client::connect(&router).expect("libssh2 speaks this set");
    let answer = client::exec(&session, ":put \"hello\"").expect("it was let in");
    assert_eq!((answer.text.as_str(), answer.status), ("hello\r\n", 0));
    assert_eq!(session.banner(), Some("SSH-2.0-ROSSSH"));
    [MethodType::HostKey, MethodType::MacSc, MethodType::Kex]
        .map(|kind| session.methods(kind).expect("both sides agreed").to_owned())
}

#[test]
fn the_old_default_set_is_sha1_only() {
    let spec = RouterSpec::new(Dialect::V6_49);
    let [key, mac, kex] = methods(spec);
    assert_eq!((key.as_str(), mac.as_str()), ("ssh-rsa", "hmac-sha1"));
    assert!(kex.starts_with("diffie-hellman-group"), "{kex}");
}

#[test]
fn the_old_strong_set_has_sha256() {
    let spec = RouterSpec { has_strong_crypto: true, ..RouterSpec::new(Dialect::V6_49) };
    let [key, mac, kex] = methods(spec);
    assert_eq!((key.as_str(), mac.as_str()), ("ssh-rsa", "hmac-sha2-256"));
    assert_eq!(kex, "diffie-hellman-group-exchange-sha256");
}

#[test]
fn the_modern_set_has_either_host_key() {
    let [key, _, kex] = methods(RouterSpec::new(Dialect::V7_16));
    assert_eq!((key.as_str(), kex.as_str()), ("ssh-ed25519", "curve25519-sha256"));
    let rsa = RouterSpec { host_key_type: "rsa".to_owned(), ..RouterSpec::new(Dialect::V7_20) };
    let [key, ..] = methods(rsa);
    assert!(key.starts_with("rsa-sha2-"), "{key}");
}
