//! `mlango queue show`

use crate::cli::print::or_dash;
use crate::cli::table::print_wrapped;
use crate::cli::{Desk, Shape};
use crate::domain::ids::JobId;
use crate::view::job::{self, Server};
use crate::view::server;
use anyhow::Context as _;
use clap::Args;

const NAME_WIDTH: usize = 8;

#[derive(Debug, Args)]
pub struct Show {
    /// Its number
    #[arg(value_name = "ID")]
    job: JobId,
}

impl Show {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let now = desk.store.now();
        let server = match server::is_running(&desk.config.data_dir) {
            true => Server::Runs,
            false => Server::Absent,
        };
        let found = desk.store.read(|conn| job::find(conn, desk.config, server, now, self.job))?;
        let view = found.with_context(|| {
            format!(
                "nobody remembers a job {}; `mlango queue failed` lists those that failed",
                self.job
            )
        })?;
        if desk.shape == Shape::Json {
            return desk.json(&view);
        }
        let facts = [
            ("job", view.id.to_string()),
            ("kind", view.kind.clone()),
            ("queue", view.queue.to_string()),
            ("args", or_dash(view.args.as_ref())),
            ("state", view.state.to_string()),
            ("tries", view.tries.to_string()),
            ("error", or_dash(view.error.as_ref())),
            ("why", view.why.clone()),
        ];
        for (name, text) in facts {
            write!(desk.out, "{name:<NAME_WIDTH$}")?;
            print_wrapped(desk.out, NAME_WIDTH, &text)?;
        }
        Ok(())
    }
}
