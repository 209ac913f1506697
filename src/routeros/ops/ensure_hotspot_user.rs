//! Makes one customer exist on a router with just these limits, whatever was there of ours.

use super::hotspot_user::{HotspotUser, MARK, MENU, by_name, read_own, sole_own};
use super::{Change, EnsureUserProfile, Ensured};
use crate::domain::customer::Username;
use crate::domain::meter::Left;
use crate::domain::secret::Secret;
use crate::routeros::{Console, Operation, RouterError, Script};
use std::time::Duration;

/// Reads, compares, writes what differs, and reads back. Running it twice is running it once, and
/// after a cut at any point running it again completes it.
///
/// The limits count over all sessions of a user. So when the mark changes, which means that this is
/// another purchase, the counters begin anew: first they are reset, then limits and mark are
/// written together. A cut in between leaves the old mark, and the next run resets again.
#[derive(Clone, Debug)]
pub struct EnsureHotspotUser {
    pub name: Username,
    pub password: Secret,
    /// Is made first: RouterOS would take another one whose name begins like this.
    pub profile: EnsureUserProfile,
    pub limit_uptime: Option<Duration>,
    pub limit_bytes_total: Option<i64>,
    /// All the time that was bought. A row that has this mark already keeps its limits as long as
    /// they grant what is left: they were set for this purchase, and its counters have gone on
    /// since. `None`: the limits are to be just these.
    pub time_bought: Option<Duration>,
    /// The comment: [`MARK`] and what tells this purchase from the next, as `mlango sub=67 rev=2`.
    pub mark: String,
}

impl Operation for EnsureHotspotUser {
    type Answer = Ensured<HotspotUser>;

    fn run(&self, console: &Console<'_>) -> Result<Ensured<HotspotUser>, RouterError> {
        self.check()?;
        let (profiles, standing) = read_own(console, &self.name, &[self.profile.read()])?;
        let wanted = match &standing {
            Some(row) if row.comment == self.mark => self.on_top_of(row),
            _ => self.clone(),
        };
        self.profile.settle(console, &profiles[0])?;
        match standing {
            Some(standing) => wanted.change(console, standing),
            None => wanted.add(console),
        }
    }
}

impl EnsureHotspotUser {
    /// RouterOS takes a limit of zero for none, and a row without our mark would never be ours.
    fn check(&self) -> Result<(), RouterError> {
        let has_time = self.limit_uptime.is_none_or(|it| 0 < it.as_secs());
        let has_bytes = self.limit_bytes_total.is_none_or(|it| 0 < it);
        let unsayable = |text: &str| Err(RouterError::Unsayable(text.to_owned()));
        if !has_time || !has_bytes {
            return unsayable("a limit of zero would be no limit at all");
        }
        if !self.mark.starts_with(MARK) {
            return unsayable("a hotspot user without our mark would not be ours");
        }
        self.profile.check()
    }

    /// With the limits that go with counters which have gone on.
    fn on_top_of(&self, row: &HotspotUser) -> EnsureHotspotUser {
        let Some((time, time_bought)) = self.limit_uptime.zip(self.time_bought) else {
            return self.clone();
        };
        let left = Left { time, time_bought, bytes: self.limit_bytes_total };
        let (limit_uptime, limit_bytes_total) = row.meter().limits(&left);
        EnsureHotspotUser { limit_uptime, limit_bytes_total, ..self.clone() }
    }

    fn add(&self, console: &Console<'_>) -> Result<Ensured<HotspotUser>, RouterError> {
        let add = Script::default().command("/ip hotspot user add").arg("name", self.name.as_str());
        let rows = match console.read_after(self.settings(add), &by_name(&self.name)) {
            // It is there after all: an earlier command of ours came through late.
            Err(RouterError::Conflict(text)) => {
                let (_, standing) = read_own(console, &self.name, &[])?;
                let standing = standing.ok_or(RouterError::Conflict(text))?;
                return self.change(console, standing);
            }
            result => result?,
        };
        let row = self.confirm(sole_own(&rows, &self.name)?)?;
        Ok(Ensured { row, change: Change::Created, before: None })
    }

