//! `mlango admin`: how the operator gets in.

use super::{Desk, Shape};
use crate::config::{AdminPassword, secrets};
use crate::domain::secret::Secret;
use crate::store::audit;
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use std::io::{BufRead as _, IsTerminal as _, Read as _};

/// More than any password is long.
const LINE_LIMIT: u64 = 4096;

#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Set the password of the status page; it is read from standard input, one line
    SetPassword(SetPassword),
    /// Print the token for programs
    Token(Token),
}

#[derive(Debug, Args)]
pub struct SetPassword;

#[derive(Debug, Args)]
pub struct Token;

impl Admin {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        match self {
            Admin::SetPassword(it) => it.run(desk),
            Admin::Token(it) => it.run(desk),
        }
    }
}

impl SetPassword {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let input = std::io::stdin();
        if input.is_terminal() {
            desk.warn("type the new password; it can be seen as you type")?;
        }
        let mut line = String::new();
        let length = input.lock().take(LINE_LIMIT).read_line(&mut line);
        if length.context("read the password from standard input")? == 0 {
            bail!("no password came; write it to standard input, one line");
        }
        let password = Secret::new(line.trim_end_matches(['\r', '\n']));
        AdminPassword::new(desk.config).set(&password)?;
        desk.store.write(|tx| audit::insert(tx, "cli", "admin set-password", None, ""))?;
        desk.done("the password is set, and holds at once", &json!({ "ok": true }))
    }
}

impl Token {
    pub fn run(&self, desk: &mut Desk<'_>) -> anyhow::Result<()> {
        let token = secrets::admin_token(desk.config)?;
        match desk.shape {
            Shape::Json => desk.json(&json!({ "token": token.expose() })),
            Shape::Table => Ok(writeln!(desk.out, "{}", token.expose())?),
        }
    }
}
