//! Owes recurring jobs when their time has come.

use super::Engine;
use crate::domain::schedule::{Look, Schedule};
use crate::domain::time::ASK_CLOCK_AGAIN;
use crate::store::outbox::{self, NewJob};
use crate::store::{self, Tx, schedules};
use std::time::Duration;

impl Engine {
    /// Owes the jobs of `schedules` that are due, and says when to call again, if ever. Nothing is
    /// written unless one is due, or was never seen before.
    pub fn owe_scheduled(&self, schedules: &[Schedule]) -> store::Result<Option<Duration>> {
        let mut nearest = None;
        for schedule in schedules {
            let mark = self.store.read(|conn| schedules::get(conn, schedule.name))?;
            let mut look = schedule.look(mark, self.store.now());
            if look.mark != mark {
                look = self.store.write(|tx| self.owe(tx, schedule))?;
            }
            let until_next = look.until_next.unwrap_or(ASK_CLOCK_AGAIN);
            nearest = Some(nearest.map_or(until_next, |it: Duration| it.min(until_next)));
        }
        Ok(nearest)
    }

    /// Its mark moves with the job into the table, so no time is served twice.
    fn owe(&self, tx: &Tx<'_>, schedule: &Schedule) -> store::Result<Look> {
        let look = schedule.look(schedules::get(tx, schedule.name)?, tx.now);
        schedules::put(tx, schedule.name, &look.mark, look.is_due.then_some(tx.now.wall))?;
        let kind = self.kinds.iter().find(|it| it.kind == schedule.kind);
        if let (true, Some(kind)) = (look.is_due, kind) {
            let job = (kind.check)("{}")?;
            // A slow job is not piled up.
            let unique_key = job.unique_key.or_else(|| Some(format!("schedule:{}", schedule.name)));
            outbox::insert(tx, &NewJob { unique_key, ..job })?;
        }
        Ok(look)
    }
}
