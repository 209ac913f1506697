//! The whole box on one screen: `GET /api/status`, `mlango status` and the status page.

use super::issues::{self, Facts};
use super::queues::queues;
use super::{Disk, Issue, QueueStatus};
use crate::config::Config;
use crate::domain::ids::RouterId;
use crate::domain::money::Cents;
use crate::domain::queue::Queue;
use crate::domain::router::{RouterName, RouterState};
use crate::domain::subscription::{EARLY, Target};
use crate::domain::time::{ClockTrust, EngineTime, Now, Timestamp};
use crate::routeros::Figures;
use crate::store::statistics::{self, Money, SmsNumbers};
use crate::store::{Result, Store, comparisons, routers};
use rusqlite::Connection;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the database cannot say.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Of the server; the command line has none to speak of.
    pub started_at: Option<Timestamp>,
    pub disk: Option<Disk>,
    /// Workers with a job in hand, if that is known better than by the claims.
    pub busy: Option<BTreeMap<Queue, usize>>,
    /// When a well-signed callback was last refused for its age.
    pub stale_callback: Option<EngineTime>,
    /// What routers said just now; only the server that asks them knows.
    pub routers: BTreeMap<RouterId, Figures>,
}

/// How everything is. What is skipped in JSON is for people, and not part of the contract.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    pub version: &'static str,
    pub started_at: Option<Timestamp>,
    pub clock: ClockStatus,
    pub payments: PaymentNumbers,
    pub subscriptions: SubscriptionNumbers,
    pub sessions: SessionNumbers,
    pub routers: Vec<RouterStatus>,
    pub queues: Vec<QueueStatus>,
    pub database: DatabaseSizes,
    pub backup: BackupStatus,
    pub sms: SmsStatus,
    pub issues: Vec<Issue>,
    /// When all this was so.
    #[serde(skip)]
    pub at: Now,
    #[serde(skip)]
    pub disk: Option<Disk>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ClockStatus {
    pub trusted: bool,
    /// Who vouches for the wall clock: `ntp`, `config`, or `none`.
    pub source: &'static str,
}

#[derive(Clone, Debug, Serialize)]
pub struct PaymentNumbers {
    pub today: Today,
    /// Paid for, and the customer is not let in anywhere yet.
    pub unfulfilled: i64,
    pub held: i64,
    pub last_at: Option<Timestamp>,
}

/// Money that came in today, be it held.
#[derive(Clone, Debug, Serialize)]
pub struct Today {
    pub count: i64,
    pub amount_cents: Cents,
}

#[derive(Clone, Debug, Serialize)]
pub struct SubscriptionNumbers {
    pub active: i64,
    pub expiring_next_hour: i64,
}

#[derive(Clone, Debug, Serialize)]
pub struct SessionNumbers {
    pub online: i64,
}

