//! Statements that steer: declarations, conditions, loops and error handling.

use super::ast::{Block, Expr, Kind};
use super::builtins::Builtin;
use super::parser::Parser;
use super::token::Tok;
use super::value::Value;
use super::{Place, Refusal};

const CONTROL: [&str; 9] =
    ["local", "global", "set", "if", "foreach", "for", "while", "do", "onerror"];

pub(super) fn is_control(word: &str) -> bool {
    CONTROL.contains(&word)
}

impl Parser<'_> {
    pub(super) fn control(&mut self, name: &str, place: Place) -> Result<Kind, Refusal> {
        match name {
            "local" | "global" => self.declaration(name == "global"),
            "set" => self.assignment(),
            "if" => self.condition(),
            "foreach" => self.foreach(),
            "for" => self.counted_loop(),
            "while" => {
                let condition = self.value()?;
                Ok(Kind::While { condition, body: self.named_block("do")? })
            }
            "do" => self.guarded(),
            _ if self.grammar.dialect.is_v7() => self.on_error(),
            _ => Err(Refusal::at(&format!("bad command name {name}"), place)),
        }
    }

    fn declaration(&mut self, is_global: bool) -> Result<Kind, Refusal> {
        let name = self.variable_name()?;
        let value = match self.is_at_end_of_statement() {
            true => None,
            false => Some(self.value()?),
        };
        self.declare(&name);
        Ok(Kind::Declare { name, value, is_global })
    }

    fn assignment(&mut self) -> Result<Kind, Refusal> {
        let place = self.place();
        let name = self.variable_name()?;
        if !self.is_declared(&name) {
            return Err(Refusal::syntax(place));
        }
        let value = match self.is_at_end_of_statement() {
            true => Expr::Literal(Value::Nothing),
            false => self.value()?,
        };
        Ok(Kind::Set { name, value })
    }

    fn condition(&mut self) -> Result<Kind, Refusal> {
        let condition = self.value()?;
        let then = self.named_block("do")?;
        let otherwise = match self.peek_word().as_deref() {
            Some("else") => self.named_block("else")?,
            _ => Block::new(),
        };
        Ok(Kind::If { condition, then, otherwise })
    }

    fn foreach(&mut self) -> Result<Kind, Refusal> {
        let place = self.place();
        let names = self.peek_word().ok_or(self.unexpected())?;
        self.at += 1;
        let names: Vec<&str> = names.split(',').collect();
        let is_name = |name: &&str| {
            name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        if names.len() > 2 || !names.iter().all(is_name) {
            return Err(Refusal::syntax(place));
        }
        let list = self.named_value("in")?;
        for name in &names {
            self.declare(name);
        }
        let body = self.named_block("do")?;
        let mut names = names.into_iter().map(str::to_owned).rev();
        let value = names.next().unwrap_or_default();
        Ok(Kind::Foreach { key: names.next(), value, list, body })
    }

    fn counted_loop(&mut self) -> Result<Kind, Refusal> {
        let name = self.variable_name()?;
        let from = self.named_value("from")?;
        let to = self.named_value("to")?;
        let step = match self.peek_word().as_deref() {
            Some("step") => Some(self.named_value("step")?),
            _ => None,
        };
        self.declare(&name);
        Ok(Kind::For { name, from, to, step, body: self.named_block("do")? })
    }

    fn guarded(&mut self) -> Result<Kind, Refusal> {
        self.expect_mark(b'{')?;
        let body = self.block(Some(b'}'))?;
        match self.peek_word().as_deref() {
            Some("while") => Ok(Kind::While { condition: self.named_value("while")?, body }),
            Some("on-error") => {
                Ok(Kind::Do { body, on_error: Some(self.named_block("on-error")?) })
            }
            _ => Ok(Kind::Do { body, on_error: None }),
        }
    }

    fn on_error(&mut self) -> Result<Kind, Refusal> {
        let name = self.variable_name()?;
        let body = self.named_block("in")?;
        self.declare(&name);
        Ok(Kind::OnError { name, body, handler: self.named_block("do")? })
    }

    pub(super) fn builtin(&mut self, builtin: &'static Builtin) -> Result<Kind, Refusal> {
        let mut arguments: Vec<(&'static str, Expr)> = Vec::new();
        while !self.is_at_end_of_statement() {
            let place = self.place();
            let word = self.peek_word().unwrap_or_default();
            let is_assigned = self
                .tokens
                .get(self.at + 1)
                .is_some_and(|next| next.is_glued && next.tok == Tok::Op("="));
            let named = builtin.parameters.iter().find(|name| is_assigned && **name == word);
            if let Some(name) = named {
                let value = match *name {
                    "options" => Expr::Literal(self.serialize_option()?),
                    name => self.named_value(name)?,
                };
                arguments.push((name, value));
                continue;
            }
            let is_free = |name: &&&'static str| !arguments.iter().any(|(given, _)| given == *name);
            let Some(name) = builtin.positional().iter().find(is_free) else {
                return Err(Refusal::end_of_command(place));
            };
            arguments.push((name, self.value()?));
        }
        Ok(Kind::Builtin { name: builtin.name, arguments })
    }

    /// An option this release does not know makes the whole script unparsable.
    fn serialize_option(&mut self) -> Result<Value, Refusal> {
        self.at += 2;
        let place = self.place();
        match self.peek_word() {
            Some(word) if word == "json.no-string-conversion" => {
                self.at += 1;
                match self.grammar.dialect.has_no_string_conversion() {
                    true => Ok(Value::text(word)),
                    false => Err(Refusal::syntax(place)),
                }
            }
            _ => Err(Refusal::syntax(place)),
        }
    }

    fn variable_name(&mut self) -> Result<String, Refusal> {
        let place = self.place();
        let name = match self.next() {
            Some(Tok::Word(word)) => String::from_utf8_lossy(&word).into_owned(),
            _ => return Err(Refusal::syntax(place)),
        };
        let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
        match starts_well && name.bytes().all(|b| b.is_ascii_alphanumeric()) {
            true => Ok(name),
            false => Err(Refusal::syntax(place)),
        }
    }

    fn name_and_sign(&mut self, name: &str) -> Result<(), Refusal> {
        if self.peek_word().as_deref() != Some(name) {
            return Err(self.unexpected());
        }
        self.at += 1;
        match self.take_op("=") {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    fn named_value(&mut self, name: &str) -> Result<Expr, Refusal> {
        self.name_and_sign(name)?;
        self.glued_value()
    }

    fn named_block(&mut self, name: &str) -> Result<Block, Refusal> {
        self.name_and_sign(name)?;
        self.expect_mark(b'{')?;
        self.block(Some(b'}'))
    }
}
