//! A worker in the foreground, where no server runs: `mlango queue work`.

use super::orders::on_stop;
use super::premises::{free_wake_path, lock};
use super::serve::start_logging;
use super::{Site, boot};
use crate::cli::Work;
use crate::config::Config;
use crate::domain::queue::Queue;
use crate::engine::{Engine, Next};
use crate::jobs;
use crate::store::outbox::Claim;
use crate::store::queues;
use anyhow::{Context as _, ensure};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How long a job that was cut off at its socket has to notice.
const GRACE: Duration = Duration::from_secs(5);
/// Threads that hang in jobs cannot be ended, only left behind; with so many it is time to end.
const LOST_MAX: usize = 2;

/// Works until it is told to stop, or has done what `options` ask for. Runs no schedules.
pub fn work(mut config: Config, options: &Work) -> anyhow::Result<()> {
    configure(&mut config, options);
    let site = Site::open(config)?;
    let _lock = lock(&site.config.data_dir)?;
    start_logging(&site)?;
    let engine = Engine::start(site.store.clone(), site.world.clone(), jobs::KINDS, boot()?.id)?;
    let queues = queues(&site.config, options);
    let (tell, told) = channel();
    let stop = tell.clone();
    on_stop(move || drop(stop.send(Word::Stop)))?; // Nobody listens any more: it has stopped.
    listen(&site.config.data_dir, tell)?;
    let name = format!("{}-1", queues[0]);
    put_on_record(&site, queues[0])?;
    let restarts = restarts(&site, &queues)?;
    log::info!("{name} works in the foreground");
    let lost = 0;
    let mut hand = Hand { site: &site, engine, options, queues, name, restarts, told, lost };
    let ended = hand.work();
    put_on_record_none(&site)?;
    site.store.rest()?;
    ended
}

/// What it is told from outside.
enum Word {
    /// Something was written that may be work, or asks for a restart.
    Look,
    Stop,
}

fn configure(config: &mut Config, options: &Work) {
    for &queue in Queue::ALL {
        let mut settings = config.queue(queue).clone();
        if let Some(tries) = options.tries {
            if settings.max_exceptions == settings.tries {
                settings.max_exceptions = tries;
            }
            settings.tries = tries;
        }
        settings.timeout = options.timeout.unwrap_or(settings.timeout);
        config.set_queue(queue, settings);
    }
}

/// In the order they were named, else the most urgent first.
fn queues(config: &Config, options: &Work) -> Vec<Queue> {
    if !options.queues.is_empty() {
        return options.queues.clone();
    }
    let mut queues = Queue::ALL.to_vec();
    queues.sort_by_key(|&it| config.queue(it).priority);
    queues
}

/// So that `queue workers` shows this one worker, and not those of a server that is gone.
fn put_on_record(site: &Site, first: Queue) -> anyhow::Result<()> {
    site.store.write_relaxed(|tx| {
        let count = |queue| usize::from(queue == first);
        Queue::ALL.iter().try_for_each(|&it| queues::set_workers(tx, it, count(it)))
    })?;
    Ok(())
}

fn put_on_record_none(site: &Site) -> anyhow::Result<()> {
    site.store
        .write_relaxed(|tx| Queue::ALL.iter().try_for_each(|&it| queues::set_workers(tx, it, 0)))?;
    Ok(())
}

fn restarts(site: &Site, queues: &[Queue]) -> anyhow::Result<Vec<i64>> {
    let read = |&queue: &Queue| site.store.read(|conn| queues::restarts(conn, queue));
    Ok(queues.iter().map(read).collect::<Result<_, _>>()?)
}

fn listen(data_dir: &Path, tell: Sender<Word>) -> anyhow::Result<()> {
    let path = free_wake_path(data_dir)?;
    let socket = UnixDatagram::bind(&path).with_context(|| format!("make {}", path.display()))?;
    std::thread::Builder::new()
        .name("wake".to_owned())
        .spawn(move || while socket.recv(&mut [0]).is_ok() && tell.send(Word::Look).is_ok() {})?;
    Ok(())
}

/// The one who works.
struct Hand<'a> {
    site: &'a Site,
    engine: Arc<Engine>,
    options: &'a Work,
    queues: Vec<Queue>,
    name: String,
    restarts: Vec<i64>,
    told: Receiver<Word>,
    lost: usize,
}

