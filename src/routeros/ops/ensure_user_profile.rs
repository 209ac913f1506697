//! Makes a hotspot user profile exist with a package's speed and number of devices.

use super::{Change, Ensured};
use crate::domain::package::Rate;
use crate::routeros::{Console, ItemId, Operation, Read, RouterError, Row, Script};

/// How names of our profiles begin. Others belong to the operator.
const OURS: &str = "mlango-";

/// Reads, compares, writes what differs, and reads back. What a profile holds besides, such as its
/// timeouts, is left as the operator has it. Sessions take a change at their next login.
#[derive(Clone, Debug)]
pub struct EnsureUserProfile {
    /// Begins with `mlango-`.
    pub name: String,
    /// `None` is without limit.
    pub rate: Option<Rate>,
    /// Devices online at once.
    pub shared_users: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserProfile {
    pub id: ItemId,
    pub name: String,
    /// As the router writes it; empty without limit.
    pub rate_limit: String,
    /// `None` is without limit.
    pub shared_users: Option<i64>,
}

impl Operation for EnsureUserProfile {
    type Answer = Ensured<UserProfile>;

    fn run(&self, console: &Console<'_>) -> Result<Ensured<UserProfile>, RouterError> {
        self.check()?;
        let rows = console.rows(&self.read())?;
        self.settle(console, &rows)
    }
}

impl EnsureUserProfile {
    pub(super) fn check(&self) -> Result<(), RouterError> {
        match self.name.starts_with(OURS) {
            true => Ok(()),
            false => Err(RouterError::Conflict(format!(
                "user profile {} is not ours to change",
                self.name
            ))),
        }
    }

    pub(super) fn read(&self) -> Read {
        Read::matching("/ip hotspot user profile", "name", &self.name)
    }

    /// Makes the profile as wanted, given what [`EnsureUserProfile::read`] found.
    pub(super) fn settle(
        &self,
        console: &Console<'_>,
        standing: &[Row],
    ) -> Result<Ensured<UserProfile>, RouterError> {
        let (script, change) = match self.find(standing)? {
            Some(row) if self.is_as_wanted(&row) => {
                return Ok(Ensured { row, change: Change::None, before: None });
            }
            Some(row) => {
                let set = Script::default().command("/ip hotspot user profile set").id(&row.id);
                (set, Change::Updated)
            }
            None => {
                let add = Script::default().command("/ip hotspot user profile add");
                (add.arg("name", &self.name), Change::Created)
            }
        };
        let rows = console.read_after(self.settings(script), &self.read())?;
        match self.find(&rows)? {
            Some(row) if self.is_as_wanted(&row) => Ok(Ensured { row, change, before: None }),
            other => Err(RouterError::Garbled(format!(
                "user profile {} reads back otherwise: {other:?}",
                self.name
            ))),
        }
    }

    fn settings(&self, script: Script) -> Script {
        let rate = self.rate.map(|it| it.to_string()).unwrap_or_default();
        script.arg("rate-limit", &rate).arg("shared-users", i64::from(self.shared_users))
    }

    fn find(&self, rows: &[Row]) -> Result<Option<UserProfile>, RouterError> {
        rows.iter().find(|row| row.is("name", &self.name)).map(UserProfile::read).transpose()
    }

    fn is_as_wanted(&self, profile: &UserProfile) -> bool {
        let rate = Some(&profile.rate_limit).filter(|it| !it.is_empty());
        let is_same_rate = match (rate, self.rate) {
            (None, None) => true,
            (Some(text), Some(wanted)) => text.parse() == Ok(wanted),
            _ => false,
        };
        is_same_rate && profile.shared_users == Some(i64::from(self.shared_users))
    }
}

impl UserProfile {
    fn read(row: &Row) -> Result<UserProfile, RouterError> {
        let shared_users = match row.text("shared-users") {
            None => Some(1), // what RouterOS assumes
            Some(_) => row.size_limit("shared-users")?,
        };
        Ok(UserProfile {
            id: row.id()?,
            name: row.text("name").unwrap_or_default(),
            rate_limit: row.text("rate-limit").unwrap_or_default(),
            shared_users,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routeros::played::{Answer, Fields, Played};

    const READ: &str = "/ip hotspot user profile print detail as-value where name=\"mlango-day\"";

    fn ensure(scenes: Vec<(&'static str, Answer)>) -> Result<Change, RouterError> {
        let name = "mlango-day".to_owned();
        let op = EnsureUserProfile { name, rate: "2M/5M".parse().ok(), shared_users: 2 };
        Played::new(scenes).perform(&op).map(|it| it.change)
    }

    #[test]
    fn only_what_differs_is_written() {
        const SAME: Fields = &[
            (".id", "*3"),
            ("name", "mlango-day"),
            ("rate-limit", "2000k/5M"),
            ("shared-users", "2"),
        ];
        const OTHER: Fields = &[(".id", "*3"), ("name", "mlango-day"), ("rate-limit", "")];
        const LONGER: Fields = &[(".id", "*4"), ("name", "mlango-day-2")];
        let rows = |all: &[Fields]| Answer::Rows(all.to_vec());
        assert_eq!(ensure(vec![(READ, rows(&[SAME]))]), Ok(Change::None));
        let set = "profile set *3 rate-limit=\"2M/5M\" shared-users=2";
        assert_eq!(ensure(vec![(READ, rows(&[OTHER])), (set, rows(&[SAME]))]), Ok(Change::Updated));
        let add = "profile add name=\"mlango-day\" rate-limit=\"2M/5M\" shared-users=2";
        assert_eq!(
            ensure(vec![(READ, rows(&[LONGER])), (add, rows(&[LONGER, SAME]))]),
            Ok(Change::Created)
        );
        let result = ensure(vec![(READ, rows(&[OTHER])), (set, rows(&[OTHER]))]);
        assert!(matches!(result, Err(RouterError::Garbled(_))));
    }
}
