//! What must hold of the tables whenever nobody writes: after every step, stop, crash and cut.
//!
//! V4 (effects of at-most-once jobs) and V14 (no secret in clear) are matters of single jobs, and
//! tested with them. V9 (a due job and an idle worker meet) needs workers: `pool.rs`. V10
//! (calendars while the wall clock is not trusted) needs a wall clock: the tables keep engine time
//! alone. V11 (a fenced commit changes nothing) compares before and after: `simulation.rs`.
//! V13 (a durable commit survives torn writes) needs a disk that lies.

use mlango::engine::Settings;
use mlango::job::JobKind;
use rusqlite::Connection;

/// A rule, and a query for whatever breaks it.
struct Rule(&'static str, &'static str);

const RULES: &[Rule] = &[
    Rule(
        "V1: a callback nobody understood yet has no job, live or failed",
        "SELECT id FROM callbacks WHERE outcome IS NULL AND NOT EXISTS (
           SELECT 1 FROM jobs
           WHERE kind = 'process_payment' AND args ->> 'callback_id' = callbacks.id
           UNION ALL SELECT 1 FROM failed_jobs
           WHERE kind = 'process_payment' AND args ->> 'callback_id' = callbacks.id)",
    ),
    Rule(
        "V1: a callback says its money is in, and belongs to no payment",
        "SELECT id FROM callbacks WHERE outcome = 'success' AND payment_id IS NULL",
    ),
    Rule("V2: a job is live and failed at once", "SELECT id FROM jobs JOIN failed_jobs USING (id)"),
    Rule(
        "V2: a job that is done is there still, or is there again",
        "SELECT job_id FROM job_history WHERE outcome = 'done'
           AND (job_id IN (SELECT id FROM jobs) OR job_id IN (SELECT id FROM failed_jobs))",
    ),
    Rule(
        "V2: a job was done twice",
        "SELECT job_id FROM job_history WHERE outcome = 'done' GROUP BY job_id HAVING 1 < count(*)",
    ),
    Rule(
        "V2: one run ended twice",
        "SELECT job_id || ' run ' || run FROM job_history GROUP BY job_id, run HAVING 1 < count(*)",
    ),
    Rule(
        "V2: an id was given that the counter may give again",
        "SELECT id FROM jobs WHERE (SELECT seq FROM sqlite_sequence WHERE name = 'jobs') < id",
    ),
    Rule(
        "V3: a job runs for nobody, or rests with a worker",
        "SELECT id FROM jobs WHERE (state = 'running') <> (worker IS NOT NULL)
           OR (state = 'running') <> (started_engine_ms IS NOT NULL)",
    ),
    Rule(
        "V3: a job runs that began in another boot",
        "SELECT id || ' in ' || boot_id FROM jobs WHERE state = 'running' AND boot_id <> :boot_id",
    ),
    Rule(
        "V3: two jobs with one serial key run at the same time",
        "SELECT serial_key FROM jobs WHERE state = 'running' AND serial_key IS NOT NULL
         GROUP BY serial_key HAVING 1 < count(*)",
    ),
    Rule(
        "V5: a job has more errors than failures, or more endings than runs",
        "SELECT id FROM jobs WHERE failures < exceptions
           OR runs - (state = 'running') < failures + snoozes + power_cuts",
    ),
    Rule(
        "V5: a job that does not park goes on although its tries are spent",
        // A crash counts as a failure, but spends nothing: its own limit does.
        "SELECT jobs.id FROM jobs JOIN rules USING (kind) WHERE NOT parks
           AND (tries <= failures - crashes OR max_exceptions <= exceptions
                OR 3 <= crashes OR 10 <= power_cuts OR 1000 < snoozes)",
    ),
    Rule(
        "V5: a job waits that is not of a kind to park, or waits for something else",
        "SELECT jobs.id FROM jobs JOIN rules USING (kind) WHERE state = 'waiting'
           AND (NOT parks OR wait_on <> coalesce(serial_key, kind))",
    ),
    Rule(
        "V6: the jobs of a batch do not add up",
        "SELECT id || ': ' || pending || ' pending, ' || failed || ' failed of ' || total
         FROM job_batches
         WHERE pending <> (SELECT count(*) FROM jobs WHERE batch_id = job_batches.id)
            OR failed < (SELECT count(*) FROM failed_jobs WHERE batch_id = job_batches.id)
            OR total < pending + failed",
    ),
    Rule(
        "V6: a batch at its end still owes somebody something",
        "SELECT id FROM job_batches WHERE pending = 0 AND (ended_at_ms IS NULL
           OR finally_job IS NOT NULL OR (failed = 0 AND then_job IS NOT NULL))",
    ),
    Rule(
        "V6: a job of a batch failed, and nobody was told",
        "SELECT id FROM job_batches WHERE 0 < failed AND catch_job IS NOT NULL",
    ),
    Rule(
        "V7: what is to come after a job is not a list of jobs",
        "SELECT id FROM jobs WHERE chain IS NOT NULL
           AND (json_type(chain) <> 'array' OR json_array_length(chain) = 0)",
    ),
    Rule(
        "V8: two live jobs have one unique key",
        "SELECT kind || ' ' || unique_key FROM jobs WHERE unique_key IS NOT NULL
         GROUP BY kind, unique_key HAVING 1 < count(*)",
    ),
    Rule("V12: a row refers to one that is not there", "PRAGMA foreign_key_check"),
    Rule(
        "V12: the file is damaged",
        "SELECT quick_check FROM pragma_quick_check WHERE quick_check <> 'ok'",
    ),
];

