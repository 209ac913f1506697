//! A worker in the foreground, where no server runs: `mlango queue work`.

use super::hand::{Hand, Word, restarts};
use super::orders::on_stop;
use super::premises::{free_wake_path, lock};
use super::serve::start_logging;
use super::{Site, boot};
use crate::cli::Work;
use crate::config::Config;
use crate::domain::queue::Queue;
use crate::engine::Engine;
use crate::jobs;
use crate::store::queues;
use anyhow::Context as _;
use std::collections::BTreeSet;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};

/// Works until it is told to stop, or has done what `options` ask for. Runs no schedules.
pub fn work(mut config: Config, options: &Work) -> anyhow::Result<()> {
    configure(&mut config, options);
    let site = Site::open(config)?;
    let _lock = lock(&site.config.data_dir)?;
    start_logging(&site)?;
    let engine = Engine::start(site.store.clone(), site.world.clone(), jobs::KINDS, boot()?.id)?;
    if let Some(tries) = options.tries {
        engine.insist_on_tries(tries);
    }
    let queues = queues(&site.config, options);
    let (tell, told) = channel();
    let stop = tell.clone();
    on_stop(move || drop(stop.send(Word::Stop)))?; // Nobody listens any more: it has stopped.
    listen(&site.config.data_dir, tell.clone())?;
    let name = format!("{}-1", queues[0]);
    put_on_record(&site, queues[0])?;
    let restarts = restarts(&site, &queues)?;
    log::info!("{name} works in the foreground");
    let (lost, is_over) = (BTreeSet::new(), false);
    let mut hand =
        Hand { site: &site, engine, options, queues, name, restarts, tell, told, lost, is_over };
    let ended = hand.work();
    put_on_record_none(&site)?;
    site.store.rest()?;
    ended
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

fn listen(data_dir: &Path, tell: Sender<Word>) -> anyhow::Result<()> {
    let path = free_wake_path(data_dir)?;
    let socket = UnixDatagram::bind(&path).with_context(|| format!("make {}", path.display()))?;
    std::thread::Builder::new()
        .name("wake".to_owned())
        .spawn(move || while socket.recv(&mut [0]).is_ok() && tell.send(Word::Look).is_ok() {})?;
    Ok(())
}
