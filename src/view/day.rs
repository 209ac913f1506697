//! A day's takings: what came in, what became of it, and what was given away.

use crate::domain::money::Cents;
use crate::domain::package::PackageCode;
use crate::domain::payment::{Door, Payment, PaymentState};
use crate::domain::router::{RouterName, RouterState};
use crate::domain::time::{Now, Timestamp};
use crate::store::days::{self, Span};
use crate::store::{Result, comps, packages, payments, routers, statistics, subscriptions};
use rusqlite::Connection;
use serde::Serialize;

/// Received is mpesa and cash, and also served, unserved, held and returned.
#[derive(Clone, Debug, Serialize)]
pub struct Day {
    /// In East Africa, as in `2026-11-22`.
    pub day: String,
    /// What is unserved, expired or not read is so now, whatever the day.
    pub as_of: Timestamp,
    pub received: Sum,
    /// What M-Pesa's statement of the day has, too.
    pub mpesa: Sum,
    pub cash: Sum,
    /// Let in, or taken out again by an operator who kept the money.
    pub served: Sum,
    /// Paid for, and nobody lets the customer in yet.
    pub unserved: Sum,
    pub held: Sum,
    pub returned: Sum,
    /// Above the prices of what was granted; part of what was received.
    pub surplus_cents: Cents,
    pub comped: Comped,
    /// Devices whose time is over.
    pub expired_but_online: i64,
    /// Who may have more of these.
    pub routers_not_read: Vec<Unread>,
    pub packages: Vec<Sold>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    pub count: i64,
    pub amount_cents: i64,
}

/// Time given for nothing.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Comped {
    pub count: i64,
    pub seconds: i64,
}

/// A router that does not say who is online there.
#[derive(Clone, Debug, Serialize)]
pub struct Unread {
    pub name: RouterName,
    pub state: RouterState,
    pub seen_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Sold {
    pub package: PackageCode,
    #[serde(flatten)]
    pub sum: Sum,
}

impl Sum {
    pub fn amount(self) -> Cents {
        Cents(self.amount_cents)
    }

    pub(super) fn add(&mut self, count: i64, amount: Cents) {
        self.count += count;
        self.amount_cents += amount.0;
    }

    fn less(self, other: Sum) -> Sum {
        Sum {
            count: self.count - other.count,
            amount_cents: self.amount_cents - other.amount_cents,
        }
    }
}

/// The day that `from` is the first moment of.
pub fn day(conn: &Connection, from: Timestamp, now: Now) -> Result<Day> {
    let span = Span { from, until: from.next_day() };
    let (mut mpesa, mut cash, mut received) = (Sum::default(), Sum::default(), Sum::default());
    let (mut granted, mut held, mut returned) = (Sum::default(), Sum::default(), Sum::default());
    let mut surplus_cents = Cents(0);
    for it in days::sums(conn, span)? {
        received.add(it.count, it.amount);
        let door = if it.door == Door::Cash { &mut cash } else { &mut mpesa };
        door.add(it.count, it.amount);
        match it.state {
            PaymentState::Held => held.add(it.count, it.amount),
            PaymentState::Returned => returned.add(it.count, it.amount),
            PaymentState::Received | PaymentState::Pending | PaymentState::Failed => {
                granted.add(it.count, it.amount);
            }
        }
        surplus_cents = Cents(surplus_cents.0 + it.surplus.0);
    }
    let unserved = unserved(conn, span, now)?;
    let (count, seconds) = comps::between(conn, span.from, span.until)?;
    Ok(Day {
        day: from.local_day(),
        as_of: now.wall,
        received,
        mpesa,
        cash,
        served: granted.less(unserved),
        unserved,
        held,
        returned,
        surplus_cents,
        comped: Comped { count, seconds },
        expired_but_online: expired_but_online(conn, now)?,
        routers_not_read: not_read(conn)?,
        packages: sold(conn, span)?,
    })
}

fn unserved(conn: &Connection, span: Span, now: Now) -> Result<Sum> {
    let mut sum = Sum::default();
    for it in statistics::unserved(conn, now)? {
        let payment = payments::get(conn, it.payment_id)?;
        let at = payment.paid_at.or(payment.received_at);
        if at.is_some_and(|at| span.from <= at && at < span.until) && is_kept(&payment) {
            sum.add(1, payment.amount.unwrap_or(Cents(0)));
        }
    }
    Ok(sum)
}

fn is_kept(payment: &Payment) -> bool {
    payment.state == PaymentState::Received
}

fn expired_but_online(conn: &Connection, now: Now) -> Result<i64> {
    let mut devices = 0;
    for (id, count) in days::online(conn)? {
        let subscription = subscriptions::get(conn, id)?;
        if !subscription.is_live() || subscription.is_spent(now) {
            devices += count;
        }
    }
    Ok(devices)
}

fn not_read(conn: &Connection) -> Result<Vec<Unread>> {
    let routers = routers::all(conn)?.into_iter().filter(|it| it.state != RouterState::Up);
    let unread =
        |it: routers::Router| Unread { name: it.name, state: it.state, seen_at: it.seen_at };
    Ok(routers.map(unread).collect())
}

/// What was sold of each package, the dearest total first.
pub fn sold(conn: &Connection, span: Span) -> Result<Vec<Sold>> {
    let mut sold = Vec::new();
    for (id, count, amount) in days::by_package(conn, span)? {
        let package = packages::get(conn, id)?.code;
        sold.push(Sold { package, sum: Sum { count, amount_cents: amount.0 } });
    }
    Ok(sold)
}
