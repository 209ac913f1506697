//! `GET /metrics`: what the status page shows, as figures for Prometheus. The names follow its
//! conventions: base units, the unit last.

use super::exposition::{Exposition, Kind};
use super::{Doors, HttpError, Reply, Request, caller, status};
use crate::domain::router::RouterState;
use crate::domain::time::Timestamp;
use crate::view::status::RouterStatus;
use crate::view::{Process, QueueStatus, Status};
use Kind::{Counter, Gauge};

pub(super) fn get(doors: &Doors, request: &Request) -> Result<Reply, HttpError> {
    caller::of(doors, request)?;
    let text = write(&status::read(doors)?, Process::now());
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    Ok(Reply { content_type, ..Reply::text(200, text) })
}

fn write(status: &Status, process: Option<Process>) -> String {
    let mut to = Exposition::default();
    box_itself(&mut to, status);
    money(&mut to, status);
    routers(&mut to, &status.routers);
    queues(&mut to, &status.queues);
    work_done(&mut to, &status.queues);
    disk(&mut to, status);
    if let Some(process) = process {
        memory(&mut to, process);
    }
    to.into_string()
}

fn box_itself(to: &mut Exposition, status: &Status) {
    to.family(Gauge, "mlango_build_info", "Which version runs; always 1.")
        .sample(&[("version", status.version)], 1);
    let started_at = status.started_at.map(seconds);
    to.figure(Gauge, "process_start_time_seconds", "When it started, since 1970.", started_at);
    let is_trusted = Some(i32::from(status.clock.trusted));
    to.figure(Gauge, "mlango_clock_trusted", "Whether the wall clock is believed.", is_trusted);
    let mut issues = to.family(Gauge, "mlango_issue", "What needs the operator; always 1.");
    for (nth, issue) in status.issues.iter().enumerate() {
        let is_first = !status.issues[..nth].iter().any(|it| it.code == issue.code);
        if is_first {
            let labels = [("code", issue.code.as_str()), ("severity", issue.severity.as_str())];
            issues.sample(&labels, 1);
        }
    }
}

fn money(to: &mut Exposition, status: &Status) {
    let payments = &status.payments;
    let today = &payments.today;
    let name = "mlango_payments_today";
    to.figure(Gauge, name, "Payments received since midnight in Nairobi.", Some(today.count));
    let name = "mlango_received_today_shillings";
    to.figure(Gauge, name, "Money received since then.", Some(today.amount_cents));
    let name = "mlango_payments_unfulfilled";
    to.figure(Gauge, name, "Paid for and not let in.", Some(payments.unfulfilled));
    to.figure(Gauge, "mlango_payments_held", "Held for the operator.", Some(payments.held));
    let last_at = payments.last_at.map(seconds);
    let name = "mlango_last_payment_timestamp_seconds";
    to.figure(Gauge, name, "When money last came in, since 1970.", last_at);
    let subscriptions = &status.subscriptions;
    let active = Some(subscriptions.active);
    to.figure(Gauge, "mlango_subscriptions_active", "Customers with access.", active);
    let ending = Some(subscriptions.expiring_next_hour);
    let name = "mlango_subscriptions_expiring_next_hour";
    to.figure(Gauge, name, "Those whose access ends within the hour.", ending);
    let online = Some(status.sessions.online);
    to.figure(Gauge, "mlango_sessions_online", "Devices online.", online);
    let mut sms = to.family(Gauge, "mlango_sms_today", "SMS since midnight in Nairobi.");
    sms.sample(&[("outcome", "sent")], status.sms.sent_today);
    sms.sample(&[("outcome", "failed")], status.sms.failed_today);
}

fn routers(to: &mut Exposition, routers: &[RouterStatus]) {
    let mut figure = |name, help, of: fn(&RouterStatus) -> Option<f64>| {
        let mut family = to.family(Gauge, name, help);
        for router in routers {
            if let Some(value) = of(router) {
                family.sample(&[("router", router.name.as_str())], value);
            }
        }
    };
    figure("mlango_router_up", "Whether the router answers as it should.", |it| {
        Some(f64::from(u8::from(it.state == RouterState::Up)))
    });
    let name = "mlango_router_last_seen_timestamp_seconds";
    figure(name, "When it last answered, since 1970.", |it| it.seen_at.map(seconds));
    figure("mlango_router_cpu_load_ratio", "How busy its processor is.", |it| {
        it.cpu_load.map(|percent| f64::from(percent) / 100.0)
    });
    figure("mlango_router_free_memory_bytes", "Its free memory.", |it| {
        it.free_memory.map(|bytes| bytes as f64)
    });
    let name = "mlango_router_sessions_online";
    figure(name, "Devices online there.", |it| Some(it.active_users as f64));
    let name = "mlango_router_parked_purchases";
    figure(name, "Purchases that wait for it.", |it| Some(it.parked as f64));
}

