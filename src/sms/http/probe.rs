//! Whether a gateway can be reached, without sending anything to it.

use super::HttpGateway;
use crate::sms::SmsError;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Instant;
use ureq::http::Uri;

/// Connects to the gateway's machine, and hangs up.
pub(super) fn probe(gateway: &HttpGateway, deadline: Instant) -> Result<(), SmsError> {
    let refused = |text: String| SmsError::NotSent(text);
    let url: Option<Uri> = gateway.url.expose().parse().ok();
    let host = url.as_ref().and_then(|it| it.host()).map(|it| it.trim_matches(['[', ']']));
    let (Some(url), Some(host)) = (&url, host) else {
        return Err(refused("the url of the SMS gateway is none".to_owned()));
    };
    let usual = if url.scheme_str() == Some("http") { 80 } else { 443 };
    let port = url.port_u16().unwrap_or(usual);
    let unreachable = |error: std::io::Error| refused(format!("{host}:{port}: {error}"));
    let mut last = refused(format!("{host} has no address"));
    for at in (host, port).to_socket_addrs().map_err(unreachable)? {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(&at, left) {
            Ok(_) => return Ok(()),
            Err(error) => last = unreachable(error),
        }
    }
    Err(last)
}
