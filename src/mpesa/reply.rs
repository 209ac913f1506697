//! What Safaricom is answered, byte for byte as Daraja documents it.

/// To a push result, whatever it says: anything else only makes it come again.
pub const STK_ACCEPTED: &str = r#"{"ResultCode":0,"ResultDesc":"Accepted"}"#;

/// To a C2B confirmation. The money has moved by then, so there is no other answer.
pub const CONFIRMATION_ACCEPTED: &str = r#"{"ResultCode":0,"ResultDesc":"Success"}"#;

/// To a C2B validation: let the payment happen. Here Daraja's code is a string.
pub const VALIDATION_ACCEPTED: &str = r#"{"ResultCode":"0","ResultDesc":"Accepted"}"#;

/// To a C2B validation: stop a payment of an amount nobody could credit.
pub const VALIDATION_BAD_AMOUNT: &str = r#"{"ResultCode":"C2B00013","ResultDesc":"Rejected"}"#;

/// To a C2B validation: stop a payment to a till or paybill that is not ours.
pub const VALIDATION_BAD_SHORTCODE: &str = r#"{"ResultCode":"C2B00015","ResultDesc":"Rejected"}"#;
