//! Takes away all that lets a customer's devices in on a router, and says who was online.

use super::hotspot_user::{MENU, by_name, is_own};
use super::read_active::{ActiveSession, ReadActive};
use crate::domain::customer::Username;
use crate::domain::mac::Mac;
use crate::routeros::{Console, Operation, RouterError, Script, Value};
use std::collections::BTreeSet;

/// Goes in the order in which nothing lets a device back in (MikroTik manual, ip/hotspot): the
/// user, so that no login works; cookies, which log in without one; sessions; then what the router
/// remembers of the devices. Read back, and fine to repeat. A user of this name that the operator
/// made is left alone, with its sessions.
#[derive(Clone, Debug)]
pub struct PutOut {
    pub user: Username,
    pub row: UserRow,
}

/// What becomes of the user itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserRow {
    Goes,
    /// Devices may log in again, with name and password.
    Stays,
}

/// So many devices are spoken of in one line: it must not grow too long.
const DEVICES_AT_ONCE: usize = 10;
const COOKIES: &str = "/ip hotspot cookie find";
const SESSIONS: &str = "/ip hotspot active find";

impl Operation for PutOut {
    /// The sessions that were ended.
    type Answer = Vec<ActiveSession>;

    fn run(&self, console: &Console<'_>) -> Result<Vec<ActiveSession>, RouterError> {
        let active = ReadActive { user: Some(self.user.clone()) };
        let tables = console.tables(&[by_name(&self.user), active.read()])?;
        let mut same = tables[0].iter().filter(|row| row.is("name", self.user.as_str()));
        if same.any(|row| !is_own(row)) {
            return Ok(Vec::new());
        }
        let online = active.sessions(&tables[1])?;
        match self.take_away(console) {
            Err(RouterError::NotFound(_)) => self.take_away(console)?, // It went by itself.
            result => result?,
        }
        let devices: BTreeSet<String> =
            online.iter().filter_map(|it| Some(it.mac.parse::<Mac>().ok()?.to_string())).collect();
        let devices: Vec<String> = devices.into_iter().collect();
        for devices in devices.chunks(DEVICES_AT_ONCE) {
            match forget_devices(console, devices) {
                Ok(()) | Err(RouterError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(online)
    }
}

impl PutOut {
    fn take_away(&self, console: &Console<'_>) -> Result<(), RouterError> {
        let mut script = Script::default();
        if self.row == UserRow::Goes {
            script = self.own(script.command("/ip hotspot user remove [")).glue("]");
        }
        script = self.of_user(script.command("/ip hotspot cookie remove ["), COOKIES).glue("]");
        script = self.of_user(script.command("/ip hotspot active remove ["), SESSIONS).glue("]");
        // What is left is counted in the same breath.
        script = self.own(script.command(":put [:len [")).glue("]]");
        script = self.of_user(script.command(":put [:len ["), COOKIES).glue("]]");
        script = self.of_user(script.command(":put [:len ["), SESSIONS).glue("]]");
        let said = console.say(script)?;
        let counts: Vec<Option<u32>> = said.lines().map(|it| it.trim().parse().ok()).collect();
        let [Some(users), Some(cookies), Some(sessions)] = counts[..] else {
            return Err(RouterError::Garbled(format!("{said:?} stands where counts belong")));
        };
        let users = if self.row == UserRow::Goes { users } else { 0 };
        for (count, menu) in
            [(users, MENU), (cookies, "/ip hotspot cookie"), (sessions, "/ip hotspot active")]
        {
            if 0 < count {
                let text = format!("the user was put out and is still in {menu}");
                return Err(RouterError::Garbled(text));
            }
        }
        Ok(())
    }

    /// Finds our user.
    fn own(&self, script: Script) -> Script {
        let name = [("name", self.user.as_str().into())];
        script.glue("/ip hotspot user find").matching(&name).glue(" and comment~\"^mlango \"")
    }

    /// Finds, by a `find` of cookies or sessions, those of the user.
    fn of_user(&self, script: Script, find: &'static str) -> Script {
        script.glue(find).matching(&[("user", self.user.as_str().into())])
    }
}

/// Has the router look at these devices as at new ones, and no longer let them pass unasked. One
/// that has logged in as somebody else meanwhile is left alone.
fn forget_devices(console: &Console<'_>, macs: &[String]) -> Result<(), RouterError> {
    let mut script = Script::default();
    for mac in macs {
        let device: [(&str, Value<'_>); 1] = [("mac-address", mac.into())];
        script = script
            .command(":if ([:len [/ip hotspot active find")
            .matching(&device)
            .glue("]]=0) do={/ip hotspot host remove [/ip hotspot host find")
            .matching(&device)
            .glue("]}")
            .command("/ip hotspot ip-binding remove [/ip hotspot ip-binding find")
            .matching(&device)
            .glue(" and comment~\"^mlango \"]");
    }
    console.say(script).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routeros::played::{Answer, Fields, Played};

    const FOUND: &str = "/ip hotspot active print detail as-value where user=\"k7m2p9\"";
    const OURS: Fields = &[(".id", "*1C"), ("name", "k7m2p9"), ("comment", "mlango sub=67 rev=1")];
    const THEIRS: Fields = &[(".id", "*1C"), ("name", "k7m2p9"), ("comment", "the boss")];
    const ONLINE: Fields =
        &[(".id", "*A"), ("user", "k7m2p9"), ("mac-address", "AA:BB:CC:00:11:22")];
    const ALL: &str = "/ip hotspot user remove [/ip hotspot user find where name=\"k7m2p9\" and \
                       comment~\"^mlango \"]; /ip hotspot cookie remove [/ip hotspot cookie find \
                       where user=\"k7m2p9\"]; /ip hotspot active remove [/ip hotspot active find \
                       where user=\"k7m2p9\"]; :put";
    const NO_ROW: &str = "/ip hotspot cookie remove [";
    const HOST: &str = "/ip hotspot active find where mac-address=\"AA:BB:CC:00:11:22\"]]=0) \
                        do={/ip hotspot host remove [/ip hotspot host find where \
                        mac-address=\"AA:BB:CC:00:11:22\"]}";

    fn put_out(row: UserRow, scenes: Vec<(&'static str, Answer)>) -> Result<usize, RouterError> {
        let op = PutOut { user: "k7m2p9".parse().unwrap(), row };
        Played::new(scenes).perform(&op).map(|it| it.len())
    }

    /// The first answer of all.
    fn found(users: &[Fields], online: &[Fields]) -> (&'static str, Answer) {
        (FOUND, Answer::Tables(vec![users.to_vec(), online.to_vec()]))
    }

    #[test]
    fn nothing_is_left_that_lets_in() {
        let scenes = vec![
            found(&[OURS], &[ONLINE]),
            (ALL, Answer::Sealed("0\r\n0\r\n0")),
            (HOST, Answer::Sealed("")),
        ];
        assert_eq!(put_out(UserRow::Goes, scenes), Ok(1));
        let scenes = vec![
            found(&[], &[]),
            (ALL, Answer::Text("no such item (4)\n")),
            (ALL, Answer::Sealed("0\n0\n0")),
        ];
        assert_eq!(put_out(UserRow::Goes, scenes), Ok(0), "cookies alone may be there");
    }

    #[test]
    fn the_row_of_whoever_may_come_back_stays() {
        let before = |left| vec![found(&[OURS], &[]), (NO_ROW, left)];
        assert_eq!(put_out(UserRow::Stays, before(Answer::Sealed("1\n0\n0"))), Ok(0));
        let left = put_out(UserRow::Goes, before(Answer::Sealed("1\n0\n0")));
        assert!(matches!(left, Err(RouterError::Garbled(text)) if text.contains(MENU)));
    }

    #[test]
    fn what_stays_or_cannot_be_counted_is_no_success() {
        for said in ["0\n1\n0", "0\n0\n1", "0\n0", "", "0\n0\nx"] {
            let scenes = vec![found(&[], &[]), (ALL, Answer::Sealed(said))];
            let result = put_out(UserRow::Goes, scenes);
            assert!(matches!(result, Err(RouterError::Garbled(_))), "{said:?}");
        }
    }

    #[test]
    fn the_operators_own_user_stays_online() {
        assert_eq!(put_out(UserRow::Goes, vec![found(&[THEIRS], &[ONLINE])]), Ok(0));
    }
}
