//! The appliance, running: from the lock on its data directory to a clean stop.

use super::orders::Orders;
use super::premises::{lock, make_run_dir, wake_socket};
use super::{Site, boot};
use crate::config::{Config, secrets};
use crate::domain::address::AddressList;
use crate::engine::Engine;
use crate::engine::pool::{Pool, Reload};
use crate::http::auth::CallbackAuth;
use crate::http::guard::{DoorSettings, Guard, Limits};
use crate::http::health::{Condition, Health};
use crate::http::server::{Server, Settings};
use crate::http::{Doors, Listener, Logins};
use crate::jobs;
use crate::logging;
use anyhow::{Context as _, bail};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;

/// Few people look after one box.
const OPERATOR_THREADS: usize = 3;
/// A small box has little memory, and no job goes deep.
const STACK_BYTES: usize = 512 << 10;

/// Where the doors are, once they are open.
#[derive(Clone, Copy, Debug)]
pub struct Serving {
    pub http: SocketAddr,
    pub admin: SocketAddr,
}

/// Runs the appliance until SIGTERM or SIGINT. `opened` is told the addresses once it serves.
pub fn serve(config: Config, opened: impl FnOnce(Serving)) -> anyhow::Result<()> {
    let site = Site::open(config)?;
    let config = site.config.clone();
    let _lock = lock(&config.data_dir)?;
    start_logging(&site)?;
    let engine = Engine::start(site.store.clone(), site.world.clone(), jobs::KINDS, boot()?.id)?;
    let workers: usize = engine.settings().values().map(|it| it.workers).sum();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(workers + 4)
        .thread_stack_size(STACK_BYTES)
        .build()
        .context("start the runtime")?;
    let ended = runtime.block_on(run(&site, &engine, opened));
    runtime.shutdown_background(); // A job that outlived the stop was taken back.
    if let Err(error) = site.store.rest() {
        log::warn!("the database log was not emptied at the stop: {error}");
    }
    ended
}

async fn run(
    site: &Site,
    engine: &Arc<Engine>,
    opened: impl FnOnce(Serving),
) -> anyhow::Result<()> {
    let config = &site.config;
    let mut orders = Orders::listen()?;
    let health = Arc::new(Health::new());
    let doors = doors(site, &health)?;
    let directory = config.data_dir.join("run");
    make_run_dir(&directory)?;
    let strangers = start_server(&doors, Listener::Strangers, config, &directory)?;
    let operator = start_server(&doors, Listener::Admin, config, &directory)?;
    let news = news_of(site);
    let guard = bind(config, &strangers, &operator, &health, &news)?;

    let (stop, stopped) = watch::channel(false);
    let addresses = guard.addresses()?;
    let (http, admin) = (addresses[0], addresses[1]);
    let mut doors_closed = tokio::spawn(guard.run(stopped.clone()));
    engine.keep_up(Box::new(jobs::beats));
    let mut pool = Pool::start(engine, reload(config), &stopped);
    pool.keep_time(jobs::SCHEDULES, &stopped);
    pool.listen(wake_socket(&config.data_dir)?, &stopped);
    health.set(Condition::Ok);
    log::info!("serving customers and forwarders on {http}, the operator on {admin}");
    let first_password = config.in_data_dir("first-password");
    if first_password.exists() {
        let path = first_password.display();
        log::info!(
            "the operator's page is http://{admin}/ and its password, until \
             `mlango admin set-password` sets another, is in {path}"
        );
    }
    opened(Serving { http, admin });

    let why = tokio::select! {
        () = orders.stop() => Why::Told,
        _ = &mut doors_closed => Why::Broken("a listener ended by itself"),
        () = pool.worn_out() => Why::WornOut,
    };
    log::info!("stopping: no new requests and no new jobs");
    health.set(match why {
        Why::WornOut => Condition::Workers,
        Why::Told | Why::Broken(_) => Condition::Stopping,
    });
    let _ = stop.send(true);
    pool.stopped().await;
    if !doors_closed.is_finished() {
        doors_closed.await.context("close the doors")??;
    }
    strangers.stop();
    operator.stop();
    log::info!("stopped");
    match why {
        Why::Told => Ok(()),
        Why::WornOut => bail!("too many threads hang in jobs that do not end; start it again"),
        Why::Broken(what) => bail!("{what}; start the program again"),
    }
}

/// Why the appliance stops.
enum Why {
    Told,
    /// Too many threads are lost.
    WornOut,
    /// A new process will do better; what supervises this one starts it.
    Broken(&'static str),
}

/// Changes when an event is written, whoever writes it.
fn news_of(site: &Site) -> watch::Receiver<()> {
    let (tell, news) = watch::channel(());
    site.store.on_commit(move |queues| {
        if queues.has_news() {
            tell.send_replace(());
        }
    });
    news
}

/// Where `queue restart` reads the settings from.
fn reload(config: &Config) -> Reload {
    let origin = config.origin.clone();
    Arc::new(move || Ok(Config::load(&origin)?))
}

fn doors(site: &Site, health: &Arc<Health>) -> anyhow::Result<Arc<Doors>> {
    let config = &site.config;
    let callbacks = CallbackAuth {
        path_tokens: secrets::path_tokens(config)?,
        hmac_secret: secrets::hmac_secret(config)?,
        allow_from: allow_from(config)?,
    };
    Ok(Arc::new(Doors {
        config: config.clone(),
        store: site.store.clone(),
        health: health.clone(),
        callbacks,
        portal_token: secrets::portal_token(config)?,
        admin_token: secrets::admin_token(config)?,
        logins: Logins::new(config),
        started_at: site.store.now().wall,
        live: site.world.live.clone(),
    }))
}

/// Whoever is on the box itself is never crowded out.
const LOOPBACK: &str = "127.0.0.0/8,::1/128";

fn parse_list(text: &str) -> anyhow::Result<AddressList> {
    text.parse().context("read [mpesa] allow_from")
}

fn allow_from(config: &Config) -> anyhow::Result<AddressList> {
    parse_list(&config.mpesa.allow_from.join(","))
}

fn start_server(
    doors: &Arc<Doors>,
    listener: Listener,
    config: &Config,
    directory: &Path,
) -> anyhow::Result<Server> {
    let threads = match listener {
        Listener::Strangers => config.http.workers,
        Listener::Admin => OPERATOR_THREADS,
    };
    let settings = Settings {
        listener,
        directory: directory.to_owned(),
        threads,
        body_limit_bytes: config.http.body_limit,
    };
    let doors = doors.clone();
    Server::start(settings, Arc::new(move |request| doors.answer(&request)))
        .context("start the threads that answer requests")
}

fn bind(
    config: &Config,
    strangers: &Server,
    operator: &Server,
    health: &Arc<Health>,
    news: &watch::Receiver<()>,
) -> anyhow::Result<Guard> {
    let doors = vec![
        DoorSettings {
            listen: config.http.listen,
            server: strangers,
            limits: Limits::for_strangers(config.http.body_limit),
            expected: parse_list(&format!("{},{LOOPBACK}", config.mpesa.allow_from.join(",")))?,
        },
        DoorSettings {
            listen: config.admin.listen,
            server: operator,
            limits: Limits::for_operator(config.http.body_limit),
            expected: parse_list(LOOPBACK)?,
        },
    ];
    Guard::bind(doors, health, news).context("listen, as [http] and [admin] say")
}

pub(super) fn start_logging(site: &Site) -> anyhow::Result<()> {
    let (level, files) = (site.config.log.level, site.world.logs.clone());
    logging::start(level, site.clock.clone(), Some(files)).context("start the log")
}
