//! An engine with one kind of job that does nothing, and what figures are made with.

use mlango::clock::SystemClock;
use mlango::config::{Config, secrets};
use mlango::domain::ids::RouterId;
use mlango::domain::queue::Queue;
use mlango::domain::secret::Secret;
use mlango::domain::time::ClockTrust;
use mlango::engine::Engine;
use mlango::engine::pool::Pool;
use mlango::job::{Cx, Done, Job, JobError, JobKind, World};
use mlango::logging::{FileOptions, LogFiles};
use mlango::radius::client::UdpLink;
use mlango::routeros::{CommandLine, Reply, RouterError, RouterLink};
use mlango::sms::{Message, Sent, SmsError, SmsGateway};
use mlango::store::{Boot, Store};
use mlango::vault::Vault;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Does nothing, and notes that it did.
#[derive(Serialize, Deserialize)]
pub(crate) struct Tick {
    pub(crate) padding: String,
}

pub(crate) static RAN: AtomicUsize = AtomicUsize::new(0);
pub(crate) static BEGAN: Mutex<Option<Instant>> = Mutex::new(None);

impl Job for Tick {
    const KIND: &'static str = "tick";
    const QUEUE: Queue = Queue::Default;

    fn run(&self, _: &Cx) -> Result<Done, JobError> {
        *BEGAN.lock().unwrap() = Some(Instant::now());
        RAN.fetch_add(1, SeqCst);
        Ok(Done::nothing())
    }
}

/// As long as a callback.
pub(crate) fn tick() -> Tick {
    Tick { padding: "x".repeat(400) }
}

struct NoWire;

impl RouterLink for NoWire {
    fn exec(&self, _: RouterId, _: &CommandLine, _: Instant) -> Result<Reply, RouterError> {
        Err(RouterError::Unreachable("there is none".to_owned()))
    }
}

impl SmsGateway for NoWire {
    fn send(&self, _: &Message, _: Instant) -> Result<Sent, SmsError> {
        Ok(Sent { id: None })
    }

    fn name(&self) -> &'static str {
        "nobody"
    }
}

pub(crate) struct Rig {
    pub(crate) store: Arc<Store>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) config: Arc<Config>,
    _dir: tempfile::TempDir,
}

const KINDS: &[JobKind] = &[JobKind::of::<Tick>()];

impl Rig {
    /// With so many workers for its one kind.
    pub(crate) fn new(workers: usize) -> Rig {
        let dir = tempfile::tempdir().unwrap();
        let toml = format!(
            "data_dir = {:?}\n[mpesa]\nshortcodes = [\"600638\"]\n\
             [queue.default]\nworkers = {workers}",
            dir.path()
        );
        let config = Arc::new(Config::parse(&toml, "bench.toml").unwrap());
        secrets::create_missing(&config).unwrap(); // Before there is a database to open with them.
        let boot = Boot { id: "bench".to_owned(), uptime_ms: mlango::clock::steady_ms() };
        let clock =
            |base: mlango::store::ClockBase| SystemClock::new(base.engine, None, ClockTrust::Auto);
        let path = dir.path().join("mlango.db");
        let store = Store::open(&path, &boot, |base| Arc::new(clock(base))).unwrap();
        let store = Arc::new(store);
        let logs = FileOptions { directory: dir.path().join("logs"), file_size: 10_000, kept: 1 };
        let world = World {
            config: config.clone(),
            routers: Arc::new(NoWire),
            sms: Arc::new(NoWire),
            logs: Arc::new(LogFiles::new(logs)),
            radius: Arc::new(UdpLink),
            vault: Arc::new(Vault::new(&Secret::new("0".repeat(64))).unwrap()),
            live: Arc::default(),
        };
        let engine = Engine::start(store.clone(), Arc::new(world), KINDS, boot.id).unwrap();
        Rig { store, engine, config, _dir: dir }
    }

    pub(crate) fn fill(&self, count: usize, delay: Duration) {
        let mut left = count;
        while 0 < left {
            let some = left.min(10_000);
            let fill = |tx: &mlango::store::Tx<'_>| {
                (0..some).try_for_each(|_| tick().enqueue_in(tx, delay).map(drop))
            };
            self.store.write(fill).unwrap();
            left -= some;
        }
    }

    /// Runs `body` beside a pool like the appliance's.
    pub(crate) fn beside_pool<T>(&self, body: impl FnOnce() -> T) -> T {
        let (stop, stopped) = watch::channel(false);
        let engine = self.engine.clone();
        let pool = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let mut told = stopped.clone();
            runtime.block_on(async {
                let reload = Arc::new(|| Err(anyhow::anyhow!("nothing is restarted here")));
                let pool = Pool::start(&engine, reload, &stopped);
                told.wait_for(|it| *it).await.unwrap();
                pool.stopped().await;
            });
        });
        let value = body();
        stop.send(true).unwrap();
        pool.join().unwrap();
        value
    }
}

pub(crate) fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().map_or(usual, |it| it.parse().unwrap())
}

pub(crate) fn rate(count: usize, start: Instant) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / start.elapsed().as_secs_f64()
}

pub(crate) fn print(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!("{what}: p50 {:.3?}, p99 {:.3?}, max {:.3?}", at(50), at(99), at(100));
}
