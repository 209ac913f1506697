//! `mlango payment show`

use super::find;
use crate::cli::print::or_dash;
use crate::cli::table::print_wrapped;
use crate::cli::{Desk, Shape};
use crate::domain::time::Timestamp;
use crate::view::PaymentView;
use crate::view::payment::{self, DeliveryView, Detail};
use clap::Args;
use std::io::Write;

const NAME_WIDTH: usize = 11;
/// As wide as `22 Nov 14:05`, and a gap.
const TIME_WIDTH: usize = 14;

#[derive(Debug, Args)]
pub struct Show {
    /// Its number, or its M-Pesa receipt
    #[arg(value_name = "ID|RECEIPT")]
    payment: String,
}

impl Show {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let known = find(desk, &self.payment)?;
        let now = desk.store.now();
        let view = desk.store.read(|conn| payment::view(conn, &known, now, Detail::Timeline))?;
        match desk.shape {
            Shape::Json => desk.json(&view),
            Shape::Table => print(desk.out, &view),
        }
    }
}

fn print(out: &mut dyn Write, view: &PaymentView) -> anyhow::Result<()> {
    let money = &view.money;
    let mut facts = vec![
        ("payment", view.id.to_string()),
        ("money", format!("{} {}", or_dash(money.amount_cents), money.state)),
        ("receipt", or_dash(money.receipt.as_ref())),
        ("door", money.door.to_string()),
        ("payer", or_dash(money.payer.as_ref())),
        ("reference", or_dash(money.reference.as_ref())),
    ];
    if let Some(reason) = &money.reason {
        facts.push(("reason", reason.clone()));
    }
    let phone = view.customer.as_ref().and_then(|it| it.phone.clone());
    facts.push(("customer", or_dash(phone)));
    match &view.entitlement {
        None => facts.push(("bought", "nothing yet".to_owned())),
        Some(it) => {
            facts.push(("bought", format!("{}, {}", it.package, it.state)));
            facts.push(("username", or_dash(it.username.as_ref())));
            let (from, until) = (or_dash(it.starts_at.map(at)), or_dash(it.ends_at.map(at)));
            facts.push(("runs", format!("{from} to {until}")));
        }
    }
    facts.extend(view.deliveries.iter().map(|it| ("tells", delivery(it))));
    facts.push(("session", view.session.state.to_string()));
    for (name, value) in facts {
        write!(out, "{name:<NAME_WIDTH$}")?;
        print_wrapped(out, NAME_WIDTH, &value)?;
    }
    for moment in view.timeline.iter().flatten() {
        write!(out, "{:<TIME_WIDTH$}", at(moment.at))?;
        print_wrapped(out, TIME_WIDTH, &format!("{} {}", moment.what, moment.detail))?;
    }
    Ok(())
}

fn delivery(it: &DeliveryView) -> String {
    let mut text = format!("{}: {}", it.target, it.state);
    if 0 < it.tries {
        text.push_str(&format!(" after {} tries", it.tries));
    }
    if let Some(error) = &it.error {
        text.push_str(&format!(" ({error})"));
    }
    text
}

fn at(it: Timestamp) -> String {
    it.local_short()
}
