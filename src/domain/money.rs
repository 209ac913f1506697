//! Money: whole cents of a Kenyan shilling, never a float.

use super::Invalid;
use std::fmt;
use std::str::FromStr;

/// An amount of money in cents. Never negative.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Cents(pub i64);

impl Cents {
    /// The sum, or `None` past what a database column holds.
    pub fn checked_add(self, other: Cents) -> Option<Cents> {
        self.0.checked_add(other.0).map(Cents)
    }

    /// What is left above `price`, if anything is.
    pub fn surplus_over(self, price: Cents) -> Option<Cents> {
        (price < self).then(|| Cents(self.0 - price.0))
    }
}

impl FromStr for Cents {
    type Err = Invalid;

    /// Reads shillings as M-Pesa and operators write them: one to nine digits, then perhaps a
    /// point and one or two more. No sign, no exponent, no separators.
    fn from_str(text: &str) -> Result<Cents, Invalid> {
        let bad = || Invalid(format!("{text:?} is not an amount like 20 or 20.50"));
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) if matches!(fraction.len(), 1 | 2) => (whole, fraction),
            Some(_) => return Err(bad()),
            None => (text, ""),
        };
        let is_digits = |it: &str| it.bytes().all(|byte| byte.is_ascii_digit());
        if !(1..=9).contains(&whole.len()) || !is_digits(whole) || !is_digits(fraction) {
            return Err(bad());
        }
        let shillings: i64 = whole.parse().map_err(|_| bad())?;
        let cents: i64 = format!("{fraction:0<2}").parse().map_err(|_| bad())?;
        Ok(Cents(shillings * 100 + cents))
    }
}

impl fmt::Display for Cents {
    /// Shillings with two decimals, as in `20.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{:02}", self.0 / 100, self.0 % 100))
    }
}

impl rusqlite::ToSql for Cents {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}

impl rusqlite::types::FromSql for Cents {
    fn column_result(
        value: rusqlite::types::ValueRef<'_>,
    ) -> rusqlite::types::FromSqlResult<Cents> {
        value.as_i64().map(Cents)
    }
}

#[test]
fn amounts_are_read_from_their_text() {
    let check = |text: &str, cents: Option<i64>| {
        assert_eq!(text.parse::<Cents>().ok(), cents.map(Cents), "{text:?}");
    };
    check("20", Some(2000));
    check("1.1", Some(110));
    check("1.15", Some(115));
    check("999999999.99", Some(99_999_999_999));
    check("0", Some(0));
    for text in ["", ".5", "5.", "1.155", "-1", "+1", "1e3", "1,000", " 1", "1000000000", "٢"] {
        check(text, None);
    }
    assert_eq!(Cents(2005).to_string(), "20.05");
}
