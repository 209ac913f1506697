//! Kenyan mobile numbers, whole and as M-Pesa shows them: hashed or masked.

use super::Invalid;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

/// A Kenyan mobile number, kept as `254` and nine digits. Shown only on purpose: no `Display`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

impl Phone {
    /// `254712345678`: as M-Pesa and the database write it.
    pub fn msisdn(&self) -> &str {
        &self.0
    }

    /// `712345678`
    pub fn local9(&self) -> &str {
        &self.0[3..]
    }

    /// `+254712345678`
    pub fn international(&self) -> String {
        format!("+{}", self.0)
    }

    /// `0712345678`: as people in Kenya write it.
    pub fn local(&self) -> String {
        format!("0{}", self.local9())
    }

    /// `2547****678`: for logs and pages.
    pub fn masked(&self) -> String {
        format!("{}****{}", &self.0[..4], &self.0[9..])
    }

    pub fn hash(&self) -> PhoneHash {
        let digest = Sha256::digest(self.0.as_bytes());
        PhoneHash(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl FromStr for Phone {
    type Err = Invalid;

    /// Accepts what people type: `0712…`, `712…`, `254712…`, `+254 712 …`, also `01…`.
    fn from_str(text: &str) -> Result<Phone, Invalid> {
        let plain: String = text.chars().filter(|it| !" -()".contains(*it)).collect();
        let local =
            [plain.strip_prefix("+254"), plain.strip_prefix("254"), plain.strip_prefix('0')]
                .into_iter()
                .flatten()
                .next()
                .unwrap_or(&plain);
        let is_mobile = local.len() == 9
            && local.bytes().all(|byte| byte.is_ascii_digit())
            && local.starts_with(['7', '1']);
        if !is_mobile {
            return Err(Invalid::new("not a Kenyan mobile number like 0712345678"));
        }
        Ok(Phone(format!("254{local}")))
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone(…{})", &self.0[9..])
    }
}

impl rusqlite::ToSql for Phone {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(self.0.as_str().into())
    }
}

impl rusqlite::types::FromSql for Phone {
    fn column_result(
        value: rusqlite::types::ValueRef<'_>,
    ) -> rusqlite::types::FromSqlResult<Phone> {
        let text = value.as_str()?;
        text.parse().map_err(|error| rusqlite::types::FromSqlError::Other(Box::new(error)))
    }
}

/// The SHA-256 of a bare number in lower-case hex, by which M-Pesa names payers since 2024.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PhoneHash(String);

impl PhoneHash {
    pub fn parse(text: &str) -> Option<PhoneHash> {
        let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash.then(|| PhoneHash(text.to_ascii_lowercase()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl rusqlite::ToSql for PhoneHash {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(self.0.as_str().into())
    }
}

#[test]
fn what_people_type_becomes_one_number() {
    for text in ["0712345678", "712345678", "254712345678", "+254 712-345 678", "(0712) 345678"] {
        let phone = text.parse::<Phone>().ok();
        assert_eq!(phone.as_ref().map(Phone::msisdn), Some("254712345678"), "{text}");
    }
    assert!("0110000613".parse::<Phone>().is_ok());
    for text in ["", "2540712345678", "07123456789", "812345678", "٠٧١٢٣٤٥٦٧٨", "+255712345678"]
    {
        assert!(text.parse::<Phone>().is_err(), "{text}");
    }
}

#[test]
fn the_hash_is_the_one_safaricom_sends() {
    let phone: Phone = "254705912645".parse().unwrap();
    let published = PhoneHash::parse(phone.hash().as_str());
    assert_eq!(published, Some(phone.hash()));
    assert!(!format!("{phone:?}").contains("705912"));
}