    fn change(
        &self,
        console: &Console<'_>,
        mut standing: HotspotUser,
    ) -> Result<Ensured<HotspotUser>, RouterError> {
        let before = Some(standing.clone());
        if self.differences(&standing).is_empty() {
            return Ok(Ensured { row: standing, change: Change::None, before });
        }
        let is_new_purchase = standing.comment != self.mark;
        if is_new_purchase && standing.used() != (Duration::ZERO, 0) {
            standing = self.reset_counters(console, standing)?;
        }
        let set = Script::default().command("/ip hotspot user set").id(&standing.id);
        let rows = console.read_after(self.settings(set), &by_name(&self.name))?;
        let row = self.confirm(sole_own(&rows, &self.name)?)?;
        let change = if is_new_purchase { Change::Renewed } else { Change::Updated };
        Ok(Ensured { row, change, before })
    }

    fn reset_counters(
        &self,
        console: &Console<'_>,
        before: HotspotUser,
    ) -> Result<HotspotUser, RouterError> {
        let reset = Script::default().command("/ip hotspot user reset-counters").id(&before.id);
        let rows = console.read_after(reset, &by_name(&self.name))?;
        let after = sole_own(&rows, &self.name)?.ok_or_else(vanished)?;
        let ((time, bytes), (used_time, used_bytes)) = (after.used(), before.used());
        if time < used_time || bytes < used_bytes {
            return Ok(after);
        }
        let text = "counters of the user did not begin anew";
        Err(RouterError::Garbled(text.to_owned()))
    }

    /// All but the name, so that a row never has some of them from one purchase and some from
    /// another.
    fn settings(&self, script: Script) -> Script {
        script
            .glue(" server=all")
            .arg("password", self.password.expose())
            .arg("profile", &self.profile.name)
            .arg("limit-uptime", self.limit_uptime.unwrap_or_default())
            .arg("limit-bytes-total", self.limit_bytes_total.unwrap_or(0))
            .arg("comment", &self.mark)
            .glue(" disabled=no")
    }

    /// What of a row is not as it should be, for people.
    fn differences(&self, user: &HotspotUser) -> Vec<String> {
        let mut differences = Vec::new();
        let mut text = |what: &str, is: &str, wanted: &str| {
            if is != wanted {
                differences.push(format!("{what} is {is:?}, not {wanted:?}"));
            }
        };
        text("server", &user.server, "all");
        text("profile", &user.profile, &self.profile.name);
        text("comment", &user.comment, &self.mark);
        let wanted_uptime = self.limit_uptime.map(|it| it.as_secs());
        let uptime = user.limit_uptime.map(|it| it.as_secs());
        text("limit-uptime", &format!("{uptime:?}"), &format!("{wanted_uptime:?}"));
        let (bytes, wanted_bytes) = (user.limit_bytes_total, self.limit_bytes_total);
        text("limit-bytes-total", &format!("{bytes:?}"), &format!("{wanted_bytes:?}"));
        if user.is_disabled == Some(true) {
            differences.push("it is disabled".to_owned());
        }
        if user.password.as_ref().is_none_or(|it| !it.matches(self.password.expose())) {
            differences.push("password is another".to_owned());
        }
        differences
    }

    /// Takes what was read back for proof, or says what is wrong with it.
    fn confirm(&self, read: Option<HotspotUser>) -> Result<HotspotUser, RouterError> {
        let user = read.ok_or_else(vanished)?;
        let is_hidden = user.password.as_ref().is_none_or(|it| {
            it.expose().bytes().all(|byte| byte == b'*') && !it.matches(self.password.expose())
        });
        if is_hidden {
            let text = "passwords cannot be read back, policy `sensitive` is missing";
            return Err(RouterError::PermissionMissing(text.to_owned()));
        }
        match &self.differences(&user)[..] {
            [] => Ok(user),
            all => {
                let text = format!("the user reads back otherwise: {}", all.join(", "));
                Err(RouterError::Garbled(text))
            }
        }
    }
}

