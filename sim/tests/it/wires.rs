//! The SMS gateway and the forwarder, one talking to the other.

use mlango_sim::customers::Customers;
use mlango_sim::forwarder::signature;
use mlango_sim::{CallbackDoor, Forwarder, SmsFault, SmsGateway, Times};

fn pair() -> (SmsGateway, Forwarder) {
    let gateway = SmsGateway::start();
    let base = format!("http://{}", gateway.address());
    let forwarder = Forwarder::new(&base, Some("c0ffee"), Some(b"secret"));
    (gateway, forwarder)
}

#[test]
fn a_body_arrives_signed() {
    let (gateway, forwarder) = pair();
    let body = Customers::new(1, 5, &[2000]).next().unwrap().stk_body();
    let reply = forwarder.post(CallbackDoor::Stk, &body).unwrap();
    assert_eq!((reply.status, reply.text().as_str()), (200, r#"{"status":"ok","id":"1"}"#));
    let request = gateway.messages().pop().unwrap();
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/cb/c0ffee/stk"));
    assert_eq!(request.body, body);
    let header = request.header("X-Mlango-Signature").unwrap();
    let second = header.strip_prefix("t=").unwrap().split(',').next().unwrap().parse().unwrap();
    assert_eq!(header, signature(b"secret", second, CallbackDoor::Stk, &body));
}

#[test]
fn the_gateway_fails_as_told() {
    let (gateway, forwarder) = pair();
    let post = || forwarder.post(CallbackDoor::Confirmation, b"{}");
    gateway.inject(SmsFault::Status(503), Times::Next(1));
    assert_eq!(post().unwrap().status, 503);
    gateway.inject(SmsFault::Body(b"{oops".to_vec()), Times::Next(1));
    assert_eq!(post().unwrap().text(), "{oops");
    gateway.inject(SmsFault::CloseAfterReceiving, Times::Next(1));
    assert!(post().is_err());
    gateway.refuse_connections();
    assert!(post().is_err());
    gateway.accept_connections();
    gateway.answer_with(202, "{\"n\":{n}}");
    assert_eq!(post().unwrap().text(), "{\"n\":4}");
    assert_eq!(gateway.messages().len(), 4);
}

#[test]
fn a_gateway_that_hangs_has_the_message() {
    let (gateway, mut forwarder) = pair();
    forwarder.patience = std::time::Duration::from_millis(100);
    gateway.inject(SmsFault::Hang, Times::UntilCleared);
    assert!(forwarder.post(CallbackDoor::Stk, b"{}").is_err());
    assert_eq!(gateway.messages().len(), 1);
}
