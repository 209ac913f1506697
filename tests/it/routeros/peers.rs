//! Routers that are nobody's simulation: they answer the client's questions from a fixed list of
//! rows, in whatever manner a test wants. They understand the framing and nothing else.

use super::{Book, ROUTER};
use mlango::domain::router::RouterAddress;
use mlango::domain::secret::Secret;
use mlango::routeros::{self, Login, Operation, RouterAccess, RouterError, SshLink};
use mlango_sim::{Act, Peer};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub(super) type Fields = Vec<(&'static str, String)>;

/// The client's question, as far as the framing needs it.
pub(super) struct Asked {
    pub nonce: String,
    /// The menu and condition of each table, in their order.
    pub tables: Vec<String>,
    pub is_write: bool,
}

impl Asked {
    pub(super) fn of(line: &str) -> Asked {
        let after = &line[line.rfind("\"Z").unwrap() + 2..];
        let nonce = after.chars().take_while(char::is_ascii_hexdigit).collect();
        let tables = line.split("in=[").skip(1).filter(|it| it.contains("] do={:put \"R"));
        let tables = tables.map(|it| it.split("] do=").next().unwrap().to_owned()).collect();
        let is_write = [" add ", " set ", "reset-counters "].iter().any(|it| line.contains(it));
        Asked { nonce, tables, is_write }
    }

    /// The answer with lines ending in LF: for each table the rows `of` has for it.
    pub(super) fn answer(&self, of: impl Fn(&str) -> Vec<Fields>) -> String {
        let nonce = &self.nonce;
        let mut out = String::new();
        for table in &self.tables {
            let rows = of(table);
            for row in &rows {
                out.push_str(&format!("R{nonce}\n"));
                for (key, value) in row {
                    out.push_str(&format!("K {key} {} {value}\n", value.len()));
                }
                out.push_str(&format!("E{nonce}\n"));
            }
            out.push_str(&format!("Z{nonce} {}\n", rows.len()));
        }
        out
    }
}

/// A peer, and a link to it.
pub(super) struct Stage {
    _peer: Peer,
    link: SshLink,
}

impl Stage {
    pub(super) fn new(play: impl Fn(&str) -> Vec<Act> + Send + Sync + 'static) -> Stage {
        Stage::greeting(None, play)
    }

    pub(super) fn greeting(
        greeting: Option<&'static str>,
        play: impl Fn(&str) -> Vec<Act> + Send + Sync + 'static,
    ) -> Stage {
        let peer = Peer::start(greeting, play);
        let at = peer.address();
        let access = RouterAccess {
            address: RouterAddress { host: at.ip().to_string(), port: at.port() },
            user: "mlango".to_owned(),
            login: Login::Password(Secret::new("any")),
            host_key: None,
        };
        let book = Book { access: Mutex::new(access), pins: Mutex::default() };
        Stage { _peer: peer, link: SshLink::new(Arc::new(book)) }
    }

    pub(super) fn perform<O: Operation>(&self, op: &O) -> Result<O::Answer, RouterError> {
        let deadline = Instant::now() + Duration::from_secs(30);
        routeros::perform(&self.link, ROUTER, op, deadline)
    }
}

/// How a well-behaved server ends a channel.
pub(super) fn ended(mut acts: Vec<Act>) -> Vec<Act> {
    acts.extend([Act::Exit(0), Act::Eof, Act::Close]);
    acts
}

pub(super) fn said(text: impl Into<Vec<u8>>) -> Vec<Act> {
    ended(vec![Act::Out(text.into())])
}
