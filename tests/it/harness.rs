//! The whole appliance on a throw-away disk, with a clock we wind and wires we script.

use crate::fakes::{self, FakeRouters, FakeSms, TestClock};
use mlango::config::Config;
use mlango::domain::ids::PaymentId;
use mlango::domain::money::Cents;
use mlango::domain::package::{Again, Package, Starts};
use mlango::domain::payment::CallbackDoor;
use mlango::domain::queue::Queue;
use mlango::domain::router::Access;
use mlango::domain::secret::Secret;
use mlango::engine::{Engine, Ran};
use mlango::job::{Job as _, World};
use mlango::jobs::{self, ProcessPayment};
use mlango::radius::client::UdpLink;
use mlango::store::callbacks::{self, Callback};
use mlango::store::routers::{LoginKind, RouterFacts};
use mlango::store::{Boot, Store, packages, payments, routers};
use mlango::vault::purpose;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub struct Appliance {
    pub clock: Arc<TestClock>,
    pub routers: Arc<FakeRouters>,
    pub sms: Arc<FakeSms>,
    pub config: Arc<Config>,
    pub store: Arc<Store>,
    pub engine: Arc<Engine>,
    world: Arc<World>,
    data_dir: PathBuf,
    /// Removed with the appliance, unless the data directory is somebody else's.
    dir: Option<tempfile::TempDir>,
}

const CONFIG: &str = "[mpesa]\nshortcodes = [\"600638\"]\n[sms]\ngateway = \"log\"\n";

impl Appliance {
    /// An appliance with three packages and no router.
    pub fn start() -> Appliance {
        Appliance::configured(CONFIG)
    }

    pub fn configured(toml: &str) -> Appliance {
        let dir = tempfile::tempdir().unwrap();
        let mut appliance = Appliance::start_in(dir.path(), toml);
        appliance.dir = Some(dir);
        appliance
    }

    /// One with its data where FreeRADIUS, say, has been told to look. Routers take RADIUS orders
    /// at `coa_port`.
    pub fn beside(data_dir: &Path, coa_port: u16) -> Appliance {
        let config = CONFIG.replace("[sms]", "unsigned_limit = \"1000000\"\n[sms]");
        Appliance::start_in(data_dir, &format!("{config}[radius]\ncoa_port = {coa_port}\n"))
    }

    fn start_in(data_dir: &Path, toml: &str) -> Appliance {
        let toml = format!("data_dir = {data_dir:?}\n{toml}");
        let config = Arc::new(Config::parse(&toml, "test.toml").unwrap());
        let clock = Arc::new(TestClock::default());
        let (routers, sms) = (Arc::default(), Arc::default());
        let appliance = Appliance::open(data_dir, clock, config, "boot-1", routers, sms);
        for (code, price, seconds) in
            [("1h", 2000, 3600), ("3h", 5000, 10_800), ("1d", 10_000, 86_400)]
        {
            appliance.add_package(package(code, price, seconds));
        }
        appliance
    }

    /// One with a router of that access, too.
    pub fn with_router(access: Access) -> Appliance {
        let appliance = Appliance::start();
        appliance.add_router("Main", access);
        appliance
    }

    /// Cuts the appliance off, whatever it was doing, and starts it again on the same disk.
    pub fn restart(self, boot_id: &str) -> Appliance {
        let Appliance { clock, routers, sms, config, data_dir, dir, .. } = self;
        let mut next = Appliance::open(&data_dir, clock, config, boot_id, routers, sms);
        next.dir = dir;
        next
    }

    fn open(
        data_dir: &Path,
        clock: Arc<TestClock>,
        config: Arc<Config>,
        boot_id: &str,
        routers: Arc<FakeRouters>,
        sms: Arc<FakeSms>,
    ) -> Appliance {
        let boot = Boot { id: boot_id.to_owned(), uptime_ms: 0 };
        let path = data_dir.join("mlango.db");
        let store = Arc::new(Store::open(&path, &boot, |_| clock.clone()).unwrap());
        let world = World {
            config: config.clone(),
            routers: routers.clone(),
            sms: sms.clone(),
            logs: fakes::log_files(data_dir),
            radius: Arc::new(UdpLink),
            vault: fakes::vault(),
            live: Arc::default(),
        };
        let (world, boot_id) = (Arc::new(world), boot_id.to_owned());
        let engine = Engine::start(store.clone(), world.clone(), jobs::KINDS, boot_id).unwrap();
        let data_dir = data_dir.to_owned();
        Appliance { clock, routers, sms, config, store, engine, world, data_dir, dir: None }
    }

