//! What stands at the wires in tests that need no network.

use mlango::domain::ids::RouterId;
use mlango::domain::secret::Secret;
use mlango::domain::time::{Clock, EngineTime, Now, Timestamp};
use mlango::logging::{FileOptions, LogFiles};
use mlango::routeros::{CommandLine, Reply, RouterError, RouterLink, SshLink};
use mlango::sms::{Message, Sent, SmsError, SmsGateway};
use mlango::vault::Vault;
use mlango_sim::{Dialect, RouterSpec};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

/// Log files that are small, as in the appliance.
pub fn log_files(data_dir: &Path) -> Arc<LogFiles> {
    let directory = data_dir.join("logs");
    Arc::new(LogFiles::new(FileOptions { directory, file_size: 10_000, kept: 3 }))
}

/// What seals secrets in tests.
pub fn vault() -> Arc<Vault> {
    Arc::new(Vault::new(&Secret::new("5a".repeat(32))).unwrap())
}

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

/// Routers as real as the simulator's console, reached without a network, or over a real one.
#[derive(Default)]
pub struct FakeRouters(Mutex<HashMap<RouterId, Console>>, OnceLock<Arc<SshLink>>);

struct Console {
    router: Arc<mlango_sim::Router>,
    is_offline: bool,
    asked: usize,
    /// How long it was given for the last line.
    patience: Duration,
    /// It does as it is told, and nobody hears its answer.
    is_deaf: bool,
}

impl FakeRouters {
    /// The console of a router, made when it is first asked for.
    pub fn console(&self, id: RouterId) -> Arc<mlango_sim::Router> {
        self.with(id, |it| it.router.clone())
    }

    /// From now on all goes over this wire.
    pub fn connect(&self, link: Arc<SshLink>) {
        assert!(self.1.set(link).is_ok(), "they are connected");
    }

    /// How many lines it was sent.
    pub fn asked(&self, id: RouterId) -> usize {
        self.with(id, |it| it.asked)
    }

    /// How long it was given for the last of them.
    pub fn patience(&self, id: RouterId) -> Duration {
        self.with(id, |it| it.patience)
    }

    pub fn set_offline(&self, id: RouterId, is_offline: bool) {
        self.with(id, |it| it.is_offline = is_offline);
    }

    pub fn set_deaf(&self, id: RouterId, is_deaf: bool) {
        self.with(id, |it| it.is_deaf = is_deaf);
    }

    fn with<T>(&self, id: RouterId, body: impl FnOnce(&mut Console) -> T) -> T {
        let mut consoles = self.0.lock().unwrap();
        body(consoles.entry(id).or_insert_with(|| Console {
            router: Arc::new(mlango_sim::Router::start(RouterSpec::new(Dialect::V7_16))),
            is_offline: false,
            asked: 0,
            patience: Duration::ZERO,
            is_deaf: false,
        }))
    }
}

impl RouterLink for FakeRouters {
    fn exec(
        &self,
        id: RouterId,
        line: &CommandLine,
        deadline: Instant,
    ) -> Result<Reply, RouterError> {
        if let Some(link) = self.1.get() {
            return link.exec(id, line, deadline);
        }
        let is_offline = |it: &mut Console| {
            it.asked += 1;
            it.patience = deadline.saturating_duration_since(Instant::now());
            it.is_offline
        };
        if self.with(id, is_offline) {
            return Err(RouterError::Unreachable("it is switched off".to_owned()));
        }
        let stdout = self.console(id).run(line.as_str()).into_bytes();
        if self.with(id, |it| it.is_deaf) {
            return Err(RouterError::Incomplete("it hung up".to_owned()));
        }
        Ok(Reply { stdout, ..Reply::default() })
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
