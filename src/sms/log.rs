//! The gateway of a site without SMS: notes in the log that a text would have gone out.

use super::{Message, Sent, SmsError, SmsGateway};
use std::time::Instant;

pub struct LogSms;

impl SmsGateway for LogSms {
    fn send(&self, message: &Message, _deadline: Instant) -> Result<Sent, SmsError> {
        ::log::info!("{}", line(message));
        Ok(Sent { id: None })
    }

    fn name(&self) -> &'static str {
        "log"
    }
}

/// Not a word of the text: a log is read by more people than a phone.
fn line(message: &Message) -> String {
    let length = message.text.chars().count();
    format!("sms to {}: {length} characters, {:?}", message.to.masked(), message.reference)
}

#[test]
fn the_log_does_not_learn_the_text() {
    let message = Message {
        to: "0712345678".parse().unwrap(),
        text: "User hs_712345678 Password x7k2m9qp".to_owned(),
        reference: "subscription:7\n".to_owned(),
    };
    assert_eq!(line(&message), r#"sms to 2547****678: 35 characters, "subscription:7\n""#);
    let debug = format!("{message:?}");
    assert!(!debug.contains("x7k2m9qp") && !debug.contains("712345"), "{debug}");
}
