//! `mlango queue undo`

use super::{WHO, jobs};
use crate::cli::Desk;
use crate::jobs::by_hand;
use clap::Args;
use serde_json::json;

#[derive(Debug, Args)]
pub struct Undo {}

impl Undo {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let count = desk.store.write(|tx| by_hand::undo(tx, WHO))?;
        let sentence = match count {
            0 => "nothing was forgotten or flushed in the last 24 hours".to_owned(),
            _ => format!("{} back among the failed", jobs(count)),
        };
        desk.done(&sentence, &json!({ "restored": count }))
    }
}
