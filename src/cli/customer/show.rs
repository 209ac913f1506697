//! `mlango customer show`

use super::{Shown, find};
use crate::cli::print::or_dash;
use crate::cli::table::{Table, number, text};
use crate::cli::{Desk, Shape};
use crate::domain::time::Timestamp;
use crate::view::customer::{self, Bought, CustomerView, Paid};
use clap::Args;
use serde::Serialize;

#[derive(Debug, Args)]
pub struct Show {
    /// The customer's number, or username if M-Pesa hides the number
    phone: String,
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    customer: Shown,
    #[serde(flatten)]
    view: CustomerView,
}

impl Show {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let customer = find(desk, &self.phone)?;
        let view = desk.store.read(|conn| customer::view(conn, customer.id))?;
        let report = Report { customer: Shown::from(&customer), view };
        if desk.shape == Shape::Json {
            return desk.json(&report);
        }
        writeln!(desk.out, "phone      {}", or_dash(report.customer.phone.as_ref()))?;
        writeln!(desk.out, "username   {}", report.customer.username)?;
        writeln!(desk.out, "since      {}", report.customer.created_at.local_short())?;
        subscription_table(&report.view.subscriptions).print(desk.out)?;
        Ok(payment_table(&report.view.payments).print(desk.out)?)
    }
}

fn subscription_table(subscriptions: &[Bought]) -> Table {
    let mut table = Table::new(&[
        text("PACKAGE"),
        text("STATE"),
        text("FROM"),
        text("UNTIL"),
        number("DEVICES"),
        number("ONLINE"),
    ]);
    for it in subscriptions {
        table.row([
            it.package.to_string(),
            it.state.to_string(),
            or_dash(it.starts_at.map(Timestamp::local_short)),
            or_dash(it.ends_at.map(Timestamp::local_short)),
            it.devices.to_string(),
            it.online.to_string(),
        ]);
    }
    table
}

fn payment_table(payments: &[Paid]) -> Table {
    let columns =
        [number("PAYMENT"), text("MONEY"), number("AMOUNT"), text("RECEIPT"), text("RECEIVED")];
    let mut table = Table::new(&columns);
    for it in payments {
        table.row([
            it.id.to_string(),
            it.state.to_string(),
            or_dash(it.amount_cents),
            or_dash(it.receipt.as_ref()),
            or_dash(it.received_at.map(Timestamp::local_short)),
        ]);
    }
    table
}
