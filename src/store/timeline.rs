//! All that happened to one payment, in order.

use super::Result;
use crate::domain::ids::{PaymentId, SubscriptionId};
use crate::domain::time::Timestamp;
use rusqlite::Connection;

/// One thing that happened.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Moment {
    pub at: Timestamp,
    pub what: String,
    pub detail: String,
}

/// The callbacks that told of a payment, the runs of the jobs that served it and what it bought,
/// its SMS, and what operators did, the oldest first.
pub fn of_payment(
    conn: &Connection,
    payment_id: PaymentId,
    subscription_id: Option<SubscriptionId>,
) -> Result<Vec<Moment>> {
    let mut statement = conn.prepare_cached(
        "SELECT received_at_ms AS at, 'callback received' AS what,
                format('%s%s: %s', door, iif(is_signed, ', signed', ''),
                       coalesce(reason, 'not understood yet')) AS detail
         FROM callbacks WHERE payment_id = ?1
         UNION ALL
         SELECT ended_at_ms, format('%s %s', kind, outcome),
                format('run %d, waited %d ms, took %d ms%s', run, wait_ms, run_ms,
                       coalesce(': ' || error, ''))
         FROM job_history
         WHERE about IN (SELECT 'callback:' || id FROM callbacks WHERE payment_id = ?1)
            OR about = 'subscription:' || ?2 OR about = 'payment:' || ?1
         UNION ALL
         SELECT created_at_ms, format('%s %s', kind, state), coalesce(last_error, '')
         FROM jobs
         WHERE about IN (SELECT 'callback:' || id FROM callbacks WHERE payment_id = ?1)
            OR about = 'subscription:' || ?2 OR about = 'payment:' || ?1
         UNION ALL
         SELECT failed_at_ms, kind || ' given up', error
         FROM failed_jobs
         WHERE about IN (SELECT 'callback:' || id FROM callbacks WHERE payment_id = ?1)
            OR about = 'subscription:' || ?2 OR about = 'payment:' || ?1
         UNION ALL
         SELECT granted_at_ms, 'bought', packages.name
         FROM grants JOIN subscriptions ON subscriptions.id = subscription_id
                     JOIN packages ON packages.id = package_id
         WHERE payment_id = ?1
         UNION ALL
         SELECT at_ms,
                iif(target = 'sms:' || ?1, 'SMS with the credentials ', 'SMS asking for patience ')
                  || iif(state = 'verified', 'sent', state),
                coalesce(error, '')
         FROM deliveries
         WHERE subscription_id = ?2 AND target IN ('sms:' || ?1, 'sms-waiting:' || ?1)
           AND at_ms IS NOT NULL
         UNION ALL
         SELECT at_ms, format('%s by %s', what, who), detail
         FROM audit WHERE about = 'payment:' || ?1
         ORDER BY at",
    )?;
    let rows = statement.query_map((payment_id, subscription_id), |row| {
        Ok(Moment { at: row.get(0)?, what: row.get(1)?, detail: row.get(2)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
