//! An organisation's M-Pesa statement, as its portal exports it: text in, rows out.
//!
//! Nobody documents the format. What is known of it: some lines about the organisation, then a
//! line of column names, then a row for every movement of money; the charge for a payment is a
//! row of its own under the same receipt, and a reversal one that names the receipt it undoes.

use super::csv::{Record, records};
use crate::domain::money::Cents;
use crate::domain::payment::Receipt;
use crate::domain::phone::Phone;
use crate::domain::received::Payer;
use crate::domain::time::Timestamp;
use std::collections::BTreeMap;

/// What a statement says of the money that came in.
#[derive(Clone, Debug, Default)]
pub struct Statement {
    /// When its first and last rows were completed.
    pub period: Option<(Timestamp, Timestamp)>,
    pub credits: Vec<Credit>,
    pub reversals: Vec<Reversal>,
    pub not_understood: Vec<Unread>,
}

/// A payment that was completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    pub receipt: Receipt,
    pub paid_at: Timestamp,
    pub amount: Cents,
    pub payer: Payer,
    /// What the payer typed as account number.
    pub reference: Option<String>,
}

/// Money that M-Pesa took back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reversal {
    /// Of the payment that was undone.
    pub of: Receipt,
    pub amount: Cents,
}

/// A row that may be money, and cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Unread {
    /// Of the file; the first is 1.
    pub line: usize,
    pub why: String,
}

#[derive(Debug, thiserror::Error)]
#[error(
    "it has no line of column names with \"Receipt No.\", \"Completion Time\", \"Transaction \
     Status\" and \"Paid In\"; export it as CSV from the M-Pesa organisation portal"
)]
pub struct NoStatement;

/// Reads a statement. Rows that are not completed are no money, and passed over.
pub fn read(bytes: &[u8]) -> Result<Statement, NoStatement> {
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    for separator in [',', ';', '\t'] {
        let records = records(&text, separator);
        let found = records.iter().enumerate().find_map(|(nth, it)| Some((nth, Columns::of(it)?)));
        if let Some((nth, columns)) = found {
            let mut reader = Reader { columns, at: BTreeMap::new(), found: Statement::default() };
            for record in records.iter().skip(nth + 1).filter(|it| Columns::of(it).is_none()) {
                reader.add(record);
            }
            return Ok(reader.found);
        }
    }
    Err(NoStatement)
}

/// Where each column is.
struct Columns {
    receipt: usize,
    completed: usize,
    status: usize,
    paid_in: usize,
    withdrawn: Option<usize>,
    details: Option<usize>,
    reason: Option<usize>,
    other_party: Option<usize>,
    linked: Option<usize>,
    account: Option<usize>,
}

impl Columns {
    /// If the record is the line of names. Names are compared by their letters alone.
    fn of(record: &Record) -> Option<Columns> {
        let letters = |text: &str| -> String {
            text.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase()
        };
        let names: Vec<String> = record.cells.iter().map(|it| letters(it)).collect();
        let find = |wanted: &[&str]| names.iter().position(|it| wanted.contains(&it.as_str()));
        Some(Columns {
            receipt: find(&["receiptno", "receiptnumber", "receipt"])?,
            completed: find(&["completiontime", "completed", "completiondate"])?,
            status: find(&["transactionstatus", "status"])?,
            paid_in: find(&["paidin"])?,
            withdrawn: find(&["withdrawn", "withdrawal", "paidout"]),
            details: find(&["details"]),
            reason: find(&["reasontype"]),
            other_party: find(&["otherpartyinfo", "otherparty"]),
            linked: find(&["linkedtransactionid"]),
            account: find(&["acno", "accountno", "accountnumber"]),
        })
    }
}

struct Reader {
    columns: Columns,
    /// Where among the credits a receipt is: statements may be long.
    at: BTreeMap<Receipt, usize>,
    found: Statement,
}

