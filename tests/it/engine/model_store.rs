//! The rows of the reference model, and how each is written down for comparison with the tables.

use mlango::domain::queue::Queue;
use rusqlite::Connection;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plain,
    Parking,
    Limited,
}

impl Kind {
    pub fn queue(self) -> Queue {
        match self {
            Kind::Plain | Kind::Limited => Queue::Default,
            Kind::Parking => Queue::Provisioning,
        }
    }

    pub fn tries(self) -> u32 {
        if self == Kind::Parking { 5 } else { 3 }
    }

    pub fn pause_after(self, failures: u32) -> i64 {
        let pauses: &[i64] =
            if self == Kind::Parking { &[5, 15, 30, 60, 120] } else { &[10, 30, 60] };
        pauses[usize::try_from(failures).unwrap().min(pauses.len()) - 1] * 1_000
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Ready,
    Running,
    Waiting,
}

#[derive(Clone, Debug)]
pub struct Job {
    pub name: String,
    pub kind: Kind,
    pub serial: Option<String>,
    pub unique: Option<String>,
    pub chain: Vec<Job>,
    pub batch: Option<usize>,
    pub priority: u8,
    pub state: State,
    /// The order in which ids are given.
    pub born: u64,
    pub run_at: i64,
    /// Whether `run_at` is only known to within ten per cent.
    pub is_jittered: bool,
    pub runs: u32,
    pub failures: u32,
    pub exceptions: u32,
    pub snoozes: u32,
    pub crashes: u32,
    pub power_cuts: u32,
}

impl Job {
    pub fn new(name: &str, kind: Kind) -> Job {
        Job {
            name: name.to_owned(),
            kind,
            serial: None,
            unique: None,
            chain: Vec::new(),
            batch: None,
            priority: 3,
            state: State::Ready,
            born: 0,
            run_at: 0,
            is_jittered: false,
            runs: 0,
            failures: 0,
            exceptions: 0,
            snoozes: 0,
            crashes: 0,
            power_cuts: 0,
        }
    }

    /// What two live jobs may not have in common.
    pub fn twin(&self) -> (u8, Option<&String>) {
        (self.kind as u8, self.unique.as_ref())
    }

    /// Whether a batch counts it, or others come after it.
    pub fn leads_on(&self) -> bool {
        self.batch.is_some() || !self.chain.is_empty()
    }

    pub fn rest(&mut self, run_at: i64) {
        (self.state, self.run_at) = (State::Ready, run_at);
    }

    /// As an operator's retry leaves it: its failures are forgiven, its number of runs stays.
    pub fn afresh(self, run_at: i64) -> Job {
        let Job { serial, unique, chain, batch, priority, born, runs, .. } = self;
        let new = Job::new(&self.name, self.kind);
        Job { serial, unique, chain, batch, priority, born, runs, run_at, ..new }
    }

    fn line(&self) -> String {
        let Job { name, state, run_at, runs, failures, exceptions, snoozes, .. } = self;
        let (crashes, power_cuts, links) = (self.crashes, self.power_cuts, self.chain.len());
        let batch = self.batch.map_or(0, |it| it + 1);
        let state = format!("{state:?}").to_lowercase();
        format!(
            "{name} {state} at={run_at} runs={runs} {failures}/{exceptions}/{snoozes} \
             {crashes}/{power_cuts} batch={batch} links={links}"
        )
    }
}

#[derive(Clone, Debug)]
pub struct Failed {
    pub job: Job,
    pub why: &'static str,
    pub forgotten: Option<i64>,
}

#[derive(Clone, Debug)]
pub struct Batch {
    pub total: u32,
    pub pending: u32,
    pub failed: u32,
    pub then: Option<Job>,
    pub catch: Option<Job>,
    pub finally: Option<Job>,
}

impl super::model::Model {
    /// Everything there is, a line each.
    pub fn lines(&self) -> Vec<String> {
        let jobs = self.jobs.iter().map(Job::line);
        let failed = self.failed.iter().map(|it| {
            let is_gone = i32::from(it.forgotten.is_some());
            format!("{} failed {} runs={} gone={is_gone}", it.job.name, it.why, it.job.runs)
        });
        let batches = self.batches.iter().map(|it| {
            let Batch { total, pending, failed, .. } = it;
            let owed = [&it.then, &it.catch, &it.finally].map(|it| u8::from(it.is_some()));
            format!("batch {pending}+{failed} of {total} owes {owed:?}")
        });
        let done = std::iter::once(format!("done {}", self.done));
        let mut lines: Vec<_> = jobs.chain(failed).chain(batches).chain(done).collect();
        lines.sort();
        lines
    }
}

/// The same of the tables.
pub fn lines(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT printf('%s %s at=%d runs=%d %d/%d/%d %d/%d batch=%d links=%d',
                      args ->> 'name', state, run_at_engine_ms, runs, failures, exceptions, snoozes,
                      crashes, power_cuts, coalesce(batch_id, 0),
                      coalesce(json_array_length(chain), 0)) AS line FROM jobs
               UNION ALL
               SELECT printf('%s failed %s runs=%d gone=%d', args ->> 'name', why, runs,
                      forgotten_at_ms IS NOT NULL) FROM failed_jobs
               UNION ALL
               SELECT printf('batch %d+%d of %d owes [%d, %d, %d]', pending, failed, total,
                      then_job IS NOT NULL, catch_job IS NOT NULL, finally_job IS NOT NULL)
               FROM job_batches
               UNION ALL SELECT printf('done %d', (SELECT count(*) FROM audit)) ORDER BY line";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    let mut lines = rows.collect::<rusqlite::Result<Vec<String>>>()?;
    lines.sort();
    Ok(lines)
}
