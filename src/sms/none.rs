//! No gateway: a site whose customers read their credentials elsewhere.

use super::{Message, Sent, SmsError, SmsGateway};
use std::time::Instant;

pub struct NoSms;

impl SmsGateway for NoSms {
    fn send(&self, _message: &Message, _deadline: Instant) -> Result<Sent, SmsError> {
        Err(SmsError::Refused("no SMS gateway is configured; set [sms] gateway".to_owned()))
    }

    fn name(&self) -> &'static str {
        "none"
    }
}
