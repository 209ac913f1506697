//! `mlango customer show`

use super::{Shown, find};
use crate::cli::print::or_dash;
use crate::cli::table::{Table, number, text};
use crate::cli::{Desk, Shape};
use crate::domain::package::PackageCode;
use crate::domain::payment::{PaymentState, Receipt};
use crate::domain::subscription::{Subscription, SubscriptionState};
use crate::domain::time::Timestamp;
use crate::store::{grants, packages, payments, sessions, subscriptions};
use clap::Args;
use rusqlite::Connection;
use serde::Serialize;

#[derive(Debug, Args)]
pub struct Show {
    /// The customer's number, or username if M-Pesa hides the number
    phone: String,
}

/// A customer, and all that was bought, the newest first.
#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    customer: Shown,
    subscriptions: Vec<Bought>,
    payments: Vec<Paid>,
}

#[derive(Serialize)]
struct Bought {
    id: i64,
    package: PackageCode,
    state: SubscriptionState,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
    bytes_left: Option<i64>,
    devices: u32,
    online: i64,
    payments: Vec<i64>,
}

#[derive(Serialize)]
struct Paid {
    id: i64,
    state: PaymentState,
    amount_cents: Option<i64>,
    receipt: Option<Receipt>,
    received_at: Option<Timestamp>,
}

impl Show {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let customer = find(desk, &self.phone)?;
        let report = desk.store.read(|conn| {
            let subscriptions = subscriptions::of_customer(conn, customer.id)?;
            let subscriptions = subscriptions.iter().filter(|it| !it.is_test);
            let payments = payments::of_customer(conn, customer.id)?;
            Ok(Report {
                customer: Shown::from(&customer),
                subscriptions: subscriptions
                    .map(|it| bought(conn, it))
                    .collect::<Result<_, _>>()?,
                payments: payments.into_iter().map(paid).collect(),
            })
        })?;
        if desk.shape == Shape::Json {
            return desk.json(&report);
        }
        writeln!(desk.out, "phone      {}", or_dash(report.customer.phone.as_ref()))?;
        writeln!(desk.out, "username   {}", report.customer.username)?;
        writeln!(desk.out, "since      {}", report.customer.created_at.local_short())?;
        subscription_table(&report.subscriptions).print(desk.out)?;
        Ok(payment_table(&report.payments).print(desk.out)?)
    }
}

fn bought(conn: &Connection, subscription: &Subscription) -> crate::store::Result<Bought> {
    let payments = grants::of_subscription(conn, subscription.id)?;
    Ok(Bought {
        id: subscription.id.0,
        package: packages::get(conn, subscription.package_id)?.code,
        state: subscription.state,
        starts_at: subscription.period.map(|it| it.starts_at),
        ends_at: subscription.period.map(|it| it.ends_at),
        bytes_left: subscription.bytes_left(),
        devices: subscription.devices,
        online: sessions::online_of(conn, subscription.id)?,
        payments: payments.into_iter().map(|it| it.payment_id.0).collect(),
    })
}

fn paid(payment: crate::domain::payment::Payment) -> Paid {
    Paid {
        id: payment.id.0,
        state: payment.state,
        amount_cents: payment.amount.map(|it| it.0),
        receipt: payment.receipt,
        received_at: payment.received_at,
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
            or_dash(it.amount_cents.map(crate::domain::money::Cents)),
            or_dash(it.receipt.as_ref()),
            or_dash(it.received_at.map(Timestamp::local_short)),
        ]);
    }
    table
}