impl Hand<'_> {
    fn work(&mut self) -> anyhow::Result<()> {
        let end = self.options.max_time.map(|it| Instant::now() + it);
        let mut done = 0;
        loop {
            if self.is_told_to_stop()? || end.is_some_and(|it| it <= Instant::now()) {
                return Ok(());
            }
            match self.claim_next()? {
                Next::Run(claim) => {
                    self.run(*claim)?;
                    done += 1;
                    if self.has_done_enough(done)? {
                        return Ok(());
                    }
                }
                Next::Nothing(_) if self.options.once || self.options.stop_when_empty => {
                    return Ok(());
                }
                Next::Nothing(until_due) => {
                    let until_end = end.map(|it| it.saturating_duration_since(Instant::now()));
                    if self.wait([until_due, until_end].into_iter().flatten().min())? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// The first queue that has something due is served.
    fn claim_next(&self) -> anyhow::Result<Next> {
        let mut first = None;
        for &queue in &self.queues {
            match self.engine.claim_next(queue, &self.name)? {
                Next::Run(claim) => return Ok(Next::Run(claim)),
                Next::Nothing(until) => first = [first, until].into_iter().flatten().min(),
            }
        }
        Ok(Next::Nothing(first))
    }

    fn run(&mut self, claim: Claim) -> anyhow::Result<()> {
        let (engine, job) = (self.engine.clone(), claim.clone());
        let (done, ended) = channel();
        let thread = std::thread::Builder::new().name(self.name.clone());
        thread.spawn(move || {
            let _ = done.send(engine.run(&job)); // Left behind, nobody asks for it any more.
        })?;
        let timeout = self.site.config.queue(claim.queue).timeout;
        if let Ok(outcome) = ended.recv_timeout(timeout) {
            return Ok(outcome?);
        }
        log::warn!("{} is not done after {timeout:?}, and is cut off job={}", claim.kind, claim.id);
        self.engine.cut(&claim);
        if let Ok(outcome) = ended.recv_timeout(GRACE) {
            return Ok(outcome?);
        }
        self.engine.take_back(&claim, timeout)?;
        self.lost += 1;
        ensure!(self.lost < LOST_MAX, "too many threads hang in jobs; start the program again");
        Ok(())
    }

    fn has_done_enough(&self, done: u32) -> anyhow::Result<bool> {
        let options = self.options;
        if options.once || options.max_jobs.is_some_and(|it| it <= done) {
            return Ok(true);
        }
        let Some(most) = options.memory else { return Ok(false) };
        let megabytes = resident_bytes()? >> 20;
        if most < megabytes {
            log::info!("stopping: {megabytes} MB are in use, more than {most}");
        }
        Ok(most < megabytes)
    }

    /// Whether it was told to stop before there was anything to do.
    fn wait(&self, longest: Option<Duration>) -> anyhow::Result<bool> {
        self.site.store.settle()?;
        let word = match longest {
            Some(span) => self.told.recv_timeout(span),
            None => self.told.recv().map_err(RecvTimeoutError::from),
        };
        match word {
            Ok(word) => self.heed(&word),
            Err(RecvTimeoutError::Timeout) => Ok(false),
            Err(RecvTimeoutError::Disconnected) => Ok(true),
        }
    }

    /// Whether it was told to stop while it was busy.
    fn is_told_to_stop(&self) -> anyhow::Result<bool> {
        for word in self.told.try_iter() {
            if self.heed(&word)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A worker in the foreground that is to start afresh ends: whoever started it starts another.
    fn heed(&self, word: &Word) -> anyhow::Result<bool> {
        let stops = match word {
            Word::Stop => true,
            Word::Look => restarts(self.site, &self.queues)? != self.restarts,
        };
        if stops {
            log::info!("{} was told to stop", self.name);
        }
        Ok(stops)
    }
}

/// What the program takes of the box's memory.
fn resident_bytes() -> anyhow::Result<u64> {
    let path = "/proc/self/status";
    let status = std::fs::read_to_string(path).with_context(|| format!("read {path}"))?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|it| it.split_whitespace().next()).and_then(|it| it.parse().ok());
    let kilobytes: u64 = kilobytes.with_context(|| format!("{path} has no VmRSS"))?;
    Ok(kilobytes << 10)
}
