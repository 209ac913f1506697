//! `mlango customer list`

use super::Shown;
use crate::cli::Desk;
use crate::cli::print::Page;
use crate::domain::customer::Customer;
use crate::domain::ids::CustomerId;
use crate::store::customers;
use clap::Args;
use std::collections::VecDeque;

/// So many are read at a time.
const BATCH: u32 = 200;

#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    page: Page,
}

impl List {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let store = desk.store.clone();
        let mut batch: VecDeque<Customer> = VecDeque::new();
        let mut oldest: Option<CustomerId> = None;
        let mut next = move || -> anyhow::Result<Option<Shown>> {
            if batch.is_empty() {
                batch = store.read(|conn| customers::page(conn, oldest, BATCH))?.into();
            }
            let next = batch.pop_front();
            oldest = next.as_ref().map(|it| it.id).or(oldest);
            Ok(next.as_ref().map(Shown::from))
        };
        let customers = std::iter::from_fn(move || next().transpose());
        desk.list(self.page, "nobody has bought anything yet", customers)
    }
}
