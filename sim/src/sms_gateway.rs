//! An SMS gateway that sends nothing and remembers everything.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::door::{self, Door};
use crate::faults::Times;
use crate::http::{self, Request};
use crate::ssh::lock;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SmsFault {
    /// This status, with a body that says so.
    Status(u16),
    /// The message is taken, and never answered.
    Hang,
    /// The message is taken, and the connection closed: did it go out?
    CloseAfterReceiving,
    /// Status 200 and this body.
    Body(Vec<u8>),
}

struct State {
    requests: Vec<Request>,
    faults: Vec<(SmsFault, Times)>,
    status: u16,
    answer: String,
    /// Connections that were never answered.
    held: Vec<TcpStream>,
}

impl State {
    fn fault(&mut self) -> Option<SmsFault> {
        self.faults.retain(|(_, times)| *times != Times::Next(0));
        let (fault, times) = self.faults.first_mut()?;
        if let Times::Next(left) = times {
            *left -= 1;
        }
        Some(fault.clone())
    }
}

/// Runs until it is dropped.
pub struct SmsGateway {
    state: Arc<Mutex<State>>,
    door: Door,
    runtime: Option<Runtime>,
}

impl SmsGateway {
    pub fn start() -> Self {
        let runtime = door::runtime();
        let state = Arc::new(Mutex::new(State {
            requests: Vec::new(),
            faults: Vec::new(),
            status: 200,
            answer: r#"{"status":"ok","id":"{n}"}"#.to_owned(),
            held: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        let door = Door::open(&runtime, move |stream, _| {
            tokio::spawn(serve(Arc::clone(&shared), stream));
        });
        Self { state, door, runtime: Some(runtime) }
    }

    pub fn address(&self) -> SocketAddr {
        self.door.address()
    }

    /// Where messages are posted; any other path does as well.
    pub fn url(&self) -> String {
        format!("http://{}/send", self.address())
    }

    /// `{n}` in the body becomes the number of the message, from 1.
    pub fn answer_with(&self, status: u16, body: &str) {
        let mut state = lock(&self.state);
        state.status = status;
        body.clone_into(&mut state.answer);
    }

    pub fn inject(&self, fault: SmsFault, times: Times) {
        lock(&self.state).faults.push((fault, times));
    }

    pub fn clear_faults(&self) {
        lock(&self.state).faults.clear();
    }

    pub fn refuse_connections(&self) {
        self.door.shut();
    }

    pub fn accept_connections(&self) {
        self.door.reopen();
    }

    /// Every request that arrived whole, whatever it was told; oldest first.
    pub fn messages(&self) -> Vec<Request> {
        lock(&self.state).requests.clone()
    }
}

impl Drop for SmsGateway {
    fn drop(&mut self) {
        self.door.shut();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn serve(state: Arc<Mutex<State>>, mut stream: TcpStream) {
    let Some(request) = http::read_request(&mut stream).await else { return };
    let reply = {
        let mut state = lock(&state);
        state.requests.push(request);
        let number = state.requests.len().to_string();
        match state.fault() {
            None => http::answer(state.status, state.answer.replace("{n}", &number).as_bytes()),
            Some(SmsFault::Status(status)) => http::answer(status, br#"{"status":"error"}"#),
            Some(SmsFault::Body(body)) => http::answer(200, &body),
            Some(SmsFault::CloseAfterReceiving) => return,
            Some(SmsFault::Hang) => return state.held.push(stream),
        }
    };
    if let Err(error) = stream.write_all(&reply).await {
        log::debug!("a client did not wait for the gateway's answer: {error}");
    }
}
