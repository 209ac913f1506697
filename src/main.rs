//! The program: arguments, configuration, dispatch. The only place that knows exit codes.

use clap::Parser as _;
use mlango::app::{self, Site};
use mlango::cli::{Cli, Desk, Outside, Shape, Task};
use mlango::config::{Config, ConfigError};
use std::io::{self, Write as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse(); // Ends the program with 2 if it was called wrongly.
    let (file, shape) = (cli.config_file(), cli.shape());
    let can_go_without_file = cli.can_go_without_file();
    let task = cli.command.task();
    if let Task::Say(text) = task {
        return ended(io::stdout().write_all(text.as_bytes()).map_err(anyhow::Error::from));
    }
    let config = match Config::load(&file) {
        Err(ConfigError::Missing(path)) if can_go_without_file => {
            let note = "so no number is known to be ours";
            let _ = writeln!(io::stderr(), "mlango: {} is not there, {note}", path.display());
            Config::without_file()
        }
        read => read,
    };
    let config = match config {
        Ok(config) => config,
        Err(error) => return fail(&error.into(), 2),
    };
    ended(run(task, shape, config))
}

fn ended(how: anyhow::Result<()>) -> ExitCode {
    match how {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_reader_gone(&error) => ExitCode::SUCCESS,
        Err(error) => fail(&error, 1),
    }
}

fn run(task: Task, shape: Shape, config: Config) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let notes = &mut io::stderr();
    match task {
        Task::Say(text) => out.write_all(text.as_bytes())?,
        Task::Serve => return app::serve(config, |_| {}),
        Task::Work(options) => return app::work(config, &options),
        Task::Outside(work) => work(&mut Outside {
            config: &config,
            sms_gateway: app::sms_gateway,
            out: &mut out,
            notes,
            shape,
        })?,
        Task::Inside(work) => {
            let site = Site::open(config)?;
            site.wake_server_on_commit();
            work(&mut Desk {
                config: &site.config,
                store: &site.store,
                vault: &site.vault,
                world: &site.world,
                routers: &site.routers,
                out: &mut out,
                notes,
                shape,
            })?;
        }
    }
    Ok(out.flush()?)
}

/// Whether whoever read our answer, such as `head`, has seen enough.
fn is_reader_gone(error: &anyhow::Error) -> bool {
    let is_broken_pipe = |it: &io::Error| it.kind() == io::ErrorKind::BrokenPipe;
    error.chain().filter_map(|it| it.downcast_ref()).any(is_broken_pipe)
}

/// One line on standard error: what happened, and what to do next.
fn fail(error: &anyhow::Error, code: u8) -> ExitCode {
    let text = format!("{error:#}");
    let line: Vec<&str> = text.split_whitespace().collect();
    let _ = writeln!(io::stderr(), "mlango: {}", line.join(" "));
    ExitCode::from(code)
}