/// The rules of kinds, as a table for the queries above.
fn rules_of(kinds: &[JobKind], settings: &Settings) -> String {
    let rows = kinds.iter().map(|it| {
        let queue = &settings[&it.queue];
        let tries = it.tries.unwrap_or(queue.tries);
        serde_json::json!([it.kind, it.parks, tries, queue.max_exceptions])
    });
    serde_json::Value::from(rows.collect::<Vec<_>>()).to_string()
}

/// What is broken, in words; nothing, if all holds. `boot_id` is that of whoever runs the jobs.
pub fn broken(
    conn: &Connection,
    boot_id: &str,
    kinds: &[JobKind],
    settings: &Settings,
) -> Vec<String> {
    let rules = rules_of(kinds, settings);
    let mut broken = Vec::new();
    for Rule(name, sql) in RULES {
        let sql = if sql.starts_with("PRAGMA") { (*sql).to_owned() } else { with_rules(sql) };
        let mut statement = conn.prepare_cached(&sql).unwrap();
        for (name, value) in [(":boot_id", boot_id), (":rules", &rules)] {
            if let Some(at) = statement.parameter_index(name).unwrap() {
                statement.raw_bind_parameter(at, value).unwrap();
            }
        }
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().unwrap() {
            let value: rusqlite::types::Value = row.get(0).unwrap();
            broken.push(format!("{name}: {value:?}"));
        }
    }
    broken
}

/// Fails, and says which, if a rule is broken.
pub fn check(conn: &Connection, boot_id: &str, kinds: &[JobKind], settings: &Settings) {
    let broken = broken(conn, boot_id, kinds, settings);
    assert!(broken.is_empty(), "{broken:#?}");
}

fn with_rules(sql: &str) -> String {
    if !sql.contains("rules") {
        return sql.to_owned();
    }
    format!(
        "WITH rules AS (SELECT value ->> 0 AS kind, value ->> 1 AS parks, value ->> 2 AS tries,
                               value ->> 3 AS max_exceptions FROM json_each(:rules)) {sql}"
    )
}

#[test]
fn a_broken_rule_is_seen() {
    let bench = super::Bench::start();
    bench.add(&bench.plain("a", &[super::Step::Succeed]));
    let seen = |sql: &str, rule: &str| {
        let undone = bench.store.write(|tx| {
            tx.execute_batch(sql)?;
            let broken = broken(tx, "boot-1", super::KINDS, &bench.engine.settings());
            assert!(broken.iter().any(|it| it.starts_with(rule)), "{rule} not in {broken:?}");
            Err::<(), _>(mlango::store::Error::Inconsistent("undone".to_owned()))
        });
        assert!(undone.is_err());
    };
    let history = "INSERT INTO job_history (job_id, queue, kind, run, outcome, wait_ms, run_ms,
                                            ended_at_ms) VALUES (1, 'default', 'plain', 1, 'done',
                                            0, 0, 0);";
    let running =
        "UPDATE jobs SET state = 'running', worker = 'w', started_engine_ms = 1, runs = 1,
                                   boot_id =";
    let batch = "INSERT INTO job_batches (name, total, pending, created_at_ms)";
    seen(
        "INSERT INTO callbacks (door, body, is_signed, received_at_ms, received_engine_ms)
         VALUES ('stk', '', 1, 0, 0)",
        "V1",
    );
    seen(
        "INSERT INTO failed_jobs (id, queue, kind, args, priority, runs, why, error, fingerprint,
                                  failed_at_ms, failed_engine_ms)
         SELECT id, queue, kind, args, priority, 1, 'error', '', '', 0, 0 FROM jobs",
        "V2: a job is live and failed",
    );
    seen(history, "V2: a job that is done");
    seen(&format!("{history}{history}"), "V2: a job was done twice");
    seen(&format!("{history}{history}"), "V2: one run ended twice");
    seen(&format!("{running} 'boot-0'"), "V3: a job runs that began in another boot");
    seen("UPDATE jobs SET failures = 1", "V5: a job has more errors");
    seen("UPDATE jobs SET failures = 3, runs = 3", "V5: a job that does not park");
    seen(&format!("{batch} VALUES ('b', 1, 1, 0)"), "V6: the jobs of a batch do not add up");
    seen(&format!("{batch} VALUES ('b', 1, 0, 0)"), "V6: a batch at its end");
    seen("UPDATE jobs SET chain = '{}'", "V7");
    let healthy =
        bench.store.read(|conn| Ok(broken(conn, "boot-1", super::KINDS, &bench.engine.settings())));
    assert_eq!(healthy.unwrap(), [""; 0]);
}
