//! Statements as the portal exports them, and as spreadsheets save them again.

use super::statement::{NoStatement, Reversal, Statement, read};
use crate::domain::money::Cents;
use crate::domain::received::Payer;

const NAMES: &str = "Receipt No.,Completion Time,Initiation Time,Details,Transaction Status,\
                     Paid In,Withdrawn,Balance,Balance Confirmed,Reason Type,Other Party Info,\
                     Linked Transaction ID,A/C No.\r\n";

fn statement(rows: &str) -> Statement {
    let preamble = "\u{feff}Short Code:,600638\r\nOrganization Name:,\"CAFE, NAIROBI\"\r\n\r\n";
    read(format!("{preamble}{NAMES}{rows}").as_bytes()).unwrap()
}

#[test]
fn a_row_is_a_payment() {
    let read = statement(
        "UKM4P1TST9,22-11-2026 14:05:09,22-11-2026 14:05:02,Pay Bill,Completed,\"1,020.50\",,\
         \"5,000.00\",true,Pay Bill Online,254712345678 - ACHIENG O.,,1h\r\n",
    );
    let credit = &read.credits[0];
    assert_eq!(credit.receipt.as_str(), "UKM4P1TST9");
    assert_eq!(credit.amount, Cents(102_050));
    assert_eq!(credit.paid_at.to_string(), "2026-11-22T11:05:09Z");
    assert_eq!(credit.payer, Payer::Phone("254712345678".parse().unwrap()));
    assert_eq!(credit.reference.as_deref(), Some("1h"));
    assert_eq!(read.period.map(|it| it.0), Some(credit.paid_at));
}

#[test]
fn charges_and_what_did_not_happen_are_no_payments() {
    let read = statement(
        "UKM4P1TST9,22-11-2026 14:05:09,,Pay merchant,Completed,20.00,0.00,,,,2547****678 - A,,\n\
         UKM4P1TST9,22-11-2026 14:05:09,,Merchant charge,Completed,,-0.11,,,,,,\n\
         UKM4P1TST8,22-11-2026 14:06:09,,Pay merchant,Declined,50.00,,,,,2547****678 - A,,\n\
         UKM4P1TST7,22-11-2026 14:07:09,,Funds transfer to bank,Completed,,900.00,,,,,,\n\
         Receipt No.,Completion Time,x,Details,Transaction Status,Paid In\n\
         Total,,,,,970.00,,,,,,,\n",
    );
    assert_eq!(read.credits.len(), 1);
    assert_eq!(read.credits[0].payer, Payer::Masked("2547****678".to_owned()));
    assert_eq!((read.reversals.len(), read.not_understood.len()), (0, 0));
}

#[test]
fn a_reversal_names_what_it_undoes() {
    let read = statement(
        "UKM4P1TST9,22-11-2026 14:05:09,,Pay merchant,Completed,20.00,,,,,254712345678 - A,,\n\
         UKM5XXXXXX,22-11-2026 15:05:09,,Reversal,Completed,,-20.00,,,,,UKM4P1TST9,\n",
    );
    let of = "UKM4P1TST9".parse().unwrap();
    assert_eq!(read.reversals, [Reversal { of, amount: Cents(2000) }]);
    assert_eq!(read.credits.len(), 1);
}

#[test]
fn times_are_read_as_they_are_written() {
    for (text, utc) in [
        ("22-11-2026 14:05:09", "2026-11-22T11:05:09Z"),
        ("2026-11-22 14:05:09", "2026-11-22T11:05:09Z"),
        ("22/11/2026 14:05", "2026-11-22T11:05:00Z"),
        ("02-03-2026 00:00:00", "2026-03-01T21:00:00Z"),
    ] {
        let row = format!("UKM4P1TST9,{text},,x,Completed,20,,,,,,,\n");
        let read = statement(&row);
        assert_eq!(read.credits[0].paid_at.to_string(), utc, "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_said_with_its_line() {
    let read = statement(
        "ukm4,22-11-2026 14:05:09,,x,Completed,20,,,,,,,\n\
         UKM4P1TST9,soon,,x,Completed,20,,,,,,,\n\
         UKM4P1TST9,22-11-2026 14:05:09,,x,Completed,2e1,,,,,,,\n",
    );
    let lines: Vec<usize> = read.not_understood.iter().map(|it| it.line).collect();
    assert_eq!(lines, [5, 6, 7]);
    assert!(read.credits.is_empty());
}

#[test]
fn an_amount_is_never_made_larger_or_turned_round() {
    let check = |text: &str, expected: Option<i64>| {
        let row = format!("UKM4P1TST9,22-11-2026 14:05:09,,x,Completed,\"{text}\",,,,,,,\n");
        let read = statement(&row);
        assert_eq!(read.credits.first().map(|it| it.amount.0), expected, "{text:?}");
        assert_eq!(read.not_understood.len(), usize::from(expected.is_none()), "{text:?}");
    };
    check("1,020.50", Some(102_050));
    check("1,000,000", Some(100_000_000));
    check("KES 20", Some(2000));
    for text in ["20,00", "1,0", "1,0200", ",020", "1,,020", "20.5,0", "1.020,50", "-20.00"] {
        check(text, None);
    }
}

#[test]
fn a_row_that_is_there_twice_is_one_payment() {
    let row = |amount: &str| {
        format!("UKM4P1TST9,22-11-2026 14:05:09,,Pay Bill,Completed,{amount},,,,,,,\n")
    };
    let read = statement(&[row("20"), NAMES.to_owned(), row("20.00"), row("50")].concat());
    let amounts: Vec<Cents> = read.credits.iter().map(|it| it.amount).collect();
    assert_eq!(amounts, [Cents(2000)]);
    assert_eq!(read.not_understood.iter().map(|it| it.line).collect::<Vec<_>>(), [8]);
}

#[test]
fn what_a_quote_swallows_is_not_passed_over_in_silence() {
    let read = statement(
        "UKM4P1TST9,22-11-2026 14:05:09,,x,Completed,20,,,,,,,\n\
         UKM4P1TST8,22-11-2026 14:05:09,,\"x,Declined,20,,,,,,,\n\
         UKM4P1TST7,22-11-2026 14:05:09,,x,Completed,20,,,,,,,\n",
    );
    assert_eq!(read.credits.len(), 1);
    assert_eq!(read.not_understood.iter().map(|it| it.line).collect::<Vec<_>>(), [6]);
}

#[test]
fn semicolons_tabs_and_quotes_are_no_trouble_and_other_files_are_refused() {
    for separator in [";", "\t"] {
        let text = format!("{NAMES}UKM4P1TST9,22-11-2026 14:05:09,,x,Completed,20,,,,,,,\n");
        let read = read(text.replace(',', separator).as_bytes()).unwrap();
        assert_eq!(read.credits.len(), 1, "{separator:?}");
    }
    for text in ["", "a,b\n1,2\n", "{\"json\":true}", "Receipt No.,Paid In\nUKM4P1TST9,20\n"] {
        assert!(matches!(read(text.as_bytes()), Err(NoStatement)), "{text:?}");
    }
    assert!(read(&[0xff, 0xfe, 0, 1]).is_err());
}
