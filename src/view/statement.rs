//! M-Pesa's statement and our payments, side by side: what each has that the other has not.

use super::day::Sum;
use crate::domain::ids::PaymentId;
use crate::domain::money::Cents;
use crate::domain::payment::{Payment, PaymentState, Receipt};
use crate::domain::time::Timestamp;
use crate::mpesa::statement::{Credit, Statement, Unread};
use crate::store::days::{self, Span};
use crate::store::{Result, payments};
use rusqlite::Connection;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// When the first and the last row of the statement were completed.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// All that came in, by the statement.
    pub statement: Sum,
    /// What both have, with the same amount.
    pub matched: Sum,
    /// Taken back by M-Pesa, and never received here.
    pub came_and_went: Sum,
    /// On the statement, and not received here.
    pub missing_here: Vec<Line>,
    /// Received here in the same time, and not on the statement.
    pub missing_there: Vec<Line>,
    pub different: Vec<Different>,
    /// Taken back by M-Pesa, and not closed here.
    pub reversed: Vec<Line>,
    /// Rows that may be money.
    pub not_understood: Vec<Unread>,
    #[serde(skip)]
    pub credits: Vec<Credit>,
}

/// One payment, as the side has it that has it.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    pub receipt: Option<Receipt>,
    pub paid_at: Option<Timestamp>,
    pub amount_cents: Option<Cents>,
    /// What it is here, if it is here at all.
    pub payment_id: Option<PaymentId>,
    pub state: Option<PaymentState>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Different {
    pub receipt: Receipt,
    pub payment_id: PaymentId,
    pub amount_cents: Option<Cents>,
    pub statement_cents: Cents,
}

impl Comparison {
    /// Whether both sides say the same to the cent.
    pub fn is_equal(&self) -> bool {
        self.missing_here.is_empty()
            && self.missing_there.is_empty()
            && self.different.is_empty()
            && self.reversed.is_empty()
            && self.not_understood.is_empty()
    }
}

impl Line {
    pub fn of(payment: &Payment) -> Line {
        Line {
            receipt: payment.receipt.clone(),
            paid_at: payment.paid_at.or(payment.received_at),
            amount_cents: payment.amount,
            payment_id: Some(payment.id),
            state: Some(payment.state),
        }
    }
}

/// Whether our books have the money of this payment, or had it.
fn is_booked(payment: &Payment) -> bool {
    payment.is_in() || payment.state == PaymentState::Returned
}

pub fn compare(conn: &Connection, statement: &Statement) -> Result<Comparison> {
    let mut found = Comparison {
        from: statement.period.map(|it| it.0),
        until: statement.period.map(|it| it.1),
        statement: Sum::default(),
        matched: Sum::default(),
        came_and_went: Sum::default(),
        missing_here: Vec::new(),
        missing_there: missing_there(conn, statement)?,
        different: Vec::new(),
        reversed: Vec::new(),
        not_understood: statement.not_understood.clone(),
        credits: Vec::new(),
    };
    let mut taken_back: BTreeMap<&Receipt, i64> = BTreeMap::new();
    for reversal in &statement.reversals {
        *taken_back.entry(&reversal.of).or_default() += reversal.amount.0;
    }
    for credit in &statement.credits {
        found.statement.add(1, credit.amount);
        let known = payments::by_receipt(conn, &credit.receipt)?;
        let is_taken_back =
            taken_back.get(&credit.receipt).is_some_and(|&it| credit.amount.0 <= it);
        match known.as_ref().filter(|it| is_booked(it)) {
            // It came and went, and was never here: there is nothing to serve.
            None if is_taken_back => found.came_and_went.add(1, credit.amount),
            None => {
                found.credits.push(credit.clone());
                found.missing_here.push(Line {
                    receipt: Some(credit.receipt.clone()),
                    paid_at: Some(credit.paid_at),
                    amount_cents: Some(credit.amount),
                    payment_id: known.as_ref().map(|it| it.id),
                    state: known.as_ref().map(|it| it.state),
                });
            }
            Some(known) if known.amount == Some(credit.amount) => {
                found.matched.add(1, credit.amount);
            }
            Some(known) => found.different.push(Different {
                receipt: credit.receipt.clone(),
                payment_id: known.id,
                amount_cents: known.amount,
                statement_cents: credit.amount,
            }),
        }
    }
    for reversal in &statement.reversals {
        let undone = payments::by_receipt(conn, &reversal.of)?;
        let open = undone.filter(|it| it.state != PaymentState::Returned);
        found.reversed.extend(open.as_ref().map(Line::of));
    }
    Ok(found)
}

/// What we received in the time of the statement that no row of it names.
fn missing_there(conn: &Connection, statement: &Statement) -> Result<Vec<Line>> {
    let Some((from, until)) = statement.period else { return Ok(Vec::new()) };
    let receipts: BTreeSet<&Receipt> = statement.credits.iter().map(|it| &it.receipt).collect();
    let span = Span { from, until: until + Duration::from_secs(1) };
    let mut ours = days::through_mpesa(conn, span)?;
    ours.retain(|it| it.receipt.as_ref().is_none_or(|receipt| !receipts.contains(receipt)));
    Ok(ours.iter().map(Line::of).collect())
}
