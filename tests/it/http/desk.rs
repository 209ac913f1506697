//! The routes of a whole box, asked without a socket.

use crate::harness::Appliance;
use mlango::config::secrets;
use mlango::domain::secret::Secret;
use mlango::http::auth::CallbackAuth;
use mlango::http::health::Health;
use mlango::http::{Doors, Headers, Listener, Logins, Reply, Request};
use serde_json::Value;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

pub struct Desk {
    pub box_: Appliance,
    pub doors: Doors,
}

/// Who asks, and where.
#[derive(Clone, Debug)]
pub struct Asker<'a> {
    pub desk: &'a Desk,
    pub listener: Listener,
    pub headers: Vec<(String, String)>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Desk")
    }
}

impl Desk {
    pub fn of(box_: Appliance) -> Desk {
        let config = box_.config.clone();
        let key = secrets::vault_key_file(&config); // Its box has a database already.
        std::fs::write(&key, "0123456789abcdef0123456789abcdef").unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        secrets::create_missing(&config).unwrap();
        let doors = Doors {
            config: config.clone(),
            store: box_.store.clone(),
            health: Arc::new(Health::new()),
            callbacks: CallbackAuth {
                path_tokens: secrets::path_tokens(&config).unwrap(),
                hmac_secret: None,
                allow_from: "127.0.0.0/8".parse().unwrap(),
            },
            portal_token: secrets::portal_token(&config).unwrap(),
            admin_token: secrets::admin_token(&config).unwrap(),
            logins: Logins::new(&config),
            started_at: box_.store.now().wall,
            live: box_.world().live.clone(),
        };
        Desk { box_, doors }
    }

    /// Somebody at a listener who shows nothing.
    pub fn at(&self, listener: Listener) -> Asker<'_> {
        Asker { desk: self, listener, headers: Vec::new() }
    }

    pub fn portal(&self) -> Asker<'_> {
        self.at(Listener::Strangers).bearer(&self.doors.portal_token)
    }

    pub fn admin(&self) -> Asker<'_> {
        self.at(Listener::Admin).bearer(&self.doors.admin_token)
    }

    pub fn password(&self) -> String {
        let file = self.doors.config.in_data_dir("first-password");
        std::fs::read_to_string(file).unwrap().trim().to_owned()
    }

    /// A browser that has logged in.
    pub fn browser(&self) -> Asker<'_> {
        let body = format!("password={}", self.password());
        let reply = self.at(Listener::Admin).post("/login", &body);
        assert_eq!(reply.status, 303);
        self.at(Listener::Admin).with("Cookie", &cookie(&reply))
    }
}

/// What the browser will send of a reply's cookie.
pub fn cookie(reply: &Reply) -> String {
    header(reply, "Set-Cookie").split(';').next().unwrap().to_owned()
}

pub fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
    let found = reply.headers.iter().find(|it| it.0 == name);
    &found.unwrap_or_else(|| panic!("no {name} in {:?}", reply.headers)).1
}

pub fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body.clone()).unwrap()
}

pub fn json(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap_or_else(|_| panic!("{}", text(reply)))
}

/// The paths of all keys, such as `payments.today.count` or `routers[].id`.
pub fn keys(value: &Value) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    collect(value, "", &mut keys);
    keys
}

fn collect(value: &Value, path: &str, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                collect(value, &path, keys);
                keys.insert(path);
            }
        }
        Value::Array(items) => items.iter().for_each(|it| collect(it, &format!("{path}[]"), keys)),
        _ => {}
    }
}

impl Asker<'_> {
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn bearer(self, token: &Secret) -> Self {
        self.with("Authorization", &format!("Bearer {}", token.expose()))
    }

    pub fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, "")
    }

    pub fn post(&self, path: &str, body: &str) -> Reply {
        self.ask("POST", path, body)
    }

    pub fn ask(&self, method: &str, path: &str, body: &str) -> Reply {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        self.desk.doors.answer(&Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: Headers::new(self.headers.clone()),
            body: body.as_bytes().to_vec(),
            peer: [127, 0, 0, 1].into(),
            listener: self.listener,
        })
    }
}
