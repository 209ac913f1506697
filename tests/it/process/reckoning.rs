//! What must be true when all is quiet again, whatever happened before.

use super::diary::{Diary, Sale};
use super::facts::Facts;
use super::kiosk::{Kiosk, PACKAGES};
use mlango_sim::HotspotUser;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Compares what the forwarders were told with what the box has, and what it has with what the
/// world was told.
pub(super) struct Reckoning<'a> {
    pub(super) kiosk: &'a Kiosk,
    pub(super) facts: &'a Facts,
    pub(super) diary: &'a Diary,
    /// How long ago the first sale can have been.
    pub(super) elapsed: Duration,
}

impl Reckoning<'_> {
    pub(super) fn settle_up(&self) {
        assert_eq!(self.facts.list("PRAGMA quick_check"), [r#"[Text("ok")]"#]);
        self.callbacks();
        self.payments();
        self.jobs();
        for nth in 0..self.kiosk.routers.len() {
            self.users(nth);
        }
        self.radius();
        self.messages();
    }

    /// Nothing accepted is missing, and nothing is there that nobody brought.
    fn callbacks(&self) {
        let none = "SELECT count(*) FROM callbacks WHERE outcome IS NULL";
        assert_eq!(self.facts.count(none), 0, "callbacks nobody has understood");
        let mut total = 0;
        for ((door, body), tally) in &self.diary.letters {
            let sql = "SELECT count(*) FROM callbacks WHERE door = ?1 AND body = ?2";
            let stored = self.facts.count_with(sql, (door, body));
            let most = tally.accepted + tally.unknown;
            assert!(
                (tally.accepted..=most).contains(&stored),
                "{stored} of {tally:?}: {}",
                String::from_utf8_lossy(body)
            );
            total += stored;
        }
        assert_eq!(self.facts.count("SELECT count(*) FROM callbacks"), total);
    }

    fn payments(&self) {
        let diary = self.diary;
        for Sale { receipt, username, package, .. } in &diary.sales {
            let granted = self.facts.count_with(
                "SELECT count(*) FROM payments
                 JOIN grants ON grants.payment_id = payments.id
                 JOIN subscriptions ON subscriptions.id = grants.subscription_id
                 JOIN packages ON packages.id = subscriptions.package_id
                 WHERE payments.receipt = ?1 AND payments.state = 'received'
                   AND subscriptions.username = ?2 AND packages.code = ?3
                   AND subscriptions.state = 'active'",
                (receipt, username, PACKAGES[*package].0),
            );
            assert_eq!(granted, 1, "payment {receipt} of {username}");
        }
        for checkout in &diary.failures {
            let failed = self.facts.count_with(
                "SELECT count(*) FROM payments WHERE checkout_request_id = ?1 AND state = 'failed'",
                [checkout],
            );
            assert_eq!(failed, 1, "failed push {checkout}");
        }
        let sales = i64::try_from(diary.sales.len()).unwrap();
        let failures = i64::try_from(diary.failures.len()).unwrap();
        assert_eq!(self.facts.count("SELECT count(*) FROM grants"), sales);
        assert_eq!(self.facts.count("SELECT count(*) FROM payments"), sales + failures);
        let processed = "SELECT count(*) FROM events WHERE name = 'payment.processed'";
        assert_eq!(self.facts.count(processed), sales, "one event for each sale");
    }

    fn jobs(&self) {
        let running = "SELECT count(*) FROM jobs WHERE state = 'running'";
        assert_eq!(self.facts.count(running), 0);
        let owed = self.facts.owed();
        assert!(owed.is_empty(), "{owed:#?}");
        let failed =
            "SELECT kind, why, error FROM failed_jobs WHERE kind <> 'send_credentials_sms'";
        let failed = self.facts.list(failed);
        assert!(failed.is_empty(), "{failed:#?}");
    }

    /// Usernames with their purchases' seconds in all, and how many purchases: of those that are
    /// good at one router, or anywhere.
    fn expected_users(&self, router: Option<usize>) -> BTreeMap<&str, (usize, u64, u64)> {
        let mut users = BTreeMap::new();
        let is_good = |it: &&Sale| router.is_none() || it.router.is_none() || it.router == router;
        for sale in self.diary.sales.iter().filter(is_good) {
            let user = users.entry(sale.username.as_str()).or_insert((sale.package, 0, 0));
            user.1 += PACKAGES[sale.package].2.unsigned_abs();
            user.2 += 1;
        }
        users
    }

    fn users(&self, nth: usize) {
        let (router, expected) = (&self.kiosk.routers[nth], self.expected_users(Some(nth)));
        let users = router.users();
        let names: Vec<&str> = users.iter().map(|it| it.name.as_str()).collect();
        let distinct: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(names.len(), distinct.len(), "a user is there twice");
        assert_eq!(distinct, expected.keys().copied().collect(), "users of {}", router.address());
        let rates: BTreeMap<_, _> =
            router.profiles().into_iter().map(|it| (it.name, it.rate_limit)).collect();
        for user in &users {
            let (package, seconds, purchases) = expected[user.name.as_str()];
            self.limits(user, seconds, purchases);
            assert_eq!(rates[&user.profile], PACKAGES[package].3, "{user:?}");
        }
    }

    /// What was bought is there, less what may have run off since. A second is given away, for
    /// routers count whole ones.
    fn limits(&self, user: &HotspotUser, seconds: u64, purchases: u64) {
        let limit = user.limit_uptime.expect("time is always limited").as_secs();
        let least = seconds.saturating_sub(self.elapsed.as_secs() + 1);
        assert!((least..=seconds + 1).contains(&limit), "bought {seconds} s: {user:?}");
        assert!(user.comment.ends_with(&format!(" rev={purchases}")), "{user:?}");
        assert!(!user.is_disabled);
        let known = self.facts.count_with(
            "SELECT count(*) FROM subscriptions
             WHERE username = ?1 AND password = ?2 AND seconds = ?3 AND revision = ?4",
            (&user.name, &user.password, seconds.cast_signed(), purchases.cast_signed()),
        );
        assert_eq!(known, 1, "{user:?}");
    }

    /// FreeRADIUS would let in the same people with the same passwords.
    fn radius(&self) {
        let sql = "SELECT username FROM radcheck WHERE attribute = 'Cleartext-Password'
                   ORDER BY username";
        let users: Vec<String> = self.facts.rows(sql, |row| row.get(0));
        assert_eq!(users, self.expected_users(None).into_keys().collect::<Vec<_>>());
    }

    /// At most one SMS a purchase. Where the box believes in one there is one, and where it does
    /// not it says why.
    fn messages(&self) {
        let mut sent: BTreeMap<String, usize> = BTreeMap::new();
        for request in self.kiosk.sms.messages() {
            let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            *sent.entry(body["ref"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        let twice: Vec<_> = sent.iter().filter(|(_, count)| **count != 1).collect();
        assert!(twice.is_empty(), "said more than once: {twice:?}");

        let sql = "SELECT payments.receipt, payments.id, deliveries.state, deliveries.error,
                          (SELECT max(payment_id) FROM grants AS other
                           WHERE other.subscription_id = grants.subscription_id)
                   FROM payments JOIN grants ON payment_id = payments.id
                   JOIN deliveries ON deliveries.subscription_id = grants.subscription_id
                                  AND target = 'sms:' || payments.id";
        type Row = (String, i64, String, Option<String>, i64);
        let rows: Vec<Row> = self.facts.rows(sql, |row| row.try_into());
        assert_eq!(rows.len(), self.diary.sales.len(), "each purchase has its SMS");
        let sales: BTreeMap<_, _> =
            self.diary.sales.iter().map(|it| (it.receipt.as_str(), it)).collect();
        for (receipt, id, state, error, latest) in rows {
            // One SMS speaks for all purchases that are owed one, in the name of the last.
            let is_sent = [id, latest].iter().any(|it| sent.contains_key(&format!("mlango-{it}")));
            match (state.as_str(), error) {
                ("verified", _) => assert!(is_sent, "{receipt} was told nothing"),
                ("failed", Some(why)) if !sales[receipt.as_str()].has_phone => {
                    assert_eq!(why, "no phone");
                }
                ("failed", Some(why)) => assert!(!why.is_empty()),
                other => panic!("the SMS of {receipt} is {other:?}"),
            }
        }
    }
}
