//! Customers as a router keeps them: `/ip hotspot user`.

use crate::domain::customer::Username;
use crate::domain::ids::SubscriptionId;
use crate::domain::meter::Meter;
use crate::domain::secret::Secret;
use crate::routeros::{Console, ItemId, Read, RouterError, Row, redact};
use std::fmt;
use std::time::Duration;

/// How the comments of our users begin. Rows without it belong to the operator: hands off.
pub const MARK: &str = "mlango ";

pub(super) const MENU: &str = "/ip hotspot user";

#[derive(Clone, PartialEq, Eq)]
pub struct HotspotUser {
    pub id: ItemId,
    pub name: String,
    /// `None` if the router does not show it: our account lacks the policy `sensitive`.
    pub password: Option<Secret>,
    pub profile: String,
    /// `all`, or the one hotspot server the user may log in at.
    pub server: String,
    pub comment: String,
    /// Over all sessions since the counters began; `None` is without limit.
    pub limit_uptime: Option<Duration>,
    /// Up and down together, over all sessions; `None` is without limit.
    pub limit_bytes_total: Option<i64>,
    /// Counters; `None` if the router does not tell.
    pub uptime: Option<Duration>,
    pub bytes_in: Option<i64>,
    pub bytes_out: Option<i64>,
    /// `None` if the router does not tell, as versions before 7.20.
    pub is_disabled: Option<bool>,
}

impl HotspotUser {
    pub(super) fn read(row: &Row) -> Result<HotspotUser, RouterError> {
        let text = |key| row.text(key).unwrap_or_default();
        let server = row.text("server").filter(|it| !it.is_empty());
        Ok(HotspotUser {
            id: row.id()?,
            name: text("name"),
            password: row.text("password").map(Secret::new),
            profile: text("profile"),
            server: server.unwrap_or_else(|| "all".to_owned()),
            comment: text("comment"),
            limit_uptime: row.span_limit("limit-uptime")?,
            limit_bytes_total: row.size_limit("limit-bytes-total")?,
            uptime: row.span("uptime"),
            bytes_in: row.number("bytes-in"),
            bytes_out: row.number("bytes-out"),
            is_disabled: row.flag("disabled"),
        })
    }

    /// Whether the row was made by us and may be changed.
    pub fn is_ours(&self) -> bool {
        self.comment.starts_with(MARK)
    }

    pub fn meter(&self) -> Meter {
        Meter {
            limit_time: self.limit_uptime,
            time: self.uptime,
            limit_bytes: self.limit_bytes_total,
            bytes: self.bytes_in.zip(self.bytes_out).map(|(up, down)| up.saturating_add(down)),
        }
    }

    /// Which subscription the row is for and at which of its purchases its counters began, as
    /// our mark says: `mlango sub=67 rev=2`.
    pub fn marked(&self) -> Option<(SubscriptionId, u32)> {
        let (id, revision) = self.comment.strip_prefix(MARK)?.split_once(' ')?;
        let id = id.strip_prefix("sub=")?.parse().ok()?;
        Some((id, revision.strip_prefix("rev=")?.parse().ok()?))
    }

    /// Up and down together since the counters began, if the router tells.
    pub fn bytes(&self) -> Option<i64> {
        self.bytes_in?.checked_add(self.bytes_out?)
    }

    /// What the counters hold: time, and bytes both ways.
    pub(super) fn used(&self) -> (Duration, i64) {
        let bytes = self.bytes_in.unwrap_or(0).saturating_add(self.bytes_out.unwrap_or(0));
        (self.uptime.unwrap_or_default(), bytes)
    }
}

impl fmt::Debug for HotspotUser {
    /// Names are made of phone numbers: only their end is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HotspotUser")
            .field("id", &self.id)
            .field("name", &redact(&self.name))
            .field("profile", &self.profile)
            .field("comment", &self.comment)
            .field("limit_uptime", &self.limit_uptime)
            .field("limit_bytes_total", &self.limit_bytes_total)
            .field("uptime", &self.uptime)
            .field("is_disabled", &self.is_disabled)
            .finish_non_exhaustive()
    }
}

/// Whether a row of the menu was made by us, whatever else it holds.
pub(super) fn is_own(row: &Row) -> bool {
    row.text("comment").is_some_and(|it| it.starts_with(MARK))
}

