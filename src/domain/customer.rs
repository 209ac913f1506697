//! Customers, and the credentials that are made for them.

use super::Invalid;
use super::ids::CustomerId;
use super::payment::Receipt;
use super::phone::Phone;
use super::secret::Secret;
use super::time::Timestamp;
use std::fmt;
use std::str::FromStr;

/// Digits and lower-case letters that nobody takes for one another: no 0 o 1 l i.
const PASSWORD_ALPHABET: &[u8] = b"23456789abcdefghjkmnpqrstuvwxyz";

/// The name a customer logs in with. Contains a phone number more often than not, so it has no
/// `Display`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Username(String);

impl Username {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// From the configured template: `{local9}` is 712345678, `{msisdn}` is 254712345678.
    pub fn from_template(template: &str, phone: &Phone) -> Result<Username, Invalid> {
        let filled =
            template.replace("{local9}", phone.local9()).replace("{msisdn}", phone.msisdn());
        filled.parse()
    }

    /// The name of a customer whose phone nobody told us.
    pub fn from_receipt(receipt: &Receipt) -> Username {
        Username(format!("hs_{}", receipt.lower()))
    }
}

impl FromStr for Username {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Username, Invalid> {
        let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"._@+-".contains(&byte);
        let is_right =
            (1..=64).contains(&text.len()) && text.bytes().all(is_safe) && !text.starts_with('-');
        if !is_right {
            return Err(Invalid::new("not a username: 1 to 64 letters, digits and . _ @ + -"));
        }
        Ok(Username(text.to_owned()))
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Username(…{})", &self.0[self.0.len().saturating_sub(3)..])
    }
}

impl rusqlite::ToSql for Username {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(self.0.as_str().into())
    }
}

impl rusqlite::types::FromSql for Username {
    fn column_result(
        value: rusqlite::types::ValueRef<'_>,
    ) -> rusqlite::types::FromSqlResult<Username> {
        let text = value.as_str()?;
        text.parse().map_err(|error| rusqlite::types::FromSqlError::Other(Box::new(error)))
    }
}

/// Somebody who buys.
#[derive(Clone, Debug)]
pub struct Customer {
    pub id: CustomerId,
    /// Unknown while M-Pesa hides it and nobody told us.
    pub phone: Option<Phone>,
    pub username: Username,
    pub password: Secret,
    pub created_at: Timestamp,
}

/// A password of `length` characters drawn from `random`, which must be fresh and long enough:
/// bytes that would favour some letters are passed over. `None` if they run out.
pub fn password_from(random: &[u8], length: usize) -> Option<String> {
    let alphabet = PASSWORD_ALPHABET;
    // Above this, the first letters would come up more often.
    let fair = 256 - 256 % alphabet.len();
    let letters = random.iter().map(|&byte| usize::from(byte)).filter(|&it| it < fair);
    let password: String =
        letters.take(length).map(|it| char::from(alphabet[it % alphabet.len()])).collect();
    (password.len() == length).then_some(password)
}

#[test]
fn usernames_come_from_phones_or_receipts() {
    let phone = "0712345678".parse().unwrap();
    let name = |template| Username::from_template(template, &phone).map(|it| it.0);
    assert_eq!(name("hs_{local9}").unwrap(), "hs_712345678");
    assert_eq!(name("{msisdn}@wifi").unwrap(), "254712345678@wifi");
    assert!(name("a b {local9}").is_err());
    assert_eq!(Username::from_receipt(&"NLJ7RT61SV".parse().unwrap()).0, "hs_nlj7rt61sv");
}

#[test]
fn passwords_are_drawn_fairly() {
    assert_eq!(password_from(&[0, 30, 255, 31], 3).as_deref(), Some("2z2"));
    assert_eq!(password_from(&[255; 64], 8), None);
}
