//! The day that is written into a receipt.

use crate::domain::payment::Receipt;

/// Year, month and day by the first three characters: `A` is 2006, January, and `1` to `9` then
/// `A` to `V` are the days. A pattern seen in live receipts, promised by nobody: good for a
/// warning, never a reason to refuse money. `None` if the characters name no day.
pub fn receipt_date(receipt: &Receipt) -> Option<(u16, u8, u8)> {
    let &[year, month, day, ..] = receipt.as_str().as_bytes() else { return None };
    let letter = |byte: u8| byte.is_ascii_uppercase().then(|| byte - b'A');
    let year = 2006 + u16::from(letter(year)?);
    let month = letter(month).map(|it| it + 1).filter(|it| *it <= 12)?;
    let day = match day {
        b'1'..=b'9' => day - b'0',
        b'A'..=b'V' => day - b'A' + 10,
        _ => return None,
    };
    let longest = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (day <= longest).then_some((year, month, day))
}

/// The same as people write it, as in `2026-11-22`.
pub fn receipt_day(receipt: &Receipt) -> Option<String> {
    let (year, month, day) = receipt_date(receipt)?;
    Some(format!("{year}-{month:02}-{day:02}"))
}

#[test]
fn a_receipt_knows_its_day() {
    let check = |receipt: &str, date| {
        assert_eq!(receipt_date(&receipt.parse().unwrap()), date, "{receipt}");
    };
    check("NLJ7RT61SV", Some((2019, 12, 19)));
    check("UKM4P1TST9", Some((2026, 11, 22)));
    check("AA1000000Z", Some((2006, 1, 1)));
    check("ULV0000000", Some((2026, 12, 31)));
    check("UKV0000000", None); // no 31st in November
    check("UM10000000", None);
    check("UA00000000", None);
    check("UAW0000000", None);
    check("7LJ7RT61SV", None);
}
