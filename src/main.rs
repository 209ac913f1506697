//! The program: arguments, configuration, dispatch. The only place that knows exit codes.

use clap::Parser as _;
use mlango::app::{self, Site};
use mlango::cli::{Cli, Command, Desk};
use mlango::config::Config;
use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse(); // Ends the program with 2 if it was called wrongly.
    let config = match Config::load(&cli.config_file()) {
        Ok(config) => config,
        Err(error) => return fail(&error.into(), 2),
    };
    match run(cli, config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error, 1),
    }
}

fn run(cli: Cli, config: Config) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let shape = cli.shape();
    match cli.command {
        Command::Serve => app::serve(config, |_| {}),
        command => {
            let site = Site::open(config)?;
            site.wake_server_on_commit();
            let mut desk = Desk {
                config: &site.config,
                store: &site.store,
                vault: &site.vault,
                world: &site.world,
                routers: &site.routers,
                out: &mut out,
                shape,
            };
            command.run(&mut desk)?;
            Ok(out.flush()?)
        }
    }
}

/// One line on standard error: what happened, and what to do next.
fn fail(error: &anyhow::Error, code: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "mlango: {error:#}");
    ExitCode::from(code)
}