    /// What jobs have to do with outside, for one that is run by hand.
    pub fn world(&self) -> Arc<World> {
        self.world.clone()
    }

    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    pub fn add_package(&self, package: Package) {
        self.store.write(|tx| packages::insert(tx, &package)).unwrap().unwrap();
    }

    pub fn add_router(&self, name: &str, access: Access) -> mlango::domain::ids::RouterId {
        self.add_nas(name, access, None)
    }

    /// A router whose RADIUS packets come from an address, and the secret it shares with us.
    pub fn add_nas(
        &self,
        name: &str,
        access: Access,
        nas: Option<(&str, &str)>,
    ) -> mlango::domain::ids::RouterId {
        let seal = |it: &str| fakes::vault().seal(purpose::NAS_SECRET, &Secret::new(it));
        let facts = RouterFacts {
            name: name.parse().unwrap(),
            address: "192.0.2.1".parse().unwrap(),
            user: "mlango".to_owned(),
            login: LoginKind::Password,
            sealed_login: vec![1],
            host_key: None,
            access,
            nas_ip: nas.map(|it| it.0.to_owned()),
            sealed_nas_secret: nas.map(|it| seal(it.1)),
        };
        self.store.write(|tx| routers::insert(tx, &facts)).unwrap().unwrap()
    }

    /// A callback comes in by a door, unsigned. What follows from it is owed, not done.
    pub fn receive(&self, door: CallbackDoor, body: &str) {
        let callback = Callback { door, body: body.as_bytes().to_vec(), is_signed: false };
        self.store
            .write(|tx| {
                let callback_id = callbacks::insert(tx, &callback)?;
                ProcessPayment { callback_id }.enqueue(tx)
            })
            .unwrap();
    }

    /// Runs every job that is due, and those they lead to, on this thread: no sleeps, no races.
    pub fn settle(&self) {
        while Queue::ALL.iter().any(|&queue| self.engine.run_next(queue).unwrap() == Ran::One) {}
    }

    /// Time passes, and what falls due meanwhile is done.
    pub fn pass(&self, span: Duration) {
        self.clock.advance(span);
        self.settle();
    }

    /// What is in the tables of jobs, such as `provision_user ready`; but not the look at the next
    /// end, which is owed while anybody is online.
    pub fn jobs(&self) -> Vec<String> {
        self.list(
            "SELECT kind || ' ' || state FROM jobs WHERE kind <> 'check_expired_sessions'
             UNION ALL SELECT kind || ' failed' FROM failed_jobs ORDER BY 1",
        )
    }

    /// The only column of a query, as text.
    pub fn list(&self, sql: &str) -> Vec<String> {
        let rows = self.store.read(|conn| {
            let mut statement = conn.prepare(sql)?;
            let row = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
            Ok(statement.query_map([], row)?.collect::<rusqlite::Result<Vec<_>>>()?)
        });
        let text = |value| match value {
            rusqlite::types::Value::Null => "null".to_owned(),
            rusqlite::types::Value::Integer(it) => it.to_string(),
            rusqlite::types::Value::Real(it) => it.to_string(),
            rusqlite::types::Value::Text(it) => it,
            rusqlite::types::Value::Blob(it) => format!("{} bytes", it.len()),
        };
        rows.unwrap().into_iter().map(text).collect()
    }

    pub fn one(&self, sql: &str) -> String {
        let rows = self.list(sql);
        assert_eq!(rows.len(), 1, "{sql}: {rows:?}");
        rows[0].clone()
    }

    pub fn payment(&self, id: i64) -> mlango::domain::payment::Payment {
        self.store.read(|conn| payments::get(conn, PaymentId(id))).unwrap()
    }
}

pub fn package(code: &str, price_cents: i64, seconds: i64) -> Package {
    Package {
        id: mlango::domain::ids::PackageId(0),
        code: code.parse().unwrap(),
        name: format!("{code} pass"),
        price: Cents(price_cents),
        seconds,
        rate: None,
        bytes: None,
        devices: 1,
        starts: Starts::Access,
        again: Again::Extend,
        is_active: true,
    }
}
