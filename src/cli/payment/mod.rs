//! `mlango payment`: money, and what became of it.

mod assign;
mod close;
mod import;
mod list;
mod record;
mod replay;
mod show;

use super::Desk;
use super::print::{Listed, or_dash};
use super::table::{Column, number, text};
use crate::domain::ids::PaymentId;
use crate::domain::payment::{Payment as Known, Receipt};
use crate::store::payments;
use crate::view::PaymentView;
use crate::view::payment::{self, Detail};
use anyhow::Context as _;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Payment {
    /// Show payments, the newest first
    List(list::List),
    /// Show one payment with all that happened to it
    Show(show::Show),
    /// Say what held money is for
    Assign(assign::Assign),
    /// Take in money that is on the till and that no callback told of
    Record(record::Record),
    /// Note that money went back, or was never ours; what is left of its purchase is revoked
    Close(close::Close),
    /// Compare M-Pesa's statement with what is here
    Import(import::Import),
    /// Read a payment's callbacks once more; nothing is granted twice
    Replay(replay::Replay),
}

impl Payment {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        match self {
            Payment::List(it) => it.run(desk),
            Payment::Show(it) => it.run(desk),
            Payment::Assign(it) => it.run(desk),
            Payment::Record(it) => it.run(desk),
            Payment::Close(it) => it.run(desk),
            Payment::Import(it) => it.run(desk),
            Payment::Replay(it) => it.run(desk),
        }
    }
}

impl Listed for PaymentView {
    const COLUMNS: &'static [Column] = &[
        number("ID"),
        text("AT"),
        text("MONEY"),
        number("AMOUNT"),
        text("RECEIPT"),
        text("PHONE"),
        text("FOR"),
        text("ACCESS"),
    ];

    fn cells(&self) -> Vec<String> {
        let money = &self.money;
        let phone = self.customer.as_ref().and_then(|it| it.phone.clone());
        let entitlement = self.entitlement.as_ref();
        vec![
            self.id.to_string(),
            money.received_at.unwrap_or(money.created_at).local_short(),
            money.state.to_string(),
            or_dash(money.amount_cents),
            or_dash(money.receipt.as_ref()),
            or_dash(phone.or_else(|| money.payer.clone())),
            or_dash(entitlement.map(|it| &it.package)),
            access(self),
        ]
    }
}

/// How far the routers and RADIUS are, in a word: the best of them decides, as one is enough.
fn access(payment: &PaymentView) -> String {
    use crate::view::payment::Progress::{Doing, Failed, Parked, Queued, Verified};
    let states: Vec<_> =
        payment.deliveries.iter().filter(|it| it.target != "sms").map(|it| it.state).collect();
    let best = [Verified, Doing, Queued, Parked, Failed].into_iter().find(|it| states.contains(it));
    or_dash(best)
}

/// Answers with a payment that a command made or changed.
pub(super) fn done_with(
    desk: &mut Desk<'_>,
    id: PaymentId,
    sentence: impl FnOnce(&PaymentView) -> String,
) -> anyhow::Result<()> {
    let now = desk.store.now();
    let view = desk.store.read(|conn| {
        let known = payments::get(conn, id)?;
        payment::view(conn, &known, now, Detail::States)
    })?;
    desk.done(&sentence(&view), &view)
}

/// A payment by what an operator has of it.
fn find(desk: &Desk<'_>, id_or_receipt: &str) -> anyhow::Result<Known> {
    let found = desk.store.read(|conn| {
        if let Ok(id) = id_or_receipt.parse::<PaymentId>()
            && let Some(found) = payments::find(conn, id)?
        {
            return Ok(Some(found));
        }
        match id_or_receipt.to_ascii_uppercase().parse::<Receipt>() {
            Ok(receipt) => payments::by_receipt(conn, &receipt),
            Err(_) => Ok(None),
        }
    })?;
    found.with_context(|| {
        format!(
            "there is no payment {id_or_receipt:?}; give its number from `mlango payment list`, \
             or its M-Pesa receipt"
        )
    })
}
