//! Users and groups of this machine, as its own files list them.

use std::fs;

/// A group of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    pub id: u32,
}

/// The group that `user` belongs to by default; `None` if there is no such user here.
pub fn primary_group(user: &str) -> Option<Group> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let id = field(&users, |fields| fields.first() == Some(&user), 3)?.parse().ok()?;
    let groups = fs::read_to_string("/etc/group").ok()?;
    let name = field(&groups, |fields| fields.get(2) == Some(&id_text(id).as_str()), 0)?;
    Some(Group { name, id })
}

/// The id of a group; `None` if there is no such group here.
pub fn group_id(name: &str) -> Option<u32> {
    let groups = fs::read_to_string("/etc/group").ok()?;
    field(&groups, |fields| fields.first() == Some(&name), 2)?.parse().ok()
}

fn id_text(id: u32) -> String {
    id.to_string()
}

/// A field of the first line whose fields `is_it`.
fn field(table: &str, is_it: impl Fn(&[&str]) -> bool, number: usize) -> Option<String> {
    let mut lines = table.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let line = lines.find(|fields| is_it(fields))?;
    line.get(number).map(|&it| it.to_owned())
}

#[test]
fn the_first_line_that_fits_is_read() {
    let table = "root:x:0:0::/root:/bin/sh\nfreerad:x:102:105::/etc/freeradius:/bin/false\n";
    let group_of = |name: &str| field(table, |it| it.first() == Some(&name), 3);
    assert_eq!(group_of("freerad").as_deref(), Some("105"));
    assert_eq!(group_of("free"), None);
    assert_eq!(field("broken", |_| true, 3), None);
}
