//! Reads all that is ours on a hotspot: users with our mark, sessions, cookies.

use super::hotspot_user::{HotspotUser, MENU};
use super::read_active::{ActiveSession, ReadActive};
use crate::routeros::{Console, Operation, Read, RouterError, Row};

/// Reads with one command; with two on versions that cannot say who is disabled.
#[derive(Clone, Copy, Debug)]
pub struct ReadHotspot;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hotspot {
    /// Those with our mark.
    pub users: Vec<HotspotUser>,
    /// All of them, whoever they are.
    pub online: Vec<ActiveSession>,
    /// The users that cookies would log in, whoever they are.
    pub remembered: Vec<String>,
}

const OURS: &str = "comment~\"^mlango \"";
const OURS_DISABLED: &str = "comment~\"^mlango \" and disabled=yes";

impl Operation for ReadHotspot {
    type Answer = Hotspot;

    fn run(&self, console: &Console<'_>) -> Result<Hotspot, RouterError> {
        let active = ReadActive { user: None };
        let plain = [Read::filtered(MENU, OURS), active.read(), Read::all("/ip hotspot cookie")];
        let full = [&plain[..], &[Read::filtered(MENU, OURS_DISABLED)]].concat();
        let (tables, disabled) = match console.tables(&full) {
            Ok(mut tables) => {
                let disabled = tables.pop();
                (tables, disabled)
            }
            Err(RouterError::Refused { .. }) => (console.tables(&plain)?, None),
            Err(error) => return Err(error),
        };
        let mut users = read_users(&tables[0])?;
        if let Some(disabled) = disabled {
            let disabled = disabled.iter().map(Row::id).collect::<Result<Vec<_>, _>>()?;
            for user in users.iter_mut().filter(|it| it.is_disabled.is_none()) {
                user.is_disabled = Some(disabled.contains(&user.id));
            }
        }
        let remembered = tables[2].iter().filter_map(|row| row.text("user")).collect();
        Ok(Hotspot { users, online: active.sessions(&tables[1])?, remembered })
    }
}

fn read_users(rows: &[Row]) -> Result<Vec<HotspotUser>, RouterError> {
    let users = rows.iter().map(HotspotUser::read);
    users.filter(|it| it.as_ref().map_or(true, HotspotUser::is_ours)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routeros::played::{Answer, Fields, Played};

    const OLD: Fields = &[(".id", "*1"), ("name", "k7"), ("comment", "mlango sub=1 rev=1")];
    const OTHER: Fields = &[(".id", "*2"), ("name", "k8"), ("comment", "mlango sub=2 rev=1")];
    const THEIRS: Fields = &[(".id", "*3"), ("name", "boss"), ("comment", "not mlango ")];
    const ONLINE: Fields = &[(".id", "*A"), ("user", "boss")];
    const COOKIE: Fields = &[(".id", "*B"), ("user", "k8"), ("mac-cookie", "true")];
    const READ: &str = "/ip hotspot user print detail as-value where comment~\"^mlango \" and";

    fn read(scenes: Vec<(&'static str, Answer)>) -> Vec<Option<bool>> {
        let hotspot = Played::new(scenes).perform(&ReadHotspot).unwrap();
        assert_eq!((hotspot.online.len(), &hotspot.remembered[..]), (1, &["k8".to_owned()][..]));
        hotspot.users.iter().map(|it| it.is_disabled).collect()
    }

    #[test]
    fn it_is_told_who_is_disabled_if_the_version_can() {
        let tables = vec![vec![OLD, OTHER, THEIRS], vec![ONLINE], vec![COOKIE]];
        let full = [&tables[..], &[vec![OTHER]]].concat();
        assert_eq!(read(vec![(READ, Answer::Tables(full))]), [Some(false), Some(true)]);
        let refusal = Answer::Text("syntax error (line 1 column 9)\n");
        let menu = "/ip hotspot cookie print detail as-value";
        assert_eq!(read(vec![(READ, refusal), (menu, Answer::Tables(tables))]), [None, None]);
    }
}
