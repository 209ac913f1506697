//! One command on one exec channel, with whatever is to go wrong with it.

use std::sync::Arc;
use std::time::Instant;

use russh::server::Handle;
use russh::{ChannelId, Disconnect};

use super::{Command, Core, accounts, lock};
use crate::faults::{Fault, Moment};
use crate::ros::hotspot;
use crate::script;

pub(super) struct Call {
    pub core: Arc<Core>,
    pub connection: usize,
    pub account: String,
    pub line: Vec<u8>,
    pub handle: Handle,
    pub channel: ChannelId,
}

impl Call {
    pub(super) async fn run(self) {
        let line = String::from_utf8_lossy(&self.line).into_owned();
        let command = Command { at: Instant::now(), account: self.account.clone(), line };
        lock(&self.core.journal).commands.push(command);
        let latency = *lock(&self.core.latency);
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let fault = lock(&self.core.faults).take(Moment::Command);
        match fault {
            Some(Fault::CutBefore) => self.core.cut(self.connection),
            Some(Fault::Hang) => {}
            Some(Fault::Answer(answer)) => self.answer(&answer, Some(0)).await,
            Some(Fault::NotPermitted) => {
                self.answer(b"not enough permissions (9)\r\n", Some(0)).await;
            }
            fault => self.execute(fault).await,
        }
    }

    async fn execute(&self, fault: Option<Fault>) {
        let (text, is_rebooting) = self.effect();
        if is_rebooting {
            return self.core.cut_all();
        }
        match fault {
            Some(Fault::CutAfter) => self.core.cut(self.connection),
            Some(Fault::HangAfter(bytes)) => self.say(&text[..bytes.min(text.len())]).await,
            Some(Fault::TruncatedAfter(bytes)) => {
                self.answer(&text[..bytes.min(text.len())], None).await;
            }
            Some(Fault::CutAfterBytes(bytes)) => {
                self.say(&text[..bytes.min(text.len())]).await;
                self.hang_up().await;
            }
            Some(Fault::SlowBytes(pause)) => {
                for byte in &text {
                    self.say(&[*byte]).await;
                    tokio::time::sleep(pause).await;
                }
                self.answer(b"", Some(0)).await;
            }
            Some(Fault::LogLine(line)) => {
                let first = text.iter().position(|&b| b == b'\n').map_or(0, |end| end + 1);
                let (before, after) = text.split_at(first);
                let mixed = [before, line.as_bytes(), b"\r\n", after].concat();
                self.answer(&mixed, Some(0)).await;
            }
            Some(Fault::ExitStatus(status)) => self.answer(&text, Some(status)).await,
            _ => self.answer(&text, Some(0)).await,
        }
    }

    /// Runs the line; tells what it printed and whether it restarted the router.
    fn effect(&self) -> (Vec<u8>, bool) {
        let mut world = lock(&self.core.world);
        // A channel without a terminal takes one physical line.
        let end = self.line.iter().position(|&b| b == b'\n');
        if let Some(end) = end.filter(|end| end + 1 < self.line.len()) {
            let refusal = format!("syntax error (line 1 column {})\r\n", end + 1);
            return (refusal.into_bytes(), false);
        }
        crate::ros::refresh(&mut world);
        let rights = accounts::rights_now(&world, &self.account);
        let output = script::run(&mut world, &rights, &self.line);
        let is_rebooting = std::mem::take(&mut world.wants_reboot);
        if is_rebooting {
            hotspot::restart(&mut world);
        }
        (output.text, is_rebooting)
    }

    /// What cannot be sent any more went to a connection that is gone.
    async fn say(&self, text: &[u8]) {
        self.handle.data(self.channel, text.to_vec()).await.ok();
    }

    async fn answer(&self, text: &[u8], exit_status: Option<u32>) {
        if !text.is_empty() {
            self.say(text).await;
        }
        if let Some(status) = exit_status {
            self.handle.exit_status_request(self.channel, status).await.ok();
        }
        self.handle.eof(self.channel).await.ok();
        self.handle.close(self.channel).await.ok();
    }

    async fn hang_up(&self) {
        let reason = Disconnect::ByApplication;
        self.handle.disconnect(reason, String::new(), String::new()).await.ok();
    }
}
