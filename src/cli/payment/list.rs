//! `mlango payment list`

use crate::cli::Desk;
use crate::cli::print::Page;
use crate::domain::ids::PaymentId;
use crate::domain::payment::PaymentState;
use crate::view::{PaymentView, payment};
use clap::Args;
use std::collections::VecDeque;

/// So many are read at a time: a year of payments must not be in memory at once.
const BATCH: u32 = 200;

#[derive(Debug, Args)]
pub struct List {
    /// Only those whose money is so: pending, received, failed, held or returned
    #[arg(long)]
    state: Option<PaymentState>,
    #[command(flatten)]
    page: Page,
}

impl List {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let (store, now, state) = (desk.store.clone(), desk.store.now(), self.state);
        let mut batch: VecDeque<PaymentView> = VecDeque::new();
        let mut oldest: Option<PaymentId> = None;
        let mut next = move || -> anyhow::Result<Option<PaymentView>> {
            if batch.is_empty() {
                batch = store.read(|conn| payment::page(conn, state, oldest, BATCH, now))?.into();
            }
            let next = batch.pop_front();
            oldest = next.as_ref().map(|it| it.id).or(oldest);
            Ok(next)
        };
        let payments = std::iter::from_fn(move || next().transpose());
        desk.list(self.page, "there is no such payment", payments)
    }
}
