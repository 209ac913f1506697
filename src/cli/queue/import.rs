//! `mlango queue import`

use super::export::{FORMAT, Manifest};
use super::{WHO, jobs};
use crate::cli::Desk;
use crate::store::audit;
use crate::store::portable::{self, Imported, PortableJob, Side};
use anyhow::{Context as _, ensure};
use clap::Args;
use serde_json::json;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

/// So many are written at a time, that a running server need not wait for them all.
const BATCH: usize = 200;

#[derive(Debug, Args)]
pub struct Import {
    file: PathBuf,
}

impl Import {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        // All of it is read before any of it is taken: half a file is none.
        let mut counts = [0, 0];
        let manifest = read(&self.file, |job| {
            counts[job.state as usize] += 1;
            Ok(())
        })?;
        let path = self.file.display();
        ensure!(
            counts == [manifest.pending, manifest.failed],
            "{path} has {} pending and {} failed jobs, and says it had {} and {}; export again",
            counts[Side::Pending as usize],
            counts[Side::Failed as usize],
            manifest.pending,
            manifest.failed
        );
        let (mut taken, mut known, mut batch) = (0, 0, Vec::new());
        let mut take = |batch: &mut Vec<PortableJob>| -> anyhow::Result<()> {
            let jobs = std::mem::take(batch);
            let outcomes = desk.store.write(|tx| {
                jobs.iter().map(|it| portable::import(tx, it)).collect::<Result<Vec<_>, _>>()
            })?;
            let new = outcomes.iter().filter(|it| **it == Imported::Taken).count();
            taken += new;
            known += outcomes.len() - new;
            Ok(())
        };
        read(&self.file, |job| {
            batch.push(job);
            if batch.len() < BATCH { Ok(()) } else { take(&mut batch) }
        })?;
        take(&mut batch)?;
        let sentence = format!("{} taken in, {known} known already", jobs(taken));
        if 0 < taken {
            desk.store.write(|tx| audit::insert(tx, WHO, "queue import", None, &sentence))?;
        }
        desk.done(&sentence, &json!({ "imported": taken, "known": known }))
    }
}

/// Reads a file that `export` wrote, job by job.
fn read(
    path: &Path,
    mut each: impl FnMut(PortableJob) -> anyhow::Result<()>,
) -> anyhow::Result<Manifest> {
    let name = path.display();
    let file = File::open(path).with_context(|| format!("open {name}"))?;
    let mut lines = BufReader::new(file).lines();
    let first = lines.next().with_context(|| format!("{name} is empty"))??;
    let manifest: Manifest = serde_json::from_str(&first)
        .with_context(|| format!("{name} is no file that `mlango queue export` wrote"))?;
    ensure!(
        manifest.format == FORMAT,
        "{name} is of format {}, and this program reads {FORMAT}; it was written by version {}",
        manifest.format,
        manifest.version
    );
    for (nth, line) in lines.enumerate() {
        let job = serde_json::from_str(&line?)
            .with_context(|| format!("line {} of {name} is no job", nth + 2))?;
        each(job)?;
    }
    Ok(manifest)
}
