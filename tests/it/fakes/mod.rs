//! What stands at the wires in tests that need no network.

use mlango::domain::ids::RouterId;
use mlango::domain::time::{Clock, EngineTime, Now, Timestamp};
use mlango::routeros::{CommandLine, Reply, RouterError, RouterLink};
use mlango::sms::{Message, Sent, SmsError, SmsGateway};
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// A clock we wind. The wall can be moved and mistrusted apart.
pub struct TestClock {
    engine_ms: AtomicI64,
    wall_ms: AtomicI64,
    is_trusted: AtomicBool,
}

impl Default for TestClock {
    fn default() -> TestClock {
        TestClock {
            engine_ms: AtomicI64::new(1_000_000),
            wall_ms: AtomicI64::new(1_795_000_000_000),
            is_trusted: AtomicBool::new(true),
        }
    }
}

impl TestClock {
    pub fn advance(&self, span: Duration) {
        let ms = i64::try_from(span.as_millis()).unwrap();
        self.engine_ms.fetch_add(ms, Relaxed);
        self.wall_ms.fetch_add(ms, Relaxed);
    }

    pub fn set_trusted(&self, is_trusted: bool) {
        self.is_trusted.store(is_trusted, Relaxed);
    }

    pub fn set_wall(&self, wall: Timestamp) {
        self.wall_ms.store(wall.0, Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Now {
        Now {
            engine: EngineTime(self.engine_ms.load(Relaxed)),
            wall: Timestamp(self.wall_ms.load(Relaxed)),
            is_wall_trusted: self.is_trusted.load(Relaxed),
        }
    }
}

/// Routers as real as the console of the simulator, reached without a network.
#[derive(Default)]
pub struct FakeRouters {
    consoles: Mutex<HashMap<RouterId, mlango_sim::Router>>,
    offline: Mutex<Vec<RouterId>>,
}

impl FakeRouters {
    pub fn set_offline(&self, router: RouterId) {
        self.offline.lock().unwrap().push(router);
    }

    pub fn set_online(&self, router: RouterId) {
        self.offline.lock().unwrap().retain(|it| *it != router);
    }
}

impl RouterLink for FakeRouters {
    fn exec(
        &self,
        router: RouterId,
        line: &CommandLine,
        _deadline: Instant,
    ) -> Result<Reply, RouterError> {
        if self.offline.lock().unwrap().contains(&router) {
            return Err(RouterError::Unreachable("the router is off".to_owned()));
        }
        let _ = line;
        Ok(Reply::default())
    }
}

/// A gateway that remembers what it was given.
#[derive(Default)]
pub struct FakeSms {
    pub sent: Mutex<Vec<Message>>,
    pub next_errors: Mutex<Vec<SmsError>>,
}

impl FakeSms {
    pub fn texts(&self) -> Vec<String> {
        self.sent.lock().unwrap().iter().map(|it| it.text.clone()).collect()
    }
}

impl SmsGateway for FakeSms {
    fn send(&self, message: &Message, _deadline: Instant) -> Result<Sent, SmsError> {
        if let Some(error) = self.next_errors.lock().unwrap().pop() {
            return Err(error);
        }
        let mut sent = self.sent.lock().unwrap();
        sent.push(message.clone());
        Ok(Sent { id: Some(sent.len().to_string()) })
    }

    fn name(&self) -> &'static str {
        "fake"
    }
}
