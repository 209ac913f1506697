//! Where the engine and its model must agree.

use super::model_store::{Job, Kind, lines};
use super::simulation::World;
use super::{KINDS, Limited, Parking, Plain, invariants};
use mlango::job::Job as _;
use mlango::store::outbox::NewJob;
use rusqlite::OptionalExtension as _;

impl World {
    /// The same job for the engine.
    pub(super) fn new_job(&self, job: &Job) -> NewJob {
        let Plain { diary, name, steps, .. } = self.bench.plain(&job.name, &[]);
        let (serial, unique) = (job.serial.clone(), job.unique.clone());
        let new = match job.kind {
            Kind::Plain => Plain { diary, name, steps, serial, unique }.to_new_job(),
            Kind::Limited => Limited { diary, name, steps, serial, unique }.to_new_job(),
            Kind::Parking => Parking { diary, name, steps, serial, unique }.to_new_job(),
        };
        let chain = job.chain.iter().map(|it| self.new_job(it)).collect();
        NewJob { priority: job.priority, chain, ..new.unwrap() }
    }

    pub(super) fn compare(&mut self, seed: u64, is_checked: bool) {
        self.learn_jitter();
        let real = self.bench.store.read(|conn| Ok(lines(conn)?)).unwrap();
        let expected = self.model.lines();
        if real != expected {
            let only = |a: &[String], b: &[String]| -> Vec<String> {
                a.iter().filter(|it| !b.contains(it)).cloned().collect()
            };
            let (engine, model) = (only(&real, &expected), only(&expected, &real));
            panic!("seed {seed}: engine {engine:#?}, model {model:#?}, after {:#?}", self.told);
        }
        if is_checked {
            let (boot, settings) = (self.boot_id(), self.bench.engine.settings());
            let broken =
                self.bench.store.read(|conn| Ok(invariants::broken(conn, &boot, KINDS, &settings)));
            let broken = broken.unwrap();
            assert!(broken.is_empty(), "seed {seed}: {broken:#?}, after {:#?}", self.told);
        }
    }

    /// A pause may be ten per cent off; which it is, the engine decides.
    fn learn_jitter(&mut self) {
        let now = self.model.now;
        for job in self.model.jobs.iter_mut().filter(|it| it.is_jittered) {
            let sql = "SELECT run_at_engine_ms FROM jobs WHERE args ->> 'name' = ?1";
            let run_at = self.bench.store.read(|conn| {
                let mut statement = conn.prepare_cached(sql)?;
                let row = statement.query_row([&job.name], |row| row.get::<_, i64>(0));
                Ok(row.optional()?)
            });
            let Some(run_at) = run_at.unwrap() else { continue };
            let (pause, real) = (job.run_at - now, run_at - now);
            if 9 * pause <= 10 * real && 10 * real <= 11 * pause {
                (job.run_at, job.is_jittered) = (run_at, false);
            }
        }
    }
}
