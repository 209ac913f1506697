//! What routers reported, however odd.

use crate::harness::{Appliance, package};
use crate::sale::{PHONE, stk};
use mlango::domain::package::Package;
use mlango::domain::payment::CallbackDoor::Stk;
use mlango::domain::router::Access;
use mlango::job::Job as _;
use mlango::jobs::SyncRadiusAccounting;

fn report(box_: &Appliance, unique: &str, username: &str, bytes: [i64; 2]) {
    let [from_client, to_client] = bytes;
    let insert = format!(
        "INSERT INTO radacct (acctuniqueid, username, acctstarttime, acctupdatetime,
                              acctsessiontime, acctinputoctets, acctoutputoctets)
         VALUES ('{unique}', '{username}', 1000, 1000, 60, {from_client}, {to_client})"
    );
    box_.store.write(|tx| Ok(tx.execute(&insert, [])?)).unwrap();
}

#[test]
fn a_router_that_counts_nonsense_stops_the_count_of_nobody_else() {
    let box_ = Appliance::start();
    box_.add_nas("Main", Access::Radius, Some(("127.0.0.1", "s3cret")));
    box_.add_package(Package { bytes: Some(5 << 30), ..package("5g", 7000, 86_400) });
    let other = "254700000001";
    for (number, phone) in [(1, PHONE), (2, other)] {
        let (checkout, receipt) = (format!("ws_CO_{number}"), format!("SKL000000{number}"));
        box_.receive(Stk, &stk(&checkout, &receipt, "70", phone));
    }
    box_.settle();
    // Twice, as the second is added to what the first left.
    report(&box_, "a", "hs_712345678", [i64::MAX, i64::MAX]);
    report(&box_, "b", "hs_712345678", [i64::MAX, 1]);
    report(&box_, "c", "hs_700000001", [i64::MIN, i64::MIN]);
    report(&box_, "d", "hs_700000001", [1000, 24]);
    box_.store.write(|tx| SyncRadiusAccounting {}.enqueue(tx)).unwrap();
    box_.settle();
    assert!(box_.list("SELECT * FROM rad_changes").is_empty(), "all are counted");
    let used = "SELECT username || ' ' || state || ' ' || used_bytes FROM subscriptions
                ORDER BY username";
    let full = 1_i64 << 60;
    let expected =
        ["hs_700000001 active 1024".to_owned(), format!("hs_712345678 exhausted {full}")];
    assert_eq!(box_.list(used), expected);
    assert!(box_.list("SELECT error FROM failed_jobs").is_empty());
}
