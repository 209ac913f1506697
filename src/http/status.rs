//! `GET /api/status`: the whole box as JSON.

use super::health::Condition;
use super::{Doors, HttpError, Reply, Request, callbacks, caller};
use crate::domain::queue::{Queue, Queues};
use crate::view::{self, Disk, Status, Surroundings};

pub(super) fn get(doors: &Doors, request: &Request) -> Result<Reply, HttpError> {
    caller::of(doors, request)?;
    Reply::json(200, &read(doors)?)
}

pub(super) fn read(doors: &Doors) -> Result<Status, HttpError> {
    let disk = Disk::of(&doors.config.data_dir);
    let store = match doors.health.get() {
        Condition::Disk => Condition::Ok, // There is room again, unless the disk says otherwise.
        other => other,
    };
    doors.watch_disk(disk, store);
    let stale_callback = callbacks::last_stale();
    let started_at = Some(doors.started_at);
    let now = doors.store.now();
    if doors.live.look(now) {
        // Faster, while somebody looks.
        doors.store.ring(Queues::default().with(Queue::RouterData));
    }
    let routers = doors.live.figures(now);
    let around = Surroundings { started_at, disk, busy: None, stale_callback, routers };
    Ok(view::status(&doors.store, &doors.config, &around)?)
}
