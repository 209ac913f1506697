//! `mlango package list`

use super::Shown;
use crate::cli::Desk;
use crate::cli::print::Page;
use crate::store::packages;
use clap::Args;

#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    page: Page,
}

impl List {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let mut packages = desk.store.read(packages::active)?;
        packages.sort_by_key(|it| std::cmp::Reverse(it.id));
        let none = "nothing is for sale; `mlango package add` changes that";
        desk.list(self.page, none, packages.iter().map(|it| Ok(Shown::from(it))))
    }
}
