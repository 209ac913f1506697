//! Who gets in, and who does not.

use super::*;
use crate::http::{Headers, Listener};

const NOW: Timestamp = Timestamp(1_795_000_000_000);
const TOKEN: &str = "00112233445566778899aabbccddeeff";
const BODY: &[u8] = br#"{"Body":{"stkCallback":{}}}"#;

fn secret() -> Secret {
    Secret::new("between the forwarder and the box")
}

fn auth(hmac_secret: Option<Secret>) -> CallbackAuth {
    let path_tokens = vec![Secret::new("another token, on its way out"), Secret::new(TOKEN)];
    CallbackAuth { path_tokens, hmac_secret, allow_from: "127.0.0.0/8".parse().unwrap() }
}

fn request(fields: &[(&str, &str)]) -> Request {
    Request {
        method: "POST".to_owned(),
        path: "/cb".to_owned(),
        query: String::new(),
        headers: Headers::new(fields.iter().map(|it| (it.0.to_owned(), it.1.to_owned())).collect()),
        body: BODY.to_vec(),
        peer: "127.0.0.1".parse().unwrap(),
        listener: Listener::Strangers,
    }
}

#[test]
fn any_valid_token_will_do() {
    let check = |path_token: Option<&str>, fields: &[(&str, &str)], verdict: Verdict| {
        let request = request(fields);
        let given = auth(None).judge(&request, CallbackDoor::Stk, path_token, Some(NOW));
        assert_eq!(given, verdict, "{path_token:?} {fields:?}");
    };
    let wrong = Verdict::Refused(Refusal::WrongToken);
    check(Some(TOKEN), &[], Verdict::Token);
    check(Some("another token, on its way out"), &[], Verdict::Token);
    check(None, &[("x-mlango-token", TOKEN)], Verdict::Token);
    check(None, &[], wrong);
    check(Some(""), &[], wrong);
    check(Some(&TOKEN[1..]), &[], wrong);
    check(Some(&TOKEN.to_uppercase()), &[], wrong);
    check(Some("wrong"), &[("X-Mlango-Token", TOKEN)], wrong);
}

#[test]
fn without_tokens_nobody_has_a_valid_one() {
    let auth = CallbackAuth { path_tokens: vec![Secret::new("")], ..auth(None) };
    let verdict = auth.judge(&request(&[]), CallbackDoor::Stk, Some(""), None);
    assert_eq!(verdict, Verdict::Refused(Refusal::WrongToken));
}

#[test]
fn an_address_that_is_not_let_in_is_refused_whatever_it_knows() {
    let mut stranger = request(&[]);
    stranger.peer = "192.168.88.14".parse().unwrap();
    let verdict = auth(None).judge(&stranger, CallbackDoor::Stk, Some(TOKEN), None);
    assert_eq!(verdict, Verdict::Refused(Refusal::Address));
}

#[test]
fn with_a_secret_every_callback_must_be_signed() {
    let good = sign(&secret(), NOW, CallbackDoor::Stk, BODY);
    let (time, mac) = good.split_once(',').unwrap();
    let check = |signature: &str, verdict: Verdict| {
        let request = request(&[("X-Mlango-Signature", signature)]);
        let given = auth(Some(secret())).judge(&request, CallbackDoor::Stk, None, Some(NOW));
        assert_eq!(given, verdict, "{signature}");
    };
    let bad = Verdict::Refused(Refusal::BadSignature);
    let old = format!("v1={}", "0".repeat(64));
    check(&good, Verdict::Signed);
    check(&format!("{mac}, {time}"), Verdict::Signed);
    check(&format!("{time},{old},{mac},v2=new,odd"), Verdict::Signed);
    check(&good.to_uppercase().replace("T=", "t=").replace("V1", "v1"), Verdict::Signed);
    check("", bad);
    check(time, bad);
    check(mac, bad);
    check(&format!("{time},{old}"), bad);
    check(&good[..good.len() - 1], bad);
    check(&format!("{good}00"), bad);
    check(&format!("{time},{time},{mac}"), bad);
    check(&good.replace("t=", "t=+"), bad);
    check(&good.replace("t=", "t=0"), bad);
    check(&sign(&Secret::new("another"), NOW, CallbackDoor::Stk, BODY), bad);
    check(&sign(&secret(), NOW, CallbackDoor::Confirmation, BODY), bad);
    check(&sign(&secret(), NOW, CallbackDoor::Stk, b"another body"), bad);
}

#[test]
fn a_token_does_not_stand_for_a_signature() {
    let check = |path_token: Option<&str>, refusal: Refusal| {
        let auth = auth(Some(secret()));
        let verdict = auth.judge(&request(&[]), CallbackDoor::Stk, path_token, Some(NOW));
        assert_eq!(verdict, Verdict::Refused(refusal), "{path_token:?}");
    };
    check(Some(TOKEN), Refusal::BadSignature);
    check(None, Refusal::BadSignature);
    check(Some("wrong"), Refusal::WrongToken);
}

#[test]
fn only_a_trusted_clock_calls_a_signature_stale() {
    let check = |at: Timestamp, now: Option<Timestamp>, verdict: Verdict| {
        let signature = sign(&secret(), at, CallbackDoor::Validation, BODY);
        let request = request(&[("X-Mlango-Signature", &signature)]);
        let given = auth(Some(secret())).judge(&request, CallbackDoor::Validation, None, now);
        assert_eq!(given, verdict, "{at} seen at {now:?}");
    };
    let stale = Verdict::Refused(Refusal::Stale);
    let off = |seconds: i64| Timestamp(NOW.0 + seconds * 1000);
    check(off(-300), Some(NOW), Verdict::Signed);
    check(off(300), Some(NOW), Verdict::Signed);
    check(off(-301), Some(NOW), stale);
    check(off(301), Some(NOW), stale);
    check(off(-301), None, Verdict::Signed);
    check(Timestamp(0), None, Verdict::Signed);
}

#[test]
fn the_signature_is_hmac_sha256_over_time_door_and_body() {
    // By: printf '1795000000.stk.{}' | openssl dgst -sha256 -hmac key
    let signature = sign(&Secret::new("key"), NOW, CallbackDoor::Stk, b"{}");
    assert_eq!(
        signature,
        "t=1795000000,v1=be559afb4bf3058e99ad3f1983a1b3a5f630a9aa14a3780e8dd70d4360b9f6e4"
    );
}

#[test]
fn refusals_have_the_status_of_the_contract() {
    let check = |refusal: Refusal, status: u16| {
        assert_eq!(HttpError::from(refusal).into_reply().status, status, "{refusal:?}");
    };
    check(Refusal::WrongToken, 404);
    check(Refusal::BadSignature, 401);
    check(Refusal::Stale, 401);
    check(Refusal::Address, 403);
    assert_eq!(HttpError::from(Refusal::Stale).into_reply().body, b"stale\n");
}

#[test]
fn a_bearer_token_opens_the_door() {
    let tokens = [Secret::new(TOKEN)];
    let check = |field: &str, is_let_in: bool| {
        let request = request(&[("authorization", field)]);
        assert_eq!(require_bearer(&request, &tokens).is_ok(), is_let_in, "{field}");
    };
    check(&format!("Bearer {TOKEN}"), true);
    check(&format!("bearer  {TOKEN}"), true);
    check(&format!("Basic {TOKEN}"), false);
    check(TOKEN, false);
    check("Bearer ", false);
    check("Bearer", false);
    assert!(require_bearer(&request(&[]), &tokens).is_err());
}
