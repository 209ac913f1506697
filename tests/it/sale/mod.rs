//! From a callback to a customer online: every rule of what money buys.

mod conservation;
mod counter;
mod delivery;
mod doors;
mod kicking;
mod matching;
mod order;
mod renewal;
mod twice;

use mlango::domain::phone::Phone;

/// A push result that says: paid.
pub fn stk(checkout: &str, receipt: &str, amount: &str, phone: &str) -> String {
    format!(
        r#"{{"Body":{{"stkCallback":{{"MerchantRequestID":"29115-1",
           "CheckoutRequestID":"{checkout}","ResultCode":0,"ResultDesc":"ok",
           "CallbackMetadata":{{"Item":[
           {{"Name":"Amount","Value":{amount}}},{{"Name":"MpesaReceiptNumber","Value":"{receipt}"}},
           {{"Name":"Balance"}},{{"Name":"PhoneNumber","Value":{phone}}}]}}}}}}}}"#
    )
}

/// A push result that says: not paid.
pub fn stk_failed(checkout: &str, code: i64) -> String {
    format!(
        r#"{{"Body":{{"stkCallback":{{"MerchantRequestID":"29115-1",
           "CheckoutRequestID":"{checkout}","ResultCode":{code},"ResultDesc":"no"}}}}}}"#
    )
}

/// A till payment. `msisdn` is whatever M-Pesa shows of the number.
pub fn c2b(receipt: &str, amount: &str, msisdn: &str, reference: &str) -> String {
    format!(
        r#"{{"TransactionType":"Customer Merchant Payment","TransID":"{receipt}",
           "TransTime":"20261122140000","TransAmount":"{amount}","BusinessShortCode":"600638",
           "BillRefNumber":"{reference}","MSISDN":"{msisdn}","FirstName":"ACHIENG"}}"#
    )
}

pub const PHONE: &str = "254712345678";

pub fn phone(text: &str) -> Phone {
    text.parse().unwrap()
}
