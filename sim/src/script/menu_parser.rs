//! Commands of menus: which menu, which command, and whether it takes what it is given.

use super::Refusal;
use super::ast::{Expr, Kind, MenuCommand};
use super::parser::Parser;
use super::token::Tok;
use super::value::Value;
use crate::ros::schema::{self, Menu, Prop, Verb};

const PRINT_WORDS: [&str; 10] = [
    "as-value",
    "detail",
    "brief",
    "terse",
    "stats",
    "count-only",
    "without-paging",
    "value-list",
    "interval",
    "oid",
];

impl Parser<'_> {
    /// `None` for a path without a command, which only changes the menu in force.
    pub(super) fn menu_statement(&mut self) -> Result<Option<Kind>, Refusal> {
        let mut path = match self.peek_word().is_some_and(|word| word.starts_with('/')) {
            true => String::new(),
            false => self.path.clone(),
        };
        let mut is_first = true;
        while let Some(word) = self.peek_word() {
            let place = self.place();
            let bare = if is_first { word.trim_start_matches('/') } else { word.as_str() };
            let has_slash = bare.contains('/') && !self.grammar.dialect.has_slash_paths();
            let mut column = place.column + (word.len() - bare.len());
            is_first = false;
            self.at += 1;
            let names: Vec<&str> = if has_slash { vec![bare] } else { bare.split('/').collect() };
            for (position, name) in names.iter().enumerate() {
                let step = format!("{path} {name}").trim_start().to_owned();
                let is_last = position + 1 == names.len();
                if schema::is_path(&step) && !self.grammar.missing.contains(&step) {
                    path = step;
                } else if let Some((menu, verb)) = self.verb_of(&path, name).filter(|_| is_last) {
                    return self.menu_command(menu, verb).map(Some);
                } else if !name.is_empty() || !is_last {
                    let place = super::Place { column, ..place };
                    return Err(Refusal::at(&format!("bad command name {name}"), place));
                }
                column += name.len() + 1;
            }
        }
        match self.is_at_end_of_statement() {
            true => {
                self.path = path;
                Ok(None)
            }
            false => Err(self.unexpected()),
        }
    }

    fn verb_of(&self, path: &str, word: &str) -> Option<(&'static Menu, Verb)> {
        let menu = schema::menu(path)?;
        Some((menu, menu.verb(word)?))
    }

    fn menu_command(&mut self, menu: &'static Menu, verb: Verb) -> Result<Kind, Refusal> {
        let mut command = MenuCommand {
            menu,
            verb,
            rows: None,
            settings: Vec::new(),
            property: None,
            words: Vec::new(),
            condition: None,
        };
        // Inside a command, `[find ...]` is about the same menu.
        let outer = std::mem::replace(&mut self.path, menu.path.to_owned());
        match verb {
            Verb::Find => {
                if self.peek_word().as_deref() == Some("where") {
                    self.at += 1;
                }
                command.condition = self.condition_about(menu)?;
            }
            Verb::Print => self.print_words(&mut command)?,
            _ => self.settings(&mut command)?,
        }
        self.path = outer;
        Ok(Kind::Menu(Box::new(command)))
    }

    fn condition_about(&mut self, menu: &'static Menu) -> Result<Option<Expr>, Refusal> {
        let outer = self.looked_at.replace(menu);
        let condition = self.conditions();
        self.looked_at = outer;
        condition
    }

    fn print_words(&mut self, command: &mut MenuCommand) -> Result<(), Refusal> {
        while !self.is_at_end_of_statement() {
            let place = self.place();
            let word = self.peek_word().ok_or(self.unexpected())?;
            self.at += 1;
            if word == "where" && !command.menu.is_single {
                command.condition = self.condition_about(command.menu)?;
            } else if word == "proplist" && self.takes_proplist(command.menu) {
                if !self.take_op("=") {
                    return Err(self.unexpected());
                }
                command.property = Some(self.glued_value()?);
            } else if let Some(known) = PRINT_WORDS.iter().find(|known| **known == word) {
                command.words.push(known);
            } else {
                return Err(Refusal::end_of_command(place));
            }
        }
        Ok(())
    }

    fn takes_proplist(&self, menu: &Menu) -> bool {
        self.grammar.dialect.has_proplist() && !menu.is_single
    }

    fn settings(&mut self, command: &mut MenuCommand) -> Result<(), Refusal> {
        let verb = command.verb;
        while !self.is_at_end_of_statement() {
            let place = self.place();
            if self.take_op("!") {
                let name = self.peek_word().ok_or(self.unexpected())?;
                let prop = self.setting(command, &name).filter(|_| verb == Verb::Set);
                self.at += 1;
                let prop = prop.ok_or(Refusal::end_of_command(place))?;
                command.settings.push((prop.name, None));
                continue;
            }
            let is_assigned = self
                .tokens
                .get(self.at + 1)
                .is_some_and(|next| next.is_glued && next.tok == Tok::Op("="));
            if let Some(name) = self.peek_word().filter(|_| is_assigned) {
                self.at += 1;
                let sign = self.place();
                self.at += 1;
                self.assigned(command, &name, sign)?;
            } else if verb.takes_rows() && !command.menu.is_single && command.rows.is_none() {
                command.rows = Some(self.rows()?);
            } else if matches!(verb, Verb::Get | Verb::Unset) && command.property.is_none() {
                command.property = Some(self.value()?);
            } else {
                return Err(Refusal::end_of_command(place));
            }
        }
        Ok(())
    }

    fn assigned(
        &mut self,
        command: &mut MenuCommand,
        name: &str,
        sign: super::Place,
    ) -> Result<(), Refusal> {
        let takes_rows = command.verb.takes_rows() && !command.menu.is_single;
        match (name, command.verb) {
            ("numbers", _) if takes_rows => command.rows = Some(self.rows()?),
            ("value-name", Verb::Get | Verb::Unset) => {
                command.property = Some(self.glued_value()?);
            }
            _ => {
                let prop = self.setting(command, name).ok_or(Refusal::end_of_command(sign))?;
                command.settings.push((prop.name, Some(self.glued_value()?)));
            }
        }
        Ok(())
    }

    /// A literal that starts like an id must be one.
    fn rows(&mut self) -> Result<Expr, Refusal> {
        let place = self.place();
        match self.value()? {
            Expr::Literal(Value::Str(text)) if text.starts_with(b"*") => {
                Err(Refusal::at("expected item id", place))
            }
            rows => Ok(rows),
        }
    }

    fn setting(&self, command: &MenuCommand, name: &str) -> Option<&'static Prop> {
        let named = |props: &'static [Prop]| props.iter().find(|prop| prop.name == name);
        match command.verb {
            Verb::Add | Verb::Set => {
                let is_known = self.grammar.dialect.has_property(command.menu.path, name);
                command.menu.prop(name).filter(|prop| prop.is_settable() && is_known)
            }
            Verb::Comment => command.menu.prop("comment").filter(|_| name == "comment"),
            Verb::Login => named(crate::ros::login::SETTINGS),
            Verb::Import => named(crate::ros::login::IMPORT_SETTINGS),
            _ => None,
        }
    }
}
