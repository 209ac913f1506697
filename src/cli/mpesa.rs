//! `mlango mpesa classify`: what is made of a raw body, without any of the rest.

use super::print::json;
use super::print::or_dash;
use super::table::{Table, number, text};
use super::{Outside, Shape};
use crate::mpesa::verdict::Verdict;
use crate::mpesa::{MAX_BODY, classify};
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub enum Mpesa {
    /// Say what is made of callbacks kept in files; reads the configuration and nothing else
    Classify(Classify),
}

#[derive(Debug, Args)]
pub struct Classify {
    /// Files with one raw body each
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

impl Mpesa {
    pub fn run(&self, outside: &mut Outside<'_>) -> anyhow::Result<()> {
        match self {
            Mpesa::Classify(it) => it.run(outside),
        }
    }
}

impl Classify {
    pub fn run(&self, outside: &mut Outside<'_>) -> anyhow::Result<()> {
        let columns =
            [text("FILE"), text("OUTCOME"), number("AMOUNT"), text("RECEIPT"), text("PHONE")];
        let mut table = Table::new(&[&columns[..], &[text("REASON")]].concat());
        let mut unread = Vec::new();
        for file in &self.files {
            let body = match read(file) {
                Ok(body) => body,
                Err(error) => {
                    unread.push(format!("{error:#}"));
                    continue;
                }
            };
            let received = classify(&body, &outside.config.mpesa.shortcodes);
            let verdict = Verdict::of(file.to_string_lossy(), &received);
            match outside.shape {
                Shape::Json => json(outside.out, &verdict)?,
                Shape::Table => table.row([
                    file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                    verdict.outcome.to_string(),
                    or_dash(verdict.amount_cents),
                    or_dash(verdict.receipt),
                    or_dash(verdict.phone),
                    verdict.reason,
                ]),
            }
        }
        if outside.shape == Shape::Table && 0 < table.len() {
            table.print(outside.out)?;
        }
        match unread.first() {
            None => Ok(()),
            Some(first) => {
                bail!("{} of {} files not read: {first}", unread.len(), self.files.len())
            }
        }
    }
}

/// A byte more than is ever looked at tells that there is too much.
fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let limit = u64::try_from(MAX_BODY).unwrap_or(u64::MAX).saturating_add(1);
    let mut body = Vec::new();
    File::open(file)
        .and_then(|it| it.take(limit).read_to_end(&mut body))
        .with_context(|| file.display().to_string())?;
    Ok(body)
}
