//! How many jobs waited for a worker, minute by minute, read from when each run fell due and was
//! taken up: nobody had to count at the time.

use crate::domain::queue::Queue;
use crate::domain::time::{Now, Timestamp};
use crate::store::{Result, history, live_jobs};
use rusqlite::Connection;

pub const MINUTES: usize = 60;
const MINUTE_MS: i64 = 60_000;

/// The most that were due at once in each minute of the last hour, the oldest first.
pub fn last_hour(conn: &Connection, now: Now) -> Result<[i64; MINUTES]> {
    let span = MINUTE_MS * i64::try_from(MINUTES).unwrap_or(0);
    let since = Timestamp(now.wall.0 - span);
    let mut changes = Vec::new();
    for &queue in Queue::ALL {
        for (due, taken) in history::waits(conn, queue, since)? {
            changes.push((due.0 - since.0, 1));
            changes.push((taken.0 - since.0, -1));
        }
        for (ago_ms, count) in live_jobs::due_by_minute(conn, queue, now.engine)? {
            changes.push((span - ago_ms, count));
        }
    }
    Ok(most_in_each(changes))
}

/// The highest that a count came to in each minute, from its changes at some milliseconds.
fn most_in_each(mut changes: Vec<(i64, i64)>) -> [i64; MINUTES] {
    changes.sort_unstable(); // At one moment those that leave come first.
    let mut most = [0; MINUTES];
    let (mut depth, mut next) = (0, changes.into_iter().peekable());
    for (minute, most) in (1..).zip(&mut most) {
        // What was there when the minute began, once all that left before it have.
        while next.peek().is_some_and(|it| it.0 < (minute - 1) * MINUTE_MS) {
            depth += next.next().map_or(0, |it| it.1);
        }
        *most = depth;
        while let Some((_, change)) = next.next_if(|it| it.0 < minute * MINUTE_MS) {
            depth += change;
            *most = depth.max(*most);
        }
    }
    most
}

#[test]
fn each_minute_shows_its_highest() {
    let most = most_in_each(vec![
        (-5_000, 1),
        (30_000, -1),
        (61_000, 1),
        (62_000, 1),
        (63_000, -1),
        (3_599_000, 4),
    ]);
    assert_eq!(most[..4], [1, 2, 1, 1]);
    assert_eq!((most[58], most[59]), (1, 5));
    assert_eq!(most_in_each(vec![(0, 1), (5, -1), (5, 1), (9, -1)])[0], 1, "one after another");
}
