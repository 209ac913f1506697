//! Whether the server runs, and what it says of itself.

use crate::cli::report::{Mark, Report};
use crate::config::Config;
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(3);
/// An answer is a few lines.
const ANSWER_LIMIT: u64 = 4096;

/// A server that does not run is no fault of the installation, and said as advice.
pub(super) fn check(report: &mut Report<'_>, config: &Config) -> anyhow::Result<()> {
    let what = "server";
    match ask(reachable(config.admin.listen)) {
        Ok(answer) if answer.starts_with("HTTP/1.1 200") => report.line(
            Mark::Ok,
            what,
            &format!("it serves, its page is on {}", config.admin.listen),
        ),
        Ok(answer) if answer.starts_with("HTTP/1.1 503") => {
            let why = answer.lines().last().unwrap_or_default();
            report.line(Mark::Failed, what, &format!("it is not well: {why}; see `mlango status`"))
        }
        Ok(_) => {
            let text = format!("another program answers on {}", config.admin.listen);
            report.line(Mark::Failed, what, &text)
        }
        Err(_) => report.line(Mark::Advice, what, "it does not run; `mlango serve` starts it"),
    }
}

/// Where to ask somebody who listens everywhere.
fn reachable(mut listen: SocketAddr) -> SocketAddr {
    if listen.ip().is_unspecified() {
        listen.set_ip(match listen.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    listen
}

fn ask(at: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&at, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(ANSWER_LIMIT).read_to_string(&mut answer)?;
    Ok(answer)
}
