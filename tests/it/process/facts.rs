//! What is in the database, read beside the program.

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, Params, Row};
use std::path::Path;
use std::time::Duration;

pub(super) struct Facts(Connection);

impl Facts {
    pub(super) fn open(path: &Path) -> Facts {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags).unwrap();
        conn.busy_timeout(Duration::from_secs(10)).unwrap();
        conn.execute_batch("PRAGMA query_only = ON").unwrap();
        Facts(conn)
    }

    pub(super) fn rows<T>(
        &self,
        sql: &str,
        of: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Vec<T> {
        let mut statement = self.0.prepare(sql).unwrap();
        statement.query_map([], of).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    pub(super) fn count(&self, sql: &str) -> i64 {
        self.count_with(sql, [])
    }

    pub(super) fn count_with(&self, sql: &str, params: impl Params) -> i64 {
        self.0.query_row(sql, params, |row| row.get(0)).unwrap()
    }

    /// Rows of a query as text, for a test to compare with none or to show.
    pub(super) fn list(&self, sql: &str) -> Vec<String> {
        self.rows(sql, |row| {
            let columns = row.as_ref().column_count();
            let values: Result<Vec<Value>, _> = (0..columns).map(|at| row.get(at)).collect();
            Ok(format!("{:?}", values?))
        })
    }

    /// Jobs that money waits for. A word of patience that is due later and finds nothing to say
    /// is not among them.
    pub(super) fn owed(&self) -> Vec<String> {
        self.list(
            "SELECT kind, state, args, failures, crashes, last_error FROM jobs
             WHERE kind IN ('process_payment', 'provision_user')
                OR (kind = 'send_credentials_sms' AND (state <> 'ready' OR EXISTS (
                     SELECT 1 FROM deliveries
                     WHERE subscription_id = args ->> 'subscription_id'
                       AND target LIKE 'sms:%' AND deliveries.state = 'queued')))",
        )
    }
}
