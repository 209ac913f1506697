//! Runs the commands of menus: who may, which rows, and what comes back.

use super::ast::{Expr, MenuCommand};
use super::eval::{Machine, Stop};
use super::value::Value;
use crate::ros;
use crate::ros::schema::{Menu, Verb};

impl Machine<'_> {
    pub(super) fn menu_command(&mut self, command: &MenuCommand) -> Result<Value, Stop> {
        self.world.allows(self.rights, command.menu, command.verb).map_err(Stop::Failure)?;
        match command.verb {
            Verb::Find => {
                let ids = self.matching(command)?;
                Ok(Value::list(ids.into_iter().map(Value::Id)))
            }
            Verb::Print => self.print_command(command),
            Verb::Get => self.get(command),
            _ => self.change(command),
        }
    }

    fn change(&mut self, command: &MenuCommand) -> Result<Value, Stop> {
        let menu = command.menu;
        let mut settings = Vec::new();
        for (name, value) in &command.settings {
            let value = value.as_ref().map(|value| self.evaluate(value)).transpose()?;
            settings.push((*name, value));
        }
        let ids = match command.verb.takes_rows() {
            true => self.rows(command)?,
            false => Vec::new(),
        };
        let world = &mut *self.world;
        let done = match command.verb {
            Verb::Add => ros::add(world, menu, settings).map(Value::Id),
            Verb::Set | Verb::Comment => {
                ros::set(world, menu, &ids, settings).map(|()| Value::Nothing)
            }
            Verb::Remove => ros::remove(world, menu, &ids).map(|()| Value::Nothing),
            Verb::Enable => ros::switch(world, menu, &ids, "false").map(|()| Value::Nothing),
            Verb::Disable => ros::switch(world, menu, &ids, "true").map(|()| Value::Nothing),
            Verb::Login => ros::login::from_command(world, &settings).map(|()| Value::Nothing),
            Verb::ResetCounters => {
                ros::hotspot::reset_counters(world, &ids);
                Ok(Value::Nothing)
            }
            Verb::RegenerateHostKey => {
                world.host_key_generation += 1;
                Ok(Value::Nothing)
            }
            Verb::Import => ros::login::import_key(world, &settings).map(|()| Value::Nothing),
            Verb::Reboot => {
                world.wants_reboot = true;
                Ok(Value::Nothing)
            }
            Verb::Unset => return self.unset(command, &ids),
            Verb::Find | Verb::Get | Verb::Print => Ok(Value::Nothing),
        };
        done.map_err(Stop::Failure)
    }

    fn unset(&mut self, command: &MenuCommand, ids: &[u32]) -> Result<Value, Stop> {
        let prop = self.named_property(command)?;
        ros::set(self.world, command.menu, ids, vec![(prop, None)]).map_err(Stop::Failure)?;
        Ok(Value::Nothing)
    }

    fn named_property(&mut self, command: &MenuCommand) -> Result<&'static str, Stop> {
        let missing = "missing value(s) of argument(s) value-name".to_owned();
        let name = command.property.as_ref().ok_or(Stop::Failure(missing))?;
        let name = self.evaluate(name)?.render_lossy();
        match command.menu.prop(&name) {
            Some(prop) => Ok(prop.name),
            None => Err(no_such_property()),
        }
    }

    /// The rows a command names. An empty `[find]` names none, and that is no error.
    fn rows(&mut self, command: &MenuCommand) -> Result<Vec<u32>, Stop> {
        let menu = command.menu;
        if menu.is_single {
            return Ok(self.world.ids(menu.path));
        }
        let missing = "missing value(s) of argument(s) numbers".to_owned();
        let named = command.rows.as_ref().ok_or(Stop::Failure(missing))?;
        let mut ids = Vec::new();
        let values = match self.evaluate(named)? {
            Value::Nothing => Vec::new(),
            Value::Array(entries) => entries.into_iter().map(|(_, value)| value).collect(),
            value => vec![value],
        };
        for value in values {
            ids.push(self.row(menu, &value)?);
        }
        Ok(ids)
    }

    fn row(&self, menu: &Menu, value: &Value) -> Result<u32, Stop> {
        let text = value.render();
        let id = match value {
            Value::Id(id) => Some(*id),
            // Row numbers belong to a session that printed them.
            Value::Num(_) => None,
            _ => match Value::from_word(&text) {
                Value::Id(id) => Some(id),
                _ => {
                    let found = self.world.row_named(menu.path, &text);
                    return found.ok_or(Stop::Failure("no such item".to_owned()));
                }
            },
        };
        match id.filter(|id| self.world.row(menu.path, *id).is_some()) {
            Some(id) => Ok(id),
            None => Err(Stop::Failure("no such item (4)".to_owned())),
        }
    }

    fn matching(&mut self, command: &MenuCommand) -> Result<Vec<u32>, Stop> {
        let menu = command.menu;
        let mut found = Vec::new();
        for id in self.world.ids(menu.path) {
            let Some(condition) = &command.condition else {
                found.push(id);
                continue;
            };
            let Some(row) = self.world.row(menu.path, id).cloned() else { continue };
            let fields = |name: &str| match name {
                ".id" => Value::Id(id),
                name => ros::field_value(menu, &row, name),
            };
            let is_wanted = self.evaluate_about(condition, &fields)?;
            if is_wanted.as_bool().unwrap_or(!is_wanted.render().is_empty()) {
                found.push(id);
            }
        }
        Ok(found)
    }

    fn get(&mut self, command: &MenuCommand) -> Result<Value, Stop> {
        let menu = command.menu;
        let named = command.property.as_ref();
        let Some(&id) = self.rows(command)?.first() else {
            return Err(Stop::Failure("no such item".to_owned()));
        };
        let Some(row) = self.world.row(menu.path, id).cloned() else {
            return Err(Stop::Failure("no such item (4)".to_owned()));
        };
        let all = ros::record(self.world.dialect, self.rights, menu, &row, ros::Columns::Every);
        let Some(name) = named else { return Ok(Value::Array(all)) };
        let name = self.evaluate(name)?.render();
        if name != b".id" && menu.prop(&String::from_utf8_lossy(&name)).is_none() {
            return Err(no_such_property());
        }
        let found = all.into_iter().find(|(key, _)| key.as_deref() == Some(&name));
        Ok(found.map_or(Value::Nothing, |(_, value)| value))
    }

    fn print_command(&mut self, command: &MenuCommand) -> Result<Value, Stop> {
        let menu = command.menu;
        let ids = self.matching(command)?;
        if command.words.contains(&"count-only") {
            let count = i64::try_from(ids.len()).unwrap_or(i64::MAX);
            if self.depth == 0 {
                self.print(count.to_string().as_bytes());
            }
            return Ok(Value::Num(count));
        }
        let names = self.proplist(menu, command.property.as_ref())?;
        let columns = match &names {
            Some(names) => ros::Columns::Named(names),
            None if menu.is_single || command.words.contains(&"detail") => ros::Columns::Detail,
            None => ros::Columns::Summary,
        };
        let dialect = self.world.dialect;
        let rows: Vec<_> =
            ids.iter().filter_map(|id| self.world.row(menu.path, *id).cloned()).collect();
        if !command.words.contains(&"as-value") {
            let text = ros::table_text(dialect, self.rights, menu, &rows, columns);
            self.print_raw(&text);
            return Ok(Value::Nothing);
        }
        let mut records =
            rows.iter().map(|row| ros::record(dialect, self.rights, menu, row, columns));
        Ok(match menu.is_single {
            true => Value::Array(records.next().unwrap_or_default()),
            false => Value::list(records.map(Value::Array)),
        })
    }

    fn proplist(
        &mut self,
        menu: &Menu,
        asked: Option<&Expr>,
    ) -> Result<Option<Vec<&'static str>>, Stop> {
        let Some(asked) = asked else { return Ok(None) };
        let asked = self.evaluate(asked)?.render_lossy();
        let mut names = Vec::new();
        for name in asked.split([',', ';']) {
            match menu.prop(name) {
                Some(prop) => names.push(prop.name),
                None if name == ".id" => {}
                None => return Err(no_such_property()),
            }
        }
        Ok(Some(names))
    }
}

fn no_such_property() -> Stop {
    Stop::Failure("input does not match any value of value-name".to_owned())
}
