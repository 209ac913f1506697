//! `mlango package remove`

use super::{Shown, find};
use crate::cli::Desk;
use crate::domain::package::PackageCode;
use crate::jobs::shelf;
use clap::Args;

#[derive(Debug, Args)]
pub struct Remove {
    code: PackageCode,
}

impl Remove {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let package = find(desk, &self.code)?;
        desk.store.write(|tx| shelf::retire(tx, "cli", &package))?;
        let code = &package.code;
        let sentence =
            format!("package {code} is for sale no more; those who bought it keep what they have");
        desk.done(&sentence, &Shown::from(&package))
    }
}