fn queues(to: &mut Exposition, queues: &[QueueStatus]) {
    let mut jobs = to.family(Gauge, "mlango_queue_jobs", "Jobs in the queue, by their state.");
    for queue in queues {
        for (state, count) in [
            ("ready", queue.ready),
            ("delayed", queue.delayed),
            ("waiting", queue.waiting),
            ("running", queue.running),
            ("failed", queue.failed),
        ] {
            jobs.sample(&[("queue", queue.name.as_str()), ("state", state)], count);
        }
    }
    let mut figure = |name, help, of: fn(&QueueStatus) -> Option<f64>| {
        let mut family = to.family(Gauge, name, help);
        for queue in queues {
            if let Some(value) = of(queue) {
                family.sample(&[("queue", queue.name.as_str())], value);
            }
        }
    };
    figure("mlango_queue_workers", "Workers of the queue.", |it| Some(it.workers as f64));
    let name = "mlango_queue_workers_busy";
    figure(name, "Workers with a job in hand.", |it| Some(it.busy as f64));
    figure("mlango_queue_paused", "Whether an operator has paused it.", |it| {
        Some(f64::from(u8::from(it.paused)))
    });
    let name = "mlango_queue_oldest_ready_seconds";
    figure(name, "How long its oldest ready job has been due.", |it| {
        it.oldest_ready_seconds.map(|it| it as f64)
    });
}

fn work_done(to: &mut Exposition, queues: &[QueueStatus]) {
    let name = "mlango_queue_runs_last_hour";
    let mut runs = to.family(Gauge, name, "Runs that ended within the hour, by how.");
    for queue in queues {
        let name = queue.name.as_str();
        runs.sample(&[("queue", name), ("outcome", "done")], queue.done_last_hour);
        runs.sample(&[("queue", name), ("outcome", "failed")], queue.failed_last_hour);
    }
    let mut figure = |name, help, of: fn(&QueueStatus) -> Option<i64>| {
        let mut family = to.family(Gauge, name, help);
        for queue in queues {
            if let Some(ms) = of(queue) {
                family.sample(&[("queue", queue.name.as_str())], ms as f64 / 1000.0);
            }
        }
    };
    let name = "mlango_queue_run_average_seconds";
    figure(name, "How long runs took within the hour.", |it| it.avg_ms);
    let name = "mlango_queue_run_p95_seconds";
    figure(name, "How long all but the slowest twentieth took.", |it| it.p95_ms);
}

fn disk(to: &mut Exposition, status: &Status) {
    let database = status.database;
    to.figure(Gauge, "mlango_database_bytes", "The database file.", Some(database.bytes));
    let name = "mlango_database_wal_bytes";
    to.figure(Gauge, name, "Its write-ahead log.", Some(database.wal_bytes));
    let name = "mlango_database_free_bytes";
    to.figure(Gauge, name, "Room within the file.", Some(database.free_bytes));
    let free = status.disk.map(|it| it.free_bytes);
    to.figure(Gauge, "mlango_disk_free_bytes", "Room for more on its disk.", free);
    let total = status.disk.map(|it| it.total_bytes);
    to.figure(Gauge, "mlango_disk_size_bytes", "The disk it is on.", total);
    let last_at = status.backup.last_at.map(seconds);
    let name = "mlango_last_backup_timestamp_seconds";
    to.figure(Gauge, name, "When it was last backed up, since 1970.", last_at);
}

/// By the names that every exporter has for them.
fn memory(to: &mut Exposition, process: Process) {
    let name = "process_resident_memory_bytes";
    to.figure(Gauge, name, "Memory of the program.", Some(process.resident_bytes));
    let name = "process_cpu_seconds_total";
    to.figure(Counter, name, "Processor time it took.", Some(process.cpu_seconds));
    to.figure(Gauge, "process_open_fds", "Files it has open.", Some(process.open_files));
}

fn seconds(at: Timestamp) -> f64 {
    at.0 as f64 / 1000.0
}