pub(super) fn by_name(name: &Username) -> Read {
    Read::matching(MENU, "name", name.as_str())
}

/// The one row of this name, if there is one and it is ours.
///
/// # Errors
/// `Conflict` if the operator has a user of this name, on whatever server, or if it is there
/// twice: the router would choose between them at each login.
pub(super) fn sole_own(rows: &[Row], name: &Username) -> Result<Option<HotspotUser>, RouterError> {
    let same = rows.iter().filter(|row| row.is("name", name.as_str()));
    let users = same.map(HotspotUser::read).collect::<Result<Vec<_>, _>>()?;
    let conflict = |text: String| Err(RouterError::Conflict(redact(&text)));
    if let Some(foreign) = users.iter().find(|user| !user.is_ours()) {
        let (name, comment) = (&foreign.name, &foreign.comment);
        return conflict(format!("hotspot user {name} is not ours (its comment is {comment:?})"));
    }
    match &users[..] {
        [] => Ok(None),
        [user] => Ok(Some(user.clone())),
        _ => conflict(format!("hotspot user {} is there more than once", name.as_str())),
    }
}

/// Reads our user of this name, and with the same command what `beside` asks for.
///
/// Versions before 7.20 leave out whether a row is disabled, so those that are disabled are asked
/// for besides. If a version does not know that way either, it stays unknown.
pub(super) fn read_own(
    console: &Console<'_>,
    name: &Username,
    beside: &[Read],
) -> Result<(Vec<Vec<Row>>, Option<HotspotUser>), RouterError> {
    let plain = [beside, &[by_name(name)]].concat();
    let full = [&plain[..], &[by_name(name).and("disabled=yes")]].concat();
    let (mut tables, disabled) = match console.tables(&full) {
        Ok(mut tables) => {
            let disabled = tables.pop();
            (tables, disabled)
        }
        Err(RouterError::Refused { .. }) => (console.tables(&plain)?, None),
        Err(error) => return Err(error),
    };
    let mut user = sole_own(&tables.pop().unwrap_or_default(), name)?;
    if let (Some(user), Some(disabled)) = (&mut user, disabled)
        && user.is_disabled.is_none()
    {
        user.is_disabled = Some(disabled.iter().any(|row| row.id().as_ref() == Ok(&user.id)));
    }
    Ok((tables, user))
}

#[cfg(test)]
mod tests {
    use super::super::ReadHotspotUser;
    use super::*;
    use crate::routeros::played::{Answer, Fields, Played};

    const OLD_VERSION: Fields = &[(".id", "*1"), ("name", "k7"), ("comment", "mlango x")];

    fn is_disabled(scenes: Vec<(&'static str, Answer)>) -> Result<Option<bool>, RouterError> {
        let user = Played::new(scenes).perform(&ReadHotspotUser { name: "k7".parse().unwrap() })?;
        let user = user.unwrap();
        assert_eq!((user.server.as_str(), user.limit_uptime, user.uptime), ("all", None, None));
        Ok(user.is_disabled)
    }

    #[test]
    fn old_versions_are_asked_in_two_ways_whether_a_user_is_disabled() {
        let both = "where name=\"k7\" and disabled=yes";
        let told = |disabled: &[Fields]| {
            is_disabled(vec![(both, Answer::Tables(vec![vec![OLD_VERSION], disabled.to_vec()]))])
        };
        assert_eq!(told(&[OLD_VERSION]), Ok(Some(true)));
        assert_eq!(told(&[]), Ok(Some(false)));
        assert_eq!(told(&[&[(".id", "*2"), ("name", "k7")]]), Ok(Some(false)));
        let unknown = vec![
            (both, Answer::Text("expected end of command (line 1 column 9)\n")),
            ("where name=\"k7\"] do=", Answer::Rows(vec![OLD_VERSION])),
        ];
        assert_eq!(is_disabled(unknown), Ok(None));
        let cut = is_disabled(vec![(both, Answer::Rows(vec![OLD_VERSION]))]);
        assert!(matches!(cut, Err(RouterError::Incomplete(_))));
        assert!(is_disabled(vec![(both, Answer::Text("*1\n"))]).is_err());
    }
}
