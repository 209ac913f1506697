//! Plans, carried out on a model of a router and made again.

use super::*;
use std::time::Duration;

/// A number below `limit` (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (it ^ (it >> 31)) % limit
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }
}

fn name(number: u64) -> Username {
    format!("hs_{number}").parse().unwrap()
}

fn id(number: u64) -> SubscriptionId {
    SubscriptionId(i64::try_from(number).unwrap())
}

fn entitled(number: u64, dice: &mut Dice) -> Entitled {
    let bytes = dice.one_in(2).then(|| i64::try_from(1 + dice.below(1 << 32)).unwrap());
    let time = Duration::from_secs(1 + dice.below(86_400));
    let left = Left { time, time_bought: time + Duration::from_secs(dice.below(86_400)), bytes };
    let wanted = Wanted {
        password: Secret::new(format!("pass{number}")),
        profile: format!("mlango-open-x{}", 1 + dice.below(2)),
        mark: format!("mlango sub={number} rev=1"),
        left,
    };
    let user = (!dice.one_in(5)).then_some(wanted);
    Entitled { subscription_id: id(number), username: name(number), user }
}

/// A row as `provision_user` leaves it on an empty router.
fn as_wanted(entitled: &Entitled, wanted: &Wanted) -> UserThere {
    UserThere {
        username: entitled.username.clone(),
        subscription_id: entitled.subscription_id,
        mark: wanted.mark.clone(),
        profile: wanted.profile.clone(),
        password: Some(wanted.password.clone()),
        is_disabled: Some(false),
        meter: Meter {
            limit_time: Some(wanted.left.time),
            time: Some(Duration::ZERO),
            limit_bytes: wanted.left.bytes,
            bytes: Some(0),
        },
    }
}

/// Does to a row what routers, operators and time do.
fn spoil(user: &mut UserThere, dice: &mut Dice) {
    let seconds = Duration::from_secs(dice.below(100_000));
    let bytes = i64::try_from(dice.below(1 << 33)).unwrap();
    match dice.below(10) {
        0 => user.mark = "mlango sub=1 rev=9".to_owned(),
        1 => user.profile = "default".to_owned(),
        2 => user.is_disabled = Some(true),
        3 => user.password = Some(Secret::new("another")),
        4 => user.meter.limit_time = None,
        5 => user.meter.limit_time = Some(seconds),
        6 => user.meter.time = Some(seconds),
        7 => user.meter.limit_bytes = Some(bytes),
        8 => user.meter.bytes = Some(bytes),
        _ => {}
    }
}

fn world(dice: &mut Dice) -> (Vec<Entitled>, Actual) {
    let mut desired = Vec::new();
    let mut actual = Actual::default();
    for number in 1..=1 + dice.below(12) {
        let entitled = entitled(number, dice);
        let row = entitled.user.as_ref().map(|wanted| as_wanted(&entitled, wanted));
        if let Some(mut row) = row.filter(|_| !dice.one_in(4)) {
            spoil(&mut row, dice);
            actual.users.push(row);
        }
        if dice.one_in(2) {
            actual.present.push((name(number), id(number)));
        }
        if !dice.one_in(3) {
            desired.push(entitled);
        }
    }
    (desired, actual)
}

/// Carries a change out as its job does.
fn apply(change: &Change, desired: &[Entitled], actual: &mut Actual) {
    let is_it = |it: &UserThere| it.username == change.username;
    let entitled = desired.iter().find(|it| it.username == change.username);
    match (change.what, entitled.and_then(|it| Some((it, it.user.as_ref()?)))) {
        (What::Provision, Some((entitled, wanted))) => {
            let before = actual.users.iter().position(is_it).map(|at| actual.users.remove(at));
            let mut row = as_wanted(entitled, wanted);
            if let Some(before) = before.filter(|it| it.mark == wanted.mark) {
                let (limit_time, limit_bytes) = before.meter.limits(&wanted.left);
                row.meter = Meter { limit_time, limit_bytes, ..before.meter };
            }
            actual.users.push(row);
        }
        (What::Provision, None) => actual.users.retain(|it| !is_it(it)),
        (What::Disconnect, _) => {
            assert!(entitled.is_none(), "{change:?}");
            actual.users.retain(|it| !is_it(it));
            actual.present.retain(|it| it.0 != change.username);
        }
    }
}

#[test]
fn a_plan_that_was_carried_out_leaves_nothing_to_do() {
    let mut made = 0;
    for seed in 0..5_000 {
        let (desired, mut actual) = world(&mut Dice(seed));
        let changes = plan(&desired, &actual);
        made += changes.len();
        let first_removal = changes.iter().position(|it| it.what == What::Disconnect);
        let last_added = changes.iter().rposition(|it| it.what == What::Provision);
        assert!(first_removal.is_none_or(|it| last_added.is_none_or(|last| last < it)));
        for change in &changes {
            apply(change, &desired, &mut actual);
        }
        assert_eq!(plan(&desired, &actual), [], "seed {seed}: {changes:#?}");
        let wanted = desired.iter().filter(|it| it.user.is_some()).count();
        assert_eq!(actual.users.len(), wanted, "seed {seed}");
    }
    assert!(10_000 < made, "only {made} changes were tried");
}

#[test]
fn few_are_removed_unasked_and_a_quarter_at_most() {
    let check = |over: u64, entitled_to_it: u64, expected: bool| {
        let dice = &mut Dice(1);
        let present = (0..over + entitled_to_it).map(|it| (name(it), id(it))).collect();
        let actual = Actual { users: Vec::new(), present };
        let desired: Vec<Entitled> = (over..over + entitled_to_it)
            .map(|it| Entitled { user: None, ..entitled(it, dice) })
            .collect();
        let changes = plan(&desired, &actual);
        assert_eq!(is_too_much(&changes, &actual), expected, "{over} of {entitled_to_it} more");
    };
    check(4, 0, false);
    check(5, 0, true);
    check(5, 14, true);
    check(5, 15, false);
    check(25, 76, false);
}
