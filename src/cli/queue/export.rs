//! `mlango queue export`: a line that says what is in the file, then a job a line, all in JSON.

use super::{WHO, jobs};
use crate::cli::Desk;
use crate::domain::ids::JobId;
use crate::domain::time::{Now, Timestamp};
use crate::store::audit;
use crate::store::portable::{self, Side};
use anyhow::Context as _;
use clap::Args;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

/// What the files are that this program reads.
pub(super) const FORMAT: u32 = 1;
/// So many are read at a time.
const BATCH: u32 = 500;

#[derive(Debug, Args)]
pub struct Export {
    file: PathBuf,
    /// Which: pending, failed
    #[arg(long, value_name = "S,S", value_delimiter = ',', default_value = "pending,failed")]
    state: Vec<Side>,
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    /// Of the program that wrote it.
    pub(super) version: String,
    pub(super) origin: String,
    pub(super) exported_at: String,
    pub(super) pending: i64,
    pub(super) failed: i64,
}

impl Export {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let path = self.file.display();
        let mut options = File::options();
        // Nobody else's: callbacks and customers are named in it.
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(&self.file);
        let mut file = BufWriter::new(file.with_context(|| format!("make {path}"))?);
        let now = desk.store.now();
        let written = desk.store.read(|conn| {
            let snapshot = conn.unchecked_transaction()?;
            Ok(self.write(&snapshot, now, &mut file))
        })?;
        let manifest = written.with_context(|| format!("write {path}"))?;
        let file = file.into_inner().with_context(|| format!("write {path}"))?;
        file.sync_all().with_context(|| format!("write {path}"))?;
        let count = usize::try_from(manifest.pending + manifest.failed)?;
        let sentence = format!("{} written to {path}", jobs(count));
        desk.store.write(|tx| audit::insert(tx, WHO, "queue export", None, &sentence))?;
        desk.done(&sentence, &manifest)
    }

    fn write(
        &self,
        conn: &Connection,
        now: Now,
        file: &mut impl Write,
    ) -> anyhow::Result<Manifest> {
        let count = |side| match self.state.contains(&side) {
            true => portable::count(conn, side),
            false => Ok(0),
        };
        let manifest = Manifest {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            origin: portable::origin(conn)?,
            exported_at: Timestamp::to_string(&now.wall),
            pending: count(Side::Pending)?,
            failed: count(Side::Failed)?,
        };
        line(file, &manifest)?;
        for &side in Side::ALL.iter().filter(|it| self.state.contains(it)) {
            let mut last = JobId(i64::MIN);
            loop {
                let page = portable::page(conn, side, now, last, BATCH)?;
                let Some(job) = page.last() else { break };
                last = job.id;
                page.iter().try_for_each(|it| line(file, it))?;
            }
        }
        Ok(manifest)
    }
}

fn line(file: &mut impl Write, value: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *file, value)?;
    Ok(writeln!(file)?)
}
