//! Takes a customer off a router's user list.

use super::hotspot_user::{HotspotUser, MENU, by_name};
use crate::domain::customer::Username;
use crate::routeros::{Console, Operation, RouterError, Row, Script};

/// Removes our users of this name and says how many there were; none is fine. It ends no session.
#[derive(Clone, Debug)]
pub struct RemoveHotspotUser {
    pub name: Username,
}

impl Operation for RemoveHotspotUser {
    type Answer = usize;

    fn run(&self, console: &Console<'_>) -> Result<usize, RouterError> {
        let ours = self.ours(&console.rows(&by_name(&self.name))?)?;
        for user in &ours {
            // By name and comment, not by id: an id may be another row's by now.
            let script = Script::default().command(":local i [/ip hotspot user find");
            let script = script
                .matching(&[("name", (&user.name).into()), ("comment", (&user.comment).into())])
                .glue("]")
                .command("/ip hotspot user remove $i");
            let left = self.ours(&console.read_after(script, &by_name(&self.name))?)?;
            if left.iter().any(|it| it.id == user.id) {
                let text = format!("the user was removed and is still in {MENU}");
                return Err(RouterError::Garbled(text));
            }
        }
        Ok(ours.len())
    }
}

impl RemoveHotspotUser {
    fn ours(&self, rows: &[Row]) -> Result<Vec<HotspotUser>, RouterError> {
        let same =
            rows.iter().filter(|row| row.is("name", self.name.as_str())).map(HotspotUser::read);
        same.filter(|it| it.as_ref().map_or(true, HotspotUser::is_ours)).collect()
    }
}
