//! `mlango queue workers`

use crate::cli::Desk;
use crate::cli::print::{Listed, Page, or_dash};
use crate::cli::table::{Column, number, text};
use crate::domain::time::span_text;
use crate::view::server;
use crate::view::workers::{WorkerView, workers};
use clap::Args;
use std::time::Duration;

#[derive(Debug, Args)]
pub struct Workers {
    #[command(flatten)]
    page: Page,
}

impl Workers {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let now = desk.store.now();
        let found = match server::is_running(&desk.config.data_dir) {
            true => desk.store.read(|conn| workers(conn, now))?,
            false => Vec::new(),
        };
        let none = "no server runs, so nobody works; `mlango serve` starts one";
        desk.list(self.page, none, found.into_iter().map(Ok))
    }
}

impl Listed for WorkerView {
    const COLUMNS: &'static [Column] =
        &[text("NAME"), text("STATE"), number("UPTIME"), text("JOB")];

    fn cells(&self) -> Vec<String> {
        let uptime = self.uptime_seconds.map(|it| span_text(Duration::from_secs(it)));
        let job = self.job_id.map(|id| format!("{id} {}", self.kind.as_deref().unwrap_or("")));
        vec![self.name.clone(), self.state.to_string(), or_dash(uptime), or_dash(job)]
    }
}
