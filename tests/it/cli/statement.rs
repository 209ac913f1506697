//! `mlango payment import`

use super::Shop;
use crate::sale::PHONE;

const NAMES: &str = "Receipt No.,Completion Time,Initiation Time,Details,Transaction Status,\
                     Paid In,Withdrawn,Balance,Balance Confirmed,Reason Type,Other Party Info,\
                     Linked Transaction ID,A/C No.";

/// A statement of two years ago to the end of this decade, so that whatever is paid now is in it.
fn statement(shop: &Shop, rows: &[&str]) -> String {
    let fees = [
        "UA1FFFFFFF,01-01-2024 00:00:00,,Charge,Completed,,-1.00,,,,,,",
        "UA1FFFFFFE,31-12-2029 23:59:59,,Charge,Completed,,-1.00,,,,,,",
    ];
    let text = format!(
        "\u{feff}Short Code:,600638\r\n\r\n{NAMES}\r\n{}\r\n{}\r\n",
        fees.join("\r\n"),
        rows.join("\r\n")
    );
    shop.put("statement.csv", &text)
}

const HELD: &str =
    "UKM2BBBBBB,22-11-2026 14:06:00,,Pay Bill,Completed,33.50,,,,,2547****678 - A,,x";
const HOUR: &str =
    "UKM3CCCCCC,22-11-2026 14:07:00,,Pay Bill,Completed,\"20.00\",,,,,254700000003 - B,,";

#[test]
fn both_sides_of_the_books_are_shown() {
    let shop = Shop::stocked();
    shop.pay("UKM1AAAAAA", "20", PHONE);
    shop.pay("UKM4DDDDDD", "50", PHONE);
    shop.pay("UKM5EEEEEE", "100", PHONE);
    let file = statement(
        &shop,
        &[
            "UKM1AAAAAA,22-11-2026 14:05:00,,Pay Bill,Completed,20.00,,,,,254712345678 - A,,",
            "UKM5EEEEEE,22-11-2026 14:05:00,,Pay Bill,Completed,99.00,,,,,254712345678 - A,,",
            "UKM6FFFFFF,22-11-2026 15:05:00,,Reversal,Completed,,-20.00,,,,,UKM1AAAAAA,",
            HELD,
            HOUR,
            "UKM7GGGGGG,some day,,Pay Bill,Completed,99.00,,,,,254712345678 - A,,",
        ],
    );
    let read = shop.json(&["payment", "import", &file]);
    let receipts = |what: &str| -> Vec<String> {
        let lines = read[what].as_array().unwrap().iter();
        lines.map(|it| it["receipt"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(receipts("missing_here"), ["UKM2BBBBBB", "UKM3CCCCCC"]);
    assert_eq!(receipts("missing_there"), ["UKM4DDDDDD"]);
    assert_eq!(receipts("reversed"), ["UKM1AAAAAA"]);
    assert_eq!(receipts("different"), ["UKM5EEEEEE"]);
    assert_eq!(read["different"][0]["statement_cents"], 9900);
    assert_eq!(read["statement"], serde_json::json!({"count": 4, "amount_cents": 17250}));
    assert_eq!(read["matched"], serde_json::json!({"count": 1, "amount_cents": 2000}));
    assert_eq!(read["not_understood"][0]["line"], 11);
    assert_eq!(shop.json(&["payment", "list"]).as_array().unwrap().len(), 3, "nothing is written");
    let table = shop.done(&["payment", "import", &file]);
    assert!(table.contains("--apply records") && table.contains("line 11"), "{table}");
    assert!(table.lines().all(|it| it.chars().count() <= 80), "{table}");
}

#[test]
fn what_is_missing_is_recorded_once_and_then_both_agree() {
    let shop = Shop::stocked();
    let file = statement(&shop, &[HELD, HOUR]);
    let read = shop.json(&["payment", "import", &file, "--apply"]);
    let states: Vec<_> =
        read["recorded"].as_array().unwrap().iter().map(|it| &it["state"]).collect();
    assert_eq!(states, ["held", "received"]);
    let bought = shop.json(&["payment", "show", "UKM3CCCCCC"]);
    assert_eq!(bought["customer"]["phone"], "254700000003");
    assert_eq!(bought["entitlement"]["package"], "1h");
    let again = shop.done(&["payment", "import", &file, "--apply"]);
    assert!(again.contains("both agree to the cent"), "{again}");
    assert_eq!(shop.json(&["payment", "list"]).as_array().unwrap().len(), 2);
    // The day is the statement's, not that of the import.
    let day = shop.json(&["report", "--day", "2026-11-22"]);
    assert_eq!(day["mpesa"], serde_json::json!({"count": 2, "amount_cents": 5350}));
    // The callback comes after all.
    shop.pay("UKM3CCCCCC", "20", "254700000003");
    assert_eq!(shop.json(&["payment", "list"]).as_array().unwrap().len(), 2);
}

#[test]
fn what_is_no_statement_is_refused() {
    let shop = Shop::stocked();
    let other = shop.put("other.csv", "a,b\n1,2\n");
    let err = shop.refused(&["payment", "import", &other]);
    assert!(err.contains("organisation portal"), "{err}");
    shop.refused(&["payment", "import", "/nowhere/statement.csv"]);
}

#[test]
fn what_came_and_went_again_buys_nothing() {
    let shop = Shop::stocked();
    let undone = "UKM6FFFFFF,22-11-2026 15:05:00,,Reversal,Completed,,-20.00,,,,,UKM3CCCCCC,";
    let file = statement(&shop, &[HOUR, undone]);
    let table = shop.done(&["payment", "import", &file, "--apply"]);
    assert!(table.contains("20.00 in 1, reversed, never here"), "{table}");
    assert!(table.contains("both agree to the cent"), "{table}");
    assert!(shop.json(&["payment", "list"]).as_array().unwrap().is_empty());
    // A part that was taken back leaves a payment, and a line about it.
    let file = statement(&shop, &[HOUR, &undone.replace("-20.00", "-5.00")]);
    let read = shop.json(&["payment", "import", &file, "--apply"]);
    assert_eq!(read["recorded"].as_array().unwrap().len(), 1);
    let read = shop.json(&["payment", "import", &file]);
    assert_eq!(read["reversed"][0]["receipt"], "UKM3CCCCCC");
}

#[test]
fn a_file_that_is_too_long_is_not_read_into_memory() {
    let shop = Shop::stocked();
    let path = shop.put("long.csv", NAMES);
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len((16 << 20) + 1).unwrap();
    let err = shop.refused(&["payment", "import", &path]);
    assert!(err.contains("shorter period"), "{err}");
}