/// One router as it was last found.
#[derive(Clone, Debug, Serialize)]
pub struct RouterStatus {
    pub id: RouterId,
    pub name: RouterName,
    pub address: String,
    pub state: RouterState,
    pub since: Timestamp,
    pub version: Option<String>,
    /// Percent; unknown until somebody has asked the router.
    pub cpu_load: Option<u32>,
    /// Bytes; as above.
    pub free_memory: Option<u64>,
    /// Devices online there, as it last reported.
    pub active_users: i64,
    /// Purchases that wait for it.
    pub parked: i64,
    /// Customers that are to go, and wait for a person's word.
    #[serde(skip)]
    pub held: i64,
    /// Users with our mark of whom this box knows nothing.
    #[serde(skip)]
    pub unknown_users: i64,
    pub error: Option<String>,
    #[serde(skip)]
    pub seen_at: Option<Timestamp>,
    #[serde(skip)]
    pub temperature_celsius: Option<i64>,
    #[serde(skip)]
    pub clock_off: Option<Duration>,
    #[serde(skip)]
    pub free_storage_bytes: Option<u64>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct DatabaseSizes {
    pub bytes: i64,
    pub wal_bytes: u64,
    /// Inside the database, to be used again.
    pub free_bytes: i64,
}

#[derive(Clone, Debug, Serialize)]
pub struct BackupStatus {
    pub last_at: Option<Timestamp>,
    pub verified: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct SmsStatus {
    pub sent_today: i64,
    pub failed_today: i64,
}

/// Reads everything at one moment.
pub fn status(store: &Store, config: &Config, around: &Surroundings) -> Result<Status> {
    let now = store.now();
    let (bytes, wal_bytes, free_bytes) = store.sizes()?;
    let database = DatabaseSizes { bytes, wal_bytes, free_bytes };
    store.read(|conn| read(conn, config, around, database, now))
}

fn read(
    conn: &Connection,
    config: &Config,
    around: &Surroundings,
    database: DatabaseSizes,
    now: Now,
) -> Result<Status> {
    let money = statistics::money(conn, now)?;
    let sms = statistics::sms_today(conn, now)?;
    let (active, expiring_next_hour) = statistics::subscriptions(conn, now)?;
    let routers = router_statuses(conn, &around.routers)?;
    let queues = queues(conn, config, now, around.busy.as_ref())?;
    let disk = around.disk;
    let early_ms = i64::try_from(EARLY.as_millis()).unwrap_or(i64::MAX);
    let facts = Facts {
        config,
        money: &money,
        sms,
        routers: &routers,
        queues: &queues,
        disk,
        stale_callback: around.stale_callback,
        running_and_early: statistics::running_and_early(conn, now, early_ms)?,
        now,
    };
    let issues = issues::issues(&facts);
    Ok(Status {
        version: VERSION,
        started_at: around.started_at,
        clock: clock(config.clock_trust, now),
        payments: payment_numbers(&money),
        subscriptions: SubscriptionNumbers { active, expiring_next_hour },
        sessions: SessionNumbers { online: statistics::online(conn)? },
        routers,
        queues,
        database,
        backup: BackupStatus { last_at: None, verified: false }, // None is made yet.
        sms: sms_status(sms),
        issues,
        at: now,
        disk,
    })
}

fn clock(trust: ClockTrust, now: Now) -> ClockStatus {
    let source = match trust {
        ClockTrust::Trusted | ClockTrust::Untrusted => "config",
        ClockTrust::Auto if now.is_wall_trusted => "ntp",
        ClockTrust::Auto => "none",
    };
    ClockStatus { trusted: now.is_wall_trusted, source }
}

fn payment_numbers(money: &Money) -> PaymentNumbers {
    PaymentNumbers {
        today: Today { count: money.today, amount_cents: money.today_cents },
        unfulfilled: money.unfulfilled,
        held: money.held,
        last_at: money.last_at,
    }
}

fn sms_status(sms: SmsNumbers) -> SmsStatus {
    SmsStatus { sent_today: sms.sent, failed_today: sms.failed }
}

fn router_statuses(
    conn: &Connection,
    live: &BTreeMap<RouterId, Figures>,
) -> Result<Vec<RouterStatus>> {
    let status = |router: routers::Router| {
        let compared = comparisons::get(conn, router.id)?;
        let figures = live.get(&router.id);
        let online = figures.and_then(|it| i64::try_from(it.active_users).ok());
        let active_users = match online {
            Some(count) => count,
            None => statistics::online_at(conn, router.id)?,
        };
        Ok(RouterStatus {
            id: router.id,
            name: router.name,
            address: router.address.to_string(),
            state: router.state,
            since: router.state_since,
            version: router.version,
            cpu_load: figures.and_then(|it| u32::try_from(it.cpu_load_percent?).ok()),
            free_memory: figures.and_then(|it| u64::try_from(it.free_memory_bytes?).ok()),
            active_users,
            parked: statistics::parked_on(conn, Target::Router(router.id))?,
            held: compared.held,
            unknown_users: compared.unknown,
            error: router.error,
            seen_at: figures.map(|it| it.seen_at).or(router.seen_at),
            temperature_celsius: figures.and_then(|it| it.temperature_celsius),
            clock_off: figures.and_then(|it| it.clock_off),
            free_storage_bytes: figures.and_then(|it| u64::try_from(it.free_storage_bytes?).ok()),
        })
    };
    routers::all(conn)?.into_iter().map(status).collect()
}
