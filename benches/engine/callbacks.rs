//! Callbacks through their handler, each accepted once it is on the disk.

use super::rig::{Rig, rate};
use mlango::config::secrets;
use mlango::http::auth::CallbackAuth;
use mlango::http::health::Health;
use mlango::http::{Doors, Headers, Listener, Logins, Request};
use std::sync::Arc;
use std::time::Instant;

const PRODUCERS: usize = 8;
const EACH: usize = 500;

pub(crate) fn accept() {
    let rig = Rig::new(1);
    let doors = Doors {
        config: rig.config.clone(),
        store: rig.store.clone(),
        health: Arc::new(Health::new()),
        callbacks: CallbackAuth {
            path_tokens: secrets::path_tokens(&rig.config).unwrap(),
            hmac_secret: None,
            allow_from: "127.0.0.0/8".parse().unwrap(),
        },
        portal_token: secrets::portal_token(&rig.config).unwrap(),
        admin_token: secrets::admin_token(&rig.config).unwrap(),
        logins: Logins::new(&rig.config),
        started_at: rig.store.now().wall,
        live: Arc::default(),
    };
    let token = doors.callbacks.path_tokens[0].expose().to_owned();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for producer in 0..PRODUCERS {
            let (doors, token) = (&doors, &token);
            scope.spawn(move || {
                for number in 0..EACH {
                    let reply = doors.answer(&request(token, producer * EACH + number));
                    assert_eq!(reply.status, 200);
                }
            });
        }
    });
    let rate = rate(PRODUCERS * EACH, start);
    println!("callbacks, durable, {PRODUCERS} producers: {rate:.0}/s (2000 at 1 ms an fsync)");
}

fn request(token: &str, number: usize) -> Request {
    let body = format!(
        r#"{{"Body":{{"stkCallback":{{"CheckoutRequestID":"ws_{number}","ResultCode":0}}}}}}"#
    );
    Request {
        method: "POST".to_owned(),
        path: format!("/cb/{token}/stk"),
        query: String::new(),
        headers: Headers::default(),
        body: body.into_bytes(),
        peer: "127.0.0.1".parse().unwrap(),
        listener: Listener::Strangers,
    }
}
