//! One router's state: rows by menu, its clock, who may do what.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use super::schema::{self, Menu, Verb};
use crate::dialect::Dialect;
use crate::script::Value;

#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub id: u32,
    /// Texts as `get` shows them; what is not set is not there.
    pub fields: BTreeMap<&'static str, Vec<u8>>,
}

impl Row {
    pub(crate) fn bytes(&self, name: &str) -> &[u8] {
        self.fields.get(name).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8_lossy(self.bytes(name)).into_owned()
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.bytes(name) == b"true"
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.text(name).parse().ok()
    }

    /// Nanoseconds; `none` is no time.
    pub(crate) fn time(&self, name: &str) -> Option<i64> {
        crate::script::time::parse(&self.text(name))
    }

    pub(crate) fn put(&mut self, name: &'static str, text: impl AsRef<[u8]>) {
        self.fields.insert(name, text.as_ref().to_vec());
    }

    pub(crate) fn put_time(&mut self, name: &'static str, nanos: i64) {
        self.put(name, crate::script::time::clock(nanos));
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub rows: Vec<Row>,
    last_id: u32,
}

/// What an account may do.
#[derive(Clone, Debug)]
pub(crate) enum Rights {
    Every,
    Some(BTreeSet<String>),
}

impl Rights {
    pub(crate) fn has(&self, policy: &str) -> bool {
        match self {
            Self::Every => true,
            Self::Some(policies) => policies.contains(policy),
        }
    }
}

#[derive(Debug)]
pub(crate) struct World {
    pub dialect: Dialect,
    tables: BTreeMap<&'static str, Table>,
    pub globals: HashMap<String, Value>,
    pub uptime: Duration,
    /// Seconds since 1970 by the router's own clock, at its last boot.
    pub booted_at: i64,
    pub missing: BTreeSet<String>,
    pub host_key_generation: u32,
    pub wants_reboot: bool,
    pub radius_answers: bool,
}

impl World {
    pub(crate) fn new(dialect: Dialect) -> Self {
        let mut world = Self {
            dialect,
            tables: BTreeMap::new(),
            globals: HashMap::new(),
            uptime: Duration::from_secs(356_645),
            booted_at: 1_768_000_000,
            missing: BTreeSet::new(),
            host_key_generation: 0,
            wants_reboot: false,
            radius_answers: false,
        };
        if !dialect.is_v7() {
            world.missing.insert("system device-mode".to_owned());
        }
        super::start::fill(&mut world);
        world
    }

    pub(crate) fn missing_menus(&self) -> Vec<String> {
        self.missing.iter().cloned().collect()
    }

    pub(crate) fn now(&self) -> i64 {
        self.booted_at + i64::try_from(self.uptime.as_secs()).unwrap_or(i64::MAX)
    }

    pub(crate) fn rows(&self, path: &str) -> &[Row] {
        self.tables.get(path).map_or(&[], |table| table.rows.as_slice())
    }

    pub(crate) fn rows_mut(&mut self, path: &str) -> &mut Vec<Row> {
        let path = schema::menu(path).map_or("", |menu| menu.path);
        &mut self.tables.entry(path).or_default().rows
    }

    pub(crate) fn ids(&self, path: &str) -> Vec<u32> {
        self.rows(path).iter().map(|row| row.id).collect()
    }

    pub(crate) fn row(&self, path: &str, id: u32) -> Option<&Row> {
        self.rows(path).iter().find(|row| row.id == id)
    }

    pub(crate) fn row_mut(&mut self, path: &str, id: u32) -> Option<&mut Row> {
        self.rows_mut(path).iter_mut().find(|row| row.id == id)
    }

    pub(crate) fn row_named(&self, path: &str, name: &[u8]) -> Option<u32> {
        self.rows(path).iter().find(|row| row.bytes("name") == name).map(|row| row.id)
    }

    /// A row with the menu's defaults and these fields, unchecked.
    pub(crate) fn insert(&mut self, path: &str, fields: &[(&'static str, &[u8])]) -> u32 {
        let Some(menu) = schema::menu(path) else { return 0 };
        let table = self.tables.entry(menu.path).or_default();
        table.last_id += 1;
        let mut row = Row { id: table.last_id, fields: BTreeMap::new() };
        for prop in menu.props {
            if let Some(default) = prop.default {
                row.put(prop.name, default);
            }
        }
        for (name, text) in fields {
            row.put(name, text);
        }
        table.rows.push(row);
        table.last_id
    }

    /// The only row of a menu that has one.
    pub(crate) fn single_mut(&mut self, path: &str) -> &mut Row {
        if self.rows(path).is_empty() {
            self.insert(path, &[]);
        }
        &mut self.rows_mut(path)[0]
    }

    pub(crate) fn log(&mut self, topics: &str, message: &str) {
        let time = super::start::log_time(self.dialect, self.now());
        let fields = [("time", time.as_bytes()), ("topics", topics.as_bytes())];
        let id = self.insert("log", &fields);
        if let Some(row) = self.row_mut("log", id) {
            row.put("message", message);
        }
        let rows = self.rows_mut("log");
        let surplus = rows.len().saturating_sub(1000);
        rows.drain(..surplus);
    }

    /// Whether someone with these rights may give this command, by policy and by device-mode.
    pub(crate) fn allows(&self, rights: &Rights, menu: &Menu, verb: Verb) -> Result<(), String> {
        let is_about_users = menu.path.split(' ').next() == Some("user");
        let needed = match verb {
            verb if verb.is_read() => "read",
            Verb::Reboot => "reboot",
            _ if is_about_users => "policy",
            _ => "write",
        };
        if !rights.has(needed) {
            return Err("not enough permissions (9)".to_owned());
        }
        let changes = matches!(verb, Verb::Add | Verb::Set | Verb::Enable | Verb::Login);
        let is_off = self.rows("system device-mode").first().is_some_and(|row| !row.is("hotspot"));
        if is_off && changes && menu.path.starts_with("ip hotspot") {
            return Err("failure: not allowed by device-mode".to_owned());
        }
        Ok(())
    }
}