fn vanished() -> RouterError {
    RouterError::Garbled(format!("the user was written and is not in {MENU}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routeros::played::{Answer, Fields, Played};

    const NEW: Fields = &[
        (".id", "*1C"),
        ("name", "k7m2p9"),
        ("password", "w4t8"),
        ("profile", "mlango-day"),
        ("comment", "mlango sub=67 rev=2"),
        ("limit-uptime", "01:00:00"),
        ("uptime", "00:00:00"),
        ("disabled", "false"),
    ];
    const OLD: Fields = &[
        (".id", "*1C"),
        ("name", "k7m2p9"),
        ("password", "w4t8"),
        ("profile", "mlango-day"),
        ("comment", "mlango sub=67 rev=1"),
        ("limit-uptime", "01:00:00"),
        ("uptime", "12m44s"),
        ("disabled", "false"),
    ];
    const HIDDEN: Fields = &[(".id", "*1C"), ("name", "k7m2p9"), ("comment", "mlango x")];
    const PROFILE: Fields = &[(".id", "*3"), ("name", "mlango-day"), ("shared-users", "1")];
    const READ: &str = "do={:put \"R";

    fn ensure(scenes: Vec<(&'static str, Answer)>) -> Result<Change, RouterError> {
        let op = EnsureHotspotUser {
            name: "k7m2p9".parse().unwrap(),
            password: Secret::new("w4t8"),
            profile: EnsureUserProfile {
                name: "mlango-day".to_owned(),
                rate: None,
                shared_users: 1,
            },
            limit_uptime: Some(Duration::from_secs(3600)),
            limit_bytes_total: None,
            time_bought: None,
            mark: "mlango sub=67 rev=2".to_owned(),
        };
        Played::new(scenes).perform(&op).map(|it| it.change)
    }

    fn rows(all: &[Fields]) -> Answer {
        Answer::Rows(all.to_vec())
    }

    /// The first answer of all: profile, user, and the user once more if it is disabled.
    fn found(users: &[Fields]) -> (&'static str, Answer) {
        (READ, Answer::Tables(vec![vec![PROFILE], users.to_vec(), Vec::new()]))
    }

    #[test]
    fn a_user_that_came_meanwhile_is_taken_over() {
        let conflict = "failure: already have user with this name for this server\r\n";
        let scenes = vec![
            found(&[]),
            ("user add name=\"k7m2p9\" server=all password=\"w4t8\"", Answer::Text(conflict)),
            (READ, Answer::Tables(vec![vec![NEW], Vec::new()])),
        ];
        assert_eq!(ensure(scenes), Ok(Change::None));
    }

    #[test]
    fn limits_and_mark_are_written_together_after_the_reset() {
        let written = "limit-uptime=1h limit-bytes-total=0 comment=\"mlango sub\\3D67 rev\\3D2\"";
        let scenes = vec![
            found(&[OLD]),
            ("/ip hotspot user reset-counters *1C; :local n", {
                rows(&[&[(".id", "*1C"), ("name", "k7m2p9"), ("comment", "mlango ")]])
            }),
            (written, rows(&[NEW])),
        ];
        assert_eq!(ensure(scenes), Ok(Change::Renewed));
    }

    #[test]
    fn counters_that_stay_are_not_sold_as_new() {
        let scenes = vec![found(&[OLD]), ("reset-counters", rows(&[OLD]))];
        assert!(matches!(ensure(scenes), Err(RouterError::Garbled(_))));
    }

    #[test]
    fn what_reads_back_otherwise_is_no_success() {
        let made = |read_back: &[Fields]| ensure(vec![found(&[]), ("user add", rows(read_back))]);
        assert_eq!(made(&[NEW]), Ok(Change::Created));
        assert!(
            matches!(made(&[OLD]), Err(RouterError::Garbled(text)) if text.contains("comment"))
        );
        assert!(matches!(made(&[]), Err(RouterError::Garbled(_))));
        assert!(matches!(made(&[HIDDEN]), Err(RouterError::PermissionMissing(_))));
        assert!(matches!(made(&[NEW, NEW]), Err(RouterError::Conflict(_))));
    }

    #[test]
    fn a_limit_that_cannot_be_read_is_not_taken_for_none() {
        const ODD: Fields =
            &[(".id", "*1"), ("name", "k7m2p9"), ("comment", "mlango x"), ("limit-uptime", "1:0")];
        assert!(matches!(ensure(vec![found(&[ODD])]), Err(RouterError::Garbled(_))));
    }
}
