//! The real program as a process of its own, among simulated routers, a simulated SMS gateway and
//! forwarders that never give up: killed, stopped, refused, and timed.

mod diary;
mod facts;
pub mod kiosk;
mod pace;
mod producers;
mod reckoning;
pub mod server;

mod demo;
mod failures;
mod foreground;
mod kills;
mod latency;
mod refusals;
mod stops;

use std::io::Write as _;

/// Writes a line that the test runner does not capture: figures are to be seen.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "    {text}");
}
