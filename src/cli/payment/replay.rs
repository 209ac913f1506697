//! `mlango payment replay`

use super::{done_with, find};
use crate::cli::Desk;
use crate::domain::payment::PaymentState;
use clap::Args;

#[derive(Debug, Args)]
pub struct Replay {
    /// Its number, or its M-Pesa receipt
    #[arg(value_name = "ID")]
    payment: String,
}

impl Replay {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let id = find(desk, &self.payment)?.id;
        let count = desk.at_counter(|counter, tx| counter.replay(tx, id))?;
        done_with(desk, id, |view| {
            let callbacks = if count == 1 { "callback is" } else { "callbacks are" };
            let mut sentence = format!(
                "{count} {callbacks} read again; `mlango payment show {id}` tells what comes of it"
            );
            if view.money.state == PaymentState::Held {
                sentence.push_str(". What is held for you stays held: `mlango payment assign`");
            }
            sentence
        })
    }
}
