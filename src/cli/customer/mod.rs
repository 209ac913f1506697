//! `mlango customer`: who buys.

mod extend;
mod kick;
mod list;
mod password;
mod resend;
mod revoke;
mod show;

use super::Desk;
use super::print::{Listed, or_dash};
use super::table::{Column, number, text};
use crate::domain::customer::Customer as Known;
use crate::domain::time::Timestamp;
use crate::view::customer;
use anyhow::Context as _;
use clap::Subcommand;
use serde::Serialize;

#[derive(Debug, Subcommand)]
pub enum Customer {
    /// Show customers, the newest first
    List(list::List),
    /// Show one customer, with all that was bought
    Show(show::Show),
    /// Send the credentials of the latest purchase once more
    Resend(resend::Resend),
    /// Give more time for nothing
    Extend(extend::Extend),
    /// Put every device out; whoever has time left may log in again
    Kick(kick::Kick),
    /// End all that a customer has
    Revoke(revoke::Revoke),
    /// Make another password, good from now on
    Password(password::Password),
}

impl Customer {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        match self {
            Customer::List(it) => it.run(desk),
            Customer::Show(it) => it.run(desk),
            Customer::Resend(it) => it.run(desk),
            Customer::Extend(it) => it.run(desk),
            Customer::Kick(it) => it.run(desk),
            Customer::Revoke(it) => it.run(desk),
            Customer::Password(it) => it.run(desk),
        }
    }
}

/// A customer as shown: never with the password.
#[derive(Serialize)]
struct Shown {
    id: i64,
    phone: Option<String>,
    username: String,
    created_at: Timestamp,
}

impl From<&Known> for Shown {
    fn from(customer: &Known) -> Shown {
        Shown {
            id: customer.id.0,
            phone: customer.phone.as_ref().map(|it| it.msisdn().to_owned()),
            username: customer.username.as_str().to_owned(),
            created_at: customer.created_at,
        }
    }
}

impl Listed for Shown {
    const COLUMNS: &'static [Column] =
        &[number("ID"), text("PHONE"), text("USERNAME"), text("SINCE")];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.to_string(),
            or_dash(self.phone.as_ref()),
            self.username.clone(),
            self.created_at.local_short(),
        ]
    }
}

/// The customer with this phone; or, as M-Pesa hides phones, with this username or receipt.
fn find(desk: &Desk<'_>, text: &str) -> anyhow::Result<Known> {
    let found = desk.store.read(|conn| customer::find(conn, text))?;
    found.with_context(|| {
        format!("there is no customer {text:?}; `mlango customer list` shows those there are")
    })
}
