//! What an operator looks at every few seconds must not read tables that only ever grow.

use rusqlite::Connection;

const READS: [&str; 4] = [
    include_str!("statistics.rs"),
    include_str!("timeline.rs"),
    include_str!("sessions.rs"),
    include_str!("live_jobs.rs"),
];

/// Each a few rows, whatever the size of its table: what is live, open or online.
const SMALL_INDEXES: [&str; 5] = [
    "subscriptions_username",
    "subscriptions_ends",
    "callbacks_open",
    "sessions_online",
    "jobs_running",
];

const TABLES: [&str; 9] = [
    "payments",
    "callbacks",
    "subscriptions",
    "grants",
    "deliveries",
    "sessions",
    "jobs",
    "job_history",
    "failed_jobs",
];

/// The statements of a source file: its string literals that begin like one.
fn statements(source: &str) -> impl Iterator<Item = &str> {
    let literals = source.split('"').skip(1).step_by(2);
    literals.filter(|it| it.starts_with("SELECT") || it.starts_with("WITH"))
}

#[test]
fn no_statistic_reads_a_whole_table() {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(include_str!("../../schema.sql")).unwrap();
    let (mut seen, mut whole) = (0, Vec::new());
    for sql in READS.into_iter().flat_map(statements) {
        let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut steps = statement.raw_query();
        while let Some(step) = steps.next().unwrap() {
            let step: String = step.get("detail").unwrap();
            let mut words = step.split(' ');
            seen += 1;
            let is_scan = words.next() == Some("SCAN");
            let index = step.split_once("INDEX ").map(|it| it.1);
            let aliases = ["mine", "before", "other"];
            let is_table =
                words.next().is_some_and(|it| TABLES.contains(&it) || aliases.contains(&it));
            if is_scan && is_table && !index.is_some_and(|it| SMALL_INDEXES.contains(&it)) {
                whole.push(format!("{step} for {sql}"));
            }
        }
    }
    assert!(30 < seen, "only {seen} steps were looked at");
    assert!(whole.is_empty(), "{whole:#?}");
}
