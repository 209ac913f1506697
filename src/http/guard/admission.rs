//! Who may hold a connection. When there are too many, the newest gets the place of the one that
//! has been busy with its own request the longest: a stranger who dribbles keeps nobody out.

use super::limits::Limits;
use crate::domain::address::AddressList;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::task::AbortHandle;

/// Whom a connection counts with. Neither class can take the other's places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// From an address that the door is for, such as the forwarder's.
    Expected,
    Stranger,
}

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Stage {
    /// No whole head has come: nothing is owed.
    Waiting,
    /// A request is being read or a reply written: we wait for the peer.
    Talking,
    /// We owe an answer: such a connection is never cut for another.
    Served,
}

struct Connection {
    address: IpAddr,
    class: Class,
    stage: Arc<AtomicU8>,
    task: Option<AbortHandle>,
}

impl Connection {
    fn is(&self, stage: Stage) -> bool {
        self.stage.load(Ordering::Relaxed) == stage as u8
    }
}

pub(super) struct Admission {
    limits: Limits,
    expected: AddressList,
    connections: Mutex<BTreeMap<u64, Connection>>,
    next: AtomicU64,
    is_closing: AtomicBool,
    left: Notify,
    memory_of_expected: Semaphore,
    memory_of_strangers: Semaphore,
}

/// A connection's place, for as long as it lives.
pub(super) struct Place {
    admission: Arc<Admission>,
    id: u64,
    pub(super) class: Class,
    stage: Arc<AtomicU8>,
}

impl Admission {
    pub(super) fn new(limits: Limits, expected: AddressList) -> Admission {
        let memory = limits.memory_bytes / 2;
        Admission {
            limits,
            expected,
            connections: Mutex::default(),
            next: AtomicU64::default(),
            is_closing: AtomicBool::default(),
            left: Notify::new(),
            memory_of_expected: Semaphore::new(memory),
            memory_of_strangers: Semaphore::new(memory),
        }
    }

    /// A place for one more connection, if need be that of another. None if all are served.
    pub(super) fn admit(self: &Arc<Admission>, address: IpAddr) -> Option<Place> {
        let is_expected = self.expected.contains(address);
        let class = if is_expected { Class::Expected } else { Class::Stranger };
        let mut connections = self.connections();
        self.make_room(&mut connections, class, address)?;

        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let stage = Arc::new(AtomicU8::new(Stage::Waiting as u8));
        let connection = Connection { address, class, stage: stage.clone(), task: None };
        connections.insert(id, connection);
        Some(Place { admission: self.clone(), id, class, stage })
    }

    fn make_room(
        &self,
        connections: &mut BTreeMap<u64, Connection>,
        class: Class,
        address: IpAddr,
    ) -> Option<()> {
        let kept = self.limits.connections / 4;
        let (most, most_here) = match class {
            Class::Expected => (kept, kept),
            Class::Stranger => {
                (self.limits.connections - kept, self.limits.connections_per_address)
            }
        };
        let (mut all, mut here) = (0, 0);
        let (mut oldest, mut oldest_here) = (None, None);
        for (id, it) in connections.iter().filter(|it| it.1.class == class) {
            let can_go = (!it.is(Stage::Served)).then_some(*id);
            all += 1;
            oldest = oldest.or(can_go);
            if it.address == address {
                here += 1;
                oldest_here = oldest_here.or(can_go);
            }
        }
        let victim = match () {
            () if most_here <= here => oldest_here?,
            () if most <= all => oldest?,
            () => return Some(()),
        };
        if let Some(task) = connections.remove(&victim).and_then(|it| it.task) {
            task.abort();
        }
        Some(())
    }

    /// Says which task holds a place, so that it can be cut.
    pub(super) fn held_by(&self, id: u64, task: AbortHandle) {
        match self.connections().get_mut(&id) {
            Some(connection) => connection.task = Some(task),
            None => task.abort(), // its place went to another, or it has ended
        }
    }

