//! The command line: one command a file, each a struct of arguments and a `run`.

mod admin;
mod advice;
mod check;
mod completions;
mod customer;
mod day;
mod diagnose;
mod logs;
mod manual;
mod mpesa;
mod package;
mod payment;
mod print;
mod progress;
mod queue;
mod radius;
mod report;
mod router;
mod schedule;
mod sell;
mod status;
mod table;
mod test_sale;

pub use queue::Work;

use crate::config::Config;
use crate::job::World;
use crate::jobs::counter::Counter;
use crate::jobs::sale::{self, Refusal};
use crate::routeros::SshLink;
use crate::sms::SmsGateway;
use crate::store::{Store, Tx};
use crate::vault::Vault;
use clap::{Parser, Subcommand};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// Puts customers who paid by M-Pesa on the hotspot.
#[derive(Debug, Parser)]
#[command(name = "mlango", version, infer_long_args = true)]
pub struct Cli {
    /// The configuration file [default: $MLANGO_CONFIG, else /etc/mlango/mlango.toml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Answer in JSON, for programs
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the appliance until it is told to stop
    Serve,
    /// Say in plain words what works and what does not; writes nothing
    Check(check::Check),
    /// Show the whole box on one screen
    Status(status::Status),
    /// Look for whatever is wrong, and say what it means and what to do
    Diagnose(diagnose::Diagnose),
    /// What is for sale
    #[command(subcommand)]
    Package(package::Package),
    /// The MikroTiks that let customers in
    #[command(subcommand)]
    Router(router::Router),
    /// Money, and what became of it
    #[command(subcommand)]
    Payment(payment::Payment),
    /// Sell a package for cash
    Sell(sell::Sell),
    /// A day's takings: what came in, and what became of it
    Report(day::Report),
    /// Who buys
    #[command(subcommand)]
    Customer(customer::Customer),
    /// Work that is owed, and work that failed
    #[command(subcommand)]
    Queue(queue::Queue),
    /// Try a sale with no money: a real user on a router, checked and removed again
    TestSale(test_sale::TestSale),
    /// The FreeRADIUS beside us
    #[command(subcommand)]
    Radius(radius::Radius),
    /// M-Pesa's messages
    #[command(subcommand)]
    Mpesa(mpesa::Mpesa),
    /// Jobs that come again and again
    #[command(subcommand)]
    Schedule(schedule::Schedule),
    /// What was logged, and what is being logged
    Logs(logs::Logs),
    /// What a shell needs to complete our commands
    Completions(completions::Completions),
    /// The manual page, for `man -l -`
    Man,
    /// How the operator gets in
    #[command(subcommand)]
    Admin(admin::Admin),
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// For people.
    Table,
    /// For programs: `--json`.
    Json,
}

/// What a command works with.
pub struct Desk<'a> {
    pub config: &'a Config,
    pub store: &'a Arc<Store>,
    pub vault: &'a Vault,
    pub world: &'a Arc<World>,
    pub routers: &'a SshLink,
    /// Where the answer goes; errors are returned.
    pub out: &'a mut dyn Write,
    /// Where a word of warning goes that is no part of the answer.
    pub notes: &'a mut dyn Write,
    pub shape: Shape,
}

/// What a command works with that must not make a data directory, or write to one.
pub struct Outside<'a> {
    pub config: &'a Config,
    /// Makes the SMS gateway that the configuration names.
    pub sms_gateway: fn(&Config) -> anyhow::Result<Arc<dyn SmsGateway>>,
    pub out: &'a mut dyn Write,
    pub notes: &'a mut dyn Write,
    pub shape: Shape,
}

/// A command, by what has to be opened for it.
pub enum Task {
    /// The appliance itself, which starts things and so is not the command line's.
    Serve,
    /// A worker in the foreground, likewise.
    Work(Work),
    /// All there is to it, whatever the configuration.
    Say(String),
    Inside(Box<InsideWork>),
    Outside(Box<OutsideWork>),
}

type InsideWork = dyn FnOnce(&mut Desk<'_>) -> anyhow::Result<()>;
type OutsideWork = dyn FnOnce(&mut Outside<'_>) -> anyhow::Result<()>;

impl Desk<'_> {
    /// Does something at the counter, all of it or nothing.
    fn at_counter<T>(
        &self,
        body: impl FnOnce(&Counter<'_>, &Tx<'_>) -> Result<T, Refusal>,
    ) -> anyhow::Result<T> {
        let counter = Counter { config: self.config, who: "cli" };
        sale::write(self.store, |tx| body(&counter, tx)).map_err(advice::with_advice)
    }
}

impl Cli {
    pub fn config_file(&self) -> PathBuf {
        let from_environment = || std::env::var_os("MLANGO_CONFIG").map(PathBuf::from);
        let given = self.config.clone().or_else(from_environment);
        given.unwrap_or_else(|| PathBuf::from("/etc/mlango/mlango.toml"))
    }

    /// Whether the command does its work without a configuration, if nobody named one.
    pub fn can_go_without_file(&self) -> bool {
        let is_named = self.config.is_some() || std::env::var_os("MLANGO_CONFIG").is_some();
        matches!(self.command, Command::Mpesa(_)) && !is_named
    }

    pub fn shape(&self) -> Shape {
        if self.json { Shape::Json } else { Shape::Table }
    }
}

impl Command {
    pub fn task(self) -> Task {
        match self {
            Command::Serve => Task::Serve,
            Command::Package(it) => inside(move |desk| it.run(desk)),
            Command::Router(it) => inside(move |desk| it.run(desk)),
            Command::Status(it) => inside(move |desk| it.run(desk)),
            Command::Diagnose(it) => inside(move |desk| it.run(desk)),
            Command::Payment(it) => inside(move |desk| it.run(desk)),
            Command::Sell(it) => inside(move |desk| it.run(desk)),
            Command::Report(it) => inside(move |desk| it.run(desk)),
            Command::Customer(it) => inside(move |desk| it.run(desk)),
            Command::Queue(it) => it.task(),
            Command::TestSale(it) => inside(move |desk| it.run(desk)),
            Command::Radius(it) => it.task(),
            Command::Check(it) => outside(move |outside| it.run(outside)),
            Command::Logs(it) => outside(move |outside| it.run(outside)),
            Command::Completions(it) => Task::Say(it.text()),
            Command::Man => Task::Say(manual::text()),
            Command::Mpesa(it) => outside(move |outside| it.run(outside)),
            Command::Schedule(it) => inside(move |desk| it.run(desk)),
            Command::Admin(it) => inside(move |desk| it.run(desk)),
        }
    }
}

/// With what all commands have in common put to each.
fn built(mut program: clap::Command) -> clap::Command {
    program.build();
    program
}

fn inside(run: impl FnOnce(&mut Desk<'_>) -> anyhow::Result<()> + 'static) -> Task {
    Task::Inside(Box::new(run))
}

fn outside(run: impl FnOnce(&mut Outside<'_>) -> anyhow::Result<()> + 'static) -> Task {
    Task::Outside(Box::new(run))
}
