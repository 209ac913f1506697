//! What may be called written: SQLite is told so before each transaction.

use super::{Bench, Step};
use mlango::store::Tx;

/// 1 is NORMAL, which a power cut may undo; 2 is FULL, which waits for the disk.
fn synchronous(tx: &Tx<'_>) -> mlango::store::Result<i64> {
    Ok(tx.query_row("PRAGMA synchronous", [], |row| row.get(0))?)
}

#[test]
fn a_durable_write_waits_for_the_disk_whatever_came_before() {
    let bench = Bench::start();
    for _ in 0..2 {
        assert_eq!(bench.store.write(synchronous).unwrap(), 2);
        assert_eq!(bench.store.write_relaxed(synchronous).unwrap(), 1);
    }
    bench.add(&bench.plain("a", &[Step::Succeed]));
    bench.settle();
    assert_eq!(bench.store.write(synchronous).unwrap(), 2);
    let others = bench
        .store
        .read(|conn| Ok(conn.query_row("PRAGMA query_only", [], |row| row.get::<_, i64>(0))?));
    assert_eq!(others.unwrap(), 1, "nothing is written past the writer");
}
