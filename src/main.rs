//! The program: arguments, configuration, dispatch. The only place that knows exit codes.

use std::process::ExitCode;

fn main() -> ExitCode {
    let path = std::env::args().nth(2).unwrap_or_default();
    let config = match mlango::config::Config::load(std::path::Path::new(&path)) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("mlango: {error}");
            return ExitCode::from(2);
        }
    };
    match mlango::app::serve(config, |_| {}) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mlango: {error:#}");
            ExitCode::FAILURE
        }
    }
}
