//! `mlango payment record`

use super::done_with;
use crate::cli::Desk;
use crate::domain::Invalid;
use crate::domain::money::Cents;
use crate::domain::package::PackageCode;
use crate::domain::payment::{PaymentState, Receipt};
use crate::domain::phone::Phone;
use crate::domain::received::Payer;
use crate::domain::time::{Timestamp, parse_moment};
use crate::jobs::sale::Recorded;
use crate::mpesa::receipt_day;
use clap::Args;

#[derive(Debug, Args)]
pub struct Record {
    /// M-Pesa's reference, as the till's SMS has it
    #[arg(long, value_parser = receipt)]
    receipt: Receipt,
    /// In shillings, with at most two decimals
    #[arg(long, value_name = "SHILLINGS", value_parser = amount)]
    amount: Cents,
    /// Who paid, as in 0712345678: gets the credentials
    #[arg(long)]
    phone: Phone,
    /// What it is for [default: what costs exactly so much]
    #[arg(long, value_name = "CODE")]
    package: Option<PackageCode>,
    /// When it was paid, as in "2026-11-22 14:05" [default: the callback says, or now]
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    at: Option<Timestamp>,
}

fn receipt(text: &str) -> Result<Receipt, Invalid> {
    text.trim().to_ascii_uppercase().parse()
}

fn amount(text: &str) -> Result<Cents, Invalid> {
    let amount: Cents = text.parse()?;
    if amount == Cents(0) {
        Err(Invalid::new("a payment is more than nothing"))
    } else {
        Ok(amount)
    }
}

impl Record {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let recorded = Recorded {
            receipt: self.receipt.clone(),
            amount: self.amount,
            payer: Payer::Phone(self.phone.clone()),
            package: self.package.clone(),
            reference: None,
            paid_at: self.at,
        };
        let id = desk.at_counter(|counter, tx| counter.record(tx, &recorded))?;
        self.doubt_the_day(desk)?;
        done_with(desk, id, |view| match (view.money.state, &view.entitlement) {
            (PaymentState::Held, _) => {
                let reason = view.money.reason.as_deref().unwrap_or("nobody said what it is for");
                format!(
                    "payment {id} is held: {reason}; `mlango payment assign {id} --package CODE` \
                     says what it is for"
                )
            }
            (_, Some(it)) => {
                format!("payment {id} buys {}; the customer is let in next", it.package)
            }
            (state, None) => format!("payment {id} is {state}"),
        })
    }

    /// A receipt has its day in it: another one points to a slip of the pen, and the money would
    /// be counted on the wrong day.
    fn doubt_the_day(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let day = self.at.or_else(|| desk.store.now().trusted_wall()).map(Timestamp::local_day);
        let said = receipt_day(&self.receipt);
        if let (Some(day), Some(said)) = (day, said)
            && day != said
        {
            desk.warn(&format!(
                "{} looks like a receipt of {said}: check it, and give --at next time",
                self.receipt
            ))?;
        }
        Ok(())
    }
}
