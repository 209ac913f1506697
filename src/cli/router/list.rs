//! `mlango router list`

use super::Shown;
use crate::cli::Desk;
use crate::cli::print::Page;
use crate::store::routers;
use clap::Args;

#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    page: Page,
}

impl List {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let routers = desk.store.read(routers::all)?;
        let none = "there is no router; `mlango router add` takes one in";
        desk.list(self.page, none, routers.into_iter().rev().map(|it| Ok(Shown::from(it))))
    }
}
