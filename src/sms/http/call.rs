//! The call itself: one connection, one request, no redirect, no second try.

use crate::sms::SmsError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use ureq::http::Request;
// Outside ureq's promises; Cargo.lock pins it, and the compiler tells if it moves.
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{ConnectionDetails, Connector, DefaultConnector, Transport};

/// Longer answers are not read to the end.
const MAX_BODY: u64 = 64 * 1024;

/// Status and body of the answer. Only a good answer's body is read: no other is looked at.
pub(super) fn call(request: Request<String>, left: Duration) -> Result<(u16, Vec<u8>), SmsError> {
    if left.is_zero() {
        return Err(SmsError::NotSent("no time was left".to_owned()));
    }
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(left))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(0) // One that the gateway has closed would blur what it has seen.
        .proxy(None)
        .user_agent(concat!("mlango/", env!("CARGO_PKG_VERSION")))
        .build();
    let is_connected = Arc::new(AtomicBool::new(false));
    let connector = DefaultConnector::default().chain(Mark(is_connected.clone()));
    let agent = ureq::Agent::with_parts(config, connector, DefaultResolver::default());

    let fate = |error: ureq::Error| match is_connected.load(Ordering::SeqCst) {
        false => SmsError::NotSent(format!("no connection to the gateway: {}", cause(&error))),
        true => SmsError::Unknown(format!("no answer from the gateway: {}", cause(&error))),
    };
    let mut response = agent.run(request).map_err(fate)?;
    let status = response.status().as_u16();
    if !response.status().is_success() {
        return Ok((status, Vec::new()));
    }
    let body = response.body_mut().with_config().limit(MAX_BODY).read_to_vec().map_err(fate)?;
    Ok((status, body))
}

/// The last link of making a connection, TLS included: after it the request goes out. An error
/// before is safe to try again, and no kind of error tells that as surely.
#[derive(Debug)]
struct Mark(Arc<AtomicBool>);

impl<In: Transport> Connector<In> for Mark {
    type Out = In;

    fn connect(
        &self,
        _details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<In>, ureq::Error> {
        self.0.store(chained.is_some(), Ordering::SeqCst);
        Ok(chained)
    }
}

/// The cause in a few words, and never the URL, which may hold a key.
fn cause(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "it took too long".to_owned(),
        ureq::Error::HostNotFound => "its name is not known".to_owned(),
        ureq::Error::BodyExceedsLimit(_) => "its answer is too long".to_owned(),
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::Tls(text) => (*text).to_owned(),
        ureq::Error::Rustls(error) => error.to_string(),
        ureq::Error::Protocol(_) => "it does not speak HTTP".to_owned(),
        _ => "the connection failed".to_owned(),
    }
}