    /// Memory for a long body or reply, if there is some left.
    pub(super) fn memory(&self, class: Class, bytes: usize) -> Option<SemaphorePermit<'_>> {
        let memory = match class {
            Class::Expected => &self.memory_of_expected,
            Class::Stranger => &self.memory_of_strangers,
        };
        memory.try_acquire_many(u32::try_from(bytes).ok()?).ok()
    }

    pub(super) fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Relaxed)
    }

    /// Cuts who has asked for nothing, and waits for the others, but not longer than `limit`.
    pub(super) async fn drain(&self, limit: Duration) {
        self.is_closing.store(true, Ordering::Relaxed);
        self.cut(|it| it.is(Stage::Waiting));
        if tokio::time::timeout(limit, self.emptied()).await.is_err() {
            log::warn!("{} connections were cut at the stop", self.connections().len());
            self.cut(|_| true);
        }
    }

    fn cut(&self, which: impl Fn(&Connection) -> bool) {
        for connection in self.connections().values().filter(|it| which(it)) {
            if let Some(task) = &connection.task {
                task.abort();
            }
        }
    }

    async fn emptied(&self) {
        loop {
            let left = self.left.notified(); // asked for before looking: no leaving is missed
            if self.connections().is_empty() {
                return;
            }
            left.await;
        }
    }

    fn connections(&self) -> MutexGuard<'_, BTreeMap<u64, Connection>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn is_now(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.admission.connections().remove(&self.id);
        self.admission.left.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eight places, two of them kept for 127.0.0.1, and three an address for strangers.
    fn admission() -> Arc<Admission> {
        let limits =
            Limits { connections: 8, connections_per_address: 3, ..Limits::for_strangers(1024) };
        Arc::new(Admission::new(limits, "127.0.0.1".parse().unwrap()))
    }

    fn admit(admission: &Arc<Admission>, address: &str) -> Option<Place> {
        admission.admit(address.parse().unwrap())
    }

    fn is_in(admission: &Admission, place: &Place) -> bool {
        admission.connections().contains_key(&place.id)
    }

    #[test]
    fn strangers_never_take_the_place_of_whom_the_door_is_for() {
        let admission = admission();
        let forwarder = admit(&admission, "127.0.0.1").unwrap();
        let strangers: Vec<_> =
            (1..=100).map(|it| admit(&admission, &format!("10.0.0.{it}")).unwrap()).collect();
        assert!(is_in(&admission, &forwarder));
        let kept = strangers.iter().filter(|it| is_in(&admission, it)).count();
        assert_eq!(kept, 6);
        assert!(is_in(&admission, &strangers[99]), "the newest is in");
    }

    #[test]
    fn an_address_only_takes_places_from_itself_once_it_has_its_share() {
        let admission = admission();
        let other = admit(&admission, "10.0.0.2").unwrap();
        let greedy: Vec<_> = (0..20).map(|_| admit(&admission, "10.0.0.1").unwrap()).collect();
        assert!(is_in(&admission, &other));
        assert_eq!(greedy.iter().filter(|it| is_in(&admission, it)).count(), 3);
    }

    #[test]
    fn who_is_owed_an_answer_is_never_cut_for_another() {
        let admission = admission();
        let served: Vec<_> = (1..=6)
            .map(|it| {
                let place = admit(&admission, &format!("10.0.0.{it}")).unwrap();
                place.is_now(Stage::Served);
                place
            })
            .collect();
        assert!(admit(&admission, "10.0.0.9").is_none());
        assert!(served.iter().all(|it| is_in(&admission, it)));
        served[3].is_now(Stage::Talking);
        assert!(admit(&admission, "10.0.0.9").is_some());
        assert!(!is_in(&admission, &served[3]));
    }

    #[test]
    fn a_place_comes_back_when_its_connection_ends() {
        let admission = admission();
        for _ in 0..50 {
            let place = admit(&admission, "10.0.0.1").unwrap();
            place.is_now(Stage::Served);
        }
        assert!(admission.connections().is_empty());
    }

    #[test]
    fn memory_is_bounded_for_each_class() {
        let limits = Limits { memory_bytes: 2000, ..Limits::for_strangers(1024) };
        let admission = Admission::new(limits, AddressList::default());
        let held = admission.memory(Class::Stranger, 900);
        assert!(held.is_some() && admission.memory(Class::Stranger, 200).is_none());
        assert!(admission.memory(Class::Expected, 200).is_some());
        drop(held);
        assert!(admission.memory(Class::Stranger, 200).is_some());
    }
}
