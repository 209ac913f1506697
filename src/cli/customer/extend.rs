//! `mlango customer extend`

use super::{Shown, find};
use crate::cli::Desk;
use crate::domain::Invalid;
use crate::domain::time::{parse_span, span_text};
use crate::store::subscriptions;
use clap::Args;
use std::time::Duration;

#[derive(Debug, Args)]
pub struct Extend {
    /// The customer's number, or username if M-Pesa hides the number
    phone: String,
    /// How much longer, as in 30m, 1h or 2d
    #[arg(long, value_name = "TIME", value_parser = span)]
    by: Duration,
}

fn span(text: &str) -> Result<Duration, Invalid> {
    let span = parse_span(text)?;
    if span.is_zero() { Err(Invalid::new("0s is no time at all")) } else { Ok(span) }
}

impl Extend {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let customer = find(desk, &self.phone)?;
        let id = desk.at_counter(|counter, tx| counter.extend(tx, &customer, self.by))?;
        let now = desk.store.now();
        let left = desk.store.read(|conn| subscriptions::get(conn, id))?.left(now);
        let (by, left) = (span_text(self.by), span_text(left));
        let sentence = format!("{} has {by} more, which makes {left} from now", self.phone);
        desk.done(&sentence, &Shown::from(&customer))
    }
}
