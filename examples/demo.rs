//! The whole appliance on loopback, with nothing else installed: `make demo`.
//!
//! The appliance is the real one, served from this process. Around it everything is simulated:
//! two routers, an SMS gateway, and a town whose people pay, cancel, pay twice and go online.
//! Ctrl-C ends it all and removes the data directory.

#[path = "demo/box_office.rs"]
mod box_office;
#[path = "demo/town.rs"]
mod town;

use anyhow::Context as _;
use box_office::BoxOffice;
use std::io::Write as _;
use std::sync::mpsc;
use std::thread;
use town::Town;

fn main() -> anyhow::Result<()> {
    let office = BoxOffice::open()?;
    let town = Town::build(&office)?;
    let (alive, ended) = mpsc::channel();
    let (password, config_file) = (office.first_password()?, office.config_file.clone());
    let mut life = None;
    let served = mlango::app::serve(office.config()?, |serving| {
        life = Some(thread::spawn(move || {
            town::wait_until_healthy(serving.admin)?;
            say(&format!("\n  http://{}\n  password {password}\n", serving.admin));
            say(&format!(
                "Other commands work beside it: mlango --config {} status\n\
                 Ctrl-C ends the demo.\n",
                config_file.display()
            ));
            town.live(serving.http, &ended)
        }));
    });
    drop(alive);
    if let Some(life) = life {
        life.join().ok().context("the town came to a bad end")??;
    }
    served?;
    drop(office);
    say("The demo has ended, and its data directory is gone.");
    Ok(())
}

fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}"); // Whoever listened may have gone.
}
