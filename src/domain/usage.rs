//! Bytes used, from counters that begin again when they please.

/// A counter as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Which count it is: of a hotspot user the purchase that its limits are for, since a renewal
    /// has the counter begin again.
    pub count: u32,
    pub bytes: i64,
}

/// How many bytes were used between two readings of one counter.
///
/// A counter that shows less than before began again meanwhile: the router was reset, or went back
/// to what it had last saved. What it shows is then all that is known to be new. If it has passed
/// the old figure by then that cannot be told, and what is counted is too little, never too much.
pub fn used_since(last: Option<Reading>, now: Reading) -> i64 {
    let all = now.bytes.max(0);
    match last {
        Some(last) if now.count < last.count => 0, // Of a purchase that was counted to its end.
        Some(last) if now.count == last.count && last.bytes <= now.bytes => {
            all - last.bytes.max(0).min(all)
        }
        _ => all,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(count: u32, bytes: i64) -> Reading {
        Reading { count, bytes }
    }

    #[test]
    fn only_what_is_new_is_counted() {
        let check = |last: Option<Reading>, now: Reading, used: i64| {
            assert_eq!(used_since(last, now), used, "{last:?} {now:?}");
        };
        check(None, read(1, 0), 0);
        check(None, read(1, 700), 700);
        check(Some(read(1, 700)), read(1, 700), 0);
        check(Some(read(1, 700)), read(1, 1000), 300);
        check(Some(read(1, 700)), read(1, 0), 0);
        check(Some(read(1, 700)), read(1, 50), 50);
        check(Some(read(1, 700)), read(2, 900), 900);
        check(Some(read(2, 900)), read(1, 5000), 0);
        check(Some(read(1, 700)), read(1, -5), 0);
        check(Some(read(1, -5)), read(1, 700), 700);
        check(Some(read(1, i64::MIN)), read(1, i64::MAX), i64::MAX);
        check(Some(read(1, i64::MAX)), read(2, i64::MAX), i64::MAX);
    }

    /// Whatever a router does to its counter, as long as somebody looks in between: nothing is
    /// counted twice and nothing is lost.
    #[test]
    fn all_looks_together_count_what_was_used() {
        let (mut seed, mut truth, mut counted) = (7u64, 0, 0);
        let (mut counter, mut last) = (read(1, 0), None);
        for _ in 0..10_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let more = i64::try_from(seed >> 44).unwrap();
            match (seed >> 33) % 9 {
                0 => counter.bytes = 0,                    // It rebooted.
                1 => counter = read(counter.count + 1, 0), // Its limits were renewed.
                _ => {
                    counter.bytes += more;
                    truth += more;
                }
            }
            counted += used_since(last, counter);
            last = Some(counter);
        }
        assert_eq!(counted, truth);
    }
}
