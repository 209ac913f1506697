//! How an SMS gateway with an HTTP interface wants to be spoken to.

use super::text_enum;

text_enum! {
    pub enum Method { Get = "GET", Post = "POST", Put = "PUT" }
}

text_enum! {
    /// Where the template goes, which decides how its values are escaped.
    pub enum BodyKind {
        Json = "json",
        /// `application/x-www-form-urlencoded`
        Form = "form",
        /// Behind the URL; the request has no body.
        Query = "query",
    }
}

text_enum! {
    /// How it wants phone numbers: +254712345678, 254712345678 or 0712345678.
    pub enum ToFormat { International = "+254", Msisdn = "254", Local = "07" }
}