impl Reader {
    fn add(&mut self, record: &Record) {
        let columns = &self.columns;
        if record.is_open {
            let why = "its quote is never closed: nothing from here on is read".to_owned();
            return self.found.not_understood.push(Unread { line: record.line, why });
        }
        let cell = |at: usize| record.cells.get(at).map_or("", |it| it.trim());
        let maybe = |at: Option<usize>| at.map_or("", cell);
        if !cell(columns.status).eq_ignore_ascii_case("completed") {
            return; // Declined, expired, or a line below the table.
        }
        let is_reversal = [columns.details, columns.reason]
            .into_iter()
            .any(|it| maybe(it).to_ascii_lowercase().contains("revers"));
        let read = || -> Result<(Receipt, Timestamp, Option<Cents>, Option<Cents>), String> {
            let receipt = cell(columns.receipt);
            let receipt = receipt.parse().map_err(|_| format!("{receipt:?} is no receipt"))?;
            let at = moment(cell(columns.completed))?;
            let paid_in = cell(columns.paid_in);
            if paid_in.contains('-') {
                return Err(format!("{paid_in:?} came in, which is less than nothing"));
            }
            Ok((receipt, at, amount(paid_in)?, amount(maybe(columns.withdrawn))?))
        };
        let (receipt, paid_at, paid_in, withdrawn) = match read() {
            Ok(row) => row,
            Err(why) => {
                let why = super::printable(&why);
                return self.found.not_understood.push(Unread { line: record.line, why });
            }
        };
        let (from, until) = self.found.period.unwrap_or((paid_at, paid_at));
        self.found.period = Some((from.min(paid_at), until.max(paid_at)));
        match (paid_in, withdrawn, is_reversal) {
            (Some(amount), None, false) => {
                let reference = Some(maybe(columns.account).to_owned());
                let credit = Credit {
                    receipt,
                    paid_at,
                    amount,
                    payer: payer(maybe(columns.other_party)),
                    reference: reference.filter(|it| !it.is_empty()),
                };
                self.credit(credit, record.line);
            }
            (None, Some(amount), true) => {
                // Some rows name what they undo, others are under its own receipt.
                let of = maybe(columns.linked).parse().unwrap_or(receipt);
                self.found.reversals.push(Reversal { of, amount });
            }
            _ => {} // A charge, a payout, or what came back of one.
        }
    }

    /// A receipt is one payment. Two exports in one file may have its row twice; rows of it that
    /// differ are for a person to look at.
    fn credit(&mut self, credit: Credit, line: usize) {
        let Some(&nth) = self.at.get(&credit.receipt) else {
            self.at.insert(credit.receipt.clone(), self.found.credits.len());
            return self.found.credits.push(credit);
        };
        let first = &self.found.credits[nth];
        if (first.paid_at, first.amount) != (credit.paid_at, credit.amount) {
            let why = format!("{} has come before, with another time or amount", credit.receipt);
            self.found.not_understood.push(Unread { line, why });
        }
    }
}

/// `1,234.50`, `-30.00`, `KES 20`; nothing and zero are no amount. A comma stands between
/// thousands and nowhere else: `20,00` may be twenty, or two thousand.
fn amount(text: &str) -> Result<Option<Cents>, String> {
    let bad = || format!("{text:?} is no amount");
    let bare = text.trim_start_matches("KES").replace([' ', '-'], "");
    let whole = bare.split('.').next().unwrap_or_default();
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let mut is_grouped = groups.clone().next().is_none();
    if !is_grouped {
        is_grouped = (1..=3).contains(&first.len()) && groups.all(|it| it.len() == 3);
    }
    if !is_grouped || bare.len() != whole.len() && bare[whole.len()..].contains(',') {
        return Err(bad());
    }
    if bare.is_empty() {
        return Ok(None);
    }
    let amount: Cents = bare.replace(',', "").parse().map_err(|_| bad())?;
    Ok(Some(amount).filter(|it| Cents(0) < *it))
}

/// As the portal and spreadsheets write times, the day before the month.
const TIMES: [&str; 8] = [
    "%d-%m-%Y %H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%Y-%m-%d %H:%M",
    "%d/%m/%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
];

fn moment(text: &str) -> Result<Timestamp, String> {
    let read = TIMES.iter().find_map(|format| Timestamp::from_local(text, format));
    read.ok_or_else(|| format!("{text:?} is no time like 22-11-2026 14:05:09"))
}

/// `254712345678 - ACHIENG`, or as much of the number as is shown.
fn payer(text: &str) -> Payer {
    let number = text.split(" - ").next().unwrap_or_default().trim();
    if let Ok(phone) = number.parse::<Phone>() {
        return Payer::Phone(phone);
    }
    let is_mask = number.contains('*')
        && number.chars().all(|it| it.is_ascii_digit() || matches!(it, '*' | ' ' | '+'));
    if is_mask { Payer::Masked(number.to_owned()) } else { Payer::Unknown }
}
