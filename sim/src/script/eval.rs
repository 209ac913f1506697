//! Runs a parsed line against a router.

use super::ast::{Block, Expr, Kind, Piece, Statement};
use super::builtins::{self, Given};
use super::ops;
use super::parser::{self, Grammar};
use super::value::Value;
use crate::ros::world::{Rights, World};

/// What an exec channel gets back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub text: Vec<u8>,
    /// The last message, if the script did not reach its end.
    pub failure: Option<String>,
}

/// Why a script goes no further.
#[derive(Debug)]
pub(super) enum Stop {
    Failure(String),
    Return(Value),
}

/// Steps after which a script is taken for an endless loop.
pub(super) const BUDGET: u32 = 2_000_000;

pub(crate) fn run(world: &mut World, rights: &Rights, text: &[u8]) -> Output {
    let grammar = Grammar { dialect: world.dialect, missing: world.missing_menus() };
    let block = match parser::parse(text, &grammar) {
        Ok(block) => block,
        Err(refusal) => {
            let text = format!("{}\r\n", refusal.0).into_bytes();
            return Output { text, failure: Some(refusal.0) };
        }
    };
    let mut machine =
        Machine { world, rights, out: Vec::new(), scopes: vec![Vec::new()], steps: 0, depth: 0 };
    let failure = match machine.block(&block) {
        Err(Stop::Failure(message)) => {
            machine.print(message.as_bytes());
            Some(message)
        }
        Ok(_) | Err(Stop::Return(_)) => None,
    };
    Output { text: machine.out, failure }
}

pub(super) struct Machine<'w> {
    pub(super) world: &'w mut World,
    pub(super) rights: &'w Rights,
    out: Vec<u8>,
    pub(super) scopes: Vec<Vec<(String, Value)>>,
    pub(super) steps: u32,
    /// How many `[...]` the running command stands in.
    pub(super) depth: u32,
}

impl Machine<'_> {
    pub(super) fn print(&mut self, line: &[u8]) {
        self.out.extend_from_slice(line);
        self.out.extend_from_slice(b"\r\n");
    }

    pub(super) fn print_raw(&mut self, text: &[u8]) {
        self.out.extend_from_slice(text);
    }

    /// The value of a block is that of its last command.
    pub(super) fn block(&mut self, block: &Block) -> Result<Value, Stop> {
        self.scopes.push(Vec::new());
        let mut last = Ok(Value::Nothing);
        for statement in block {
            last = self.statement(statement);
            if last.is_err() {
                break;
            }
        }
        self.scopes.pop();
        last
    }

    fn statement(&mut self, statement: &Statement) -> Result<Value, Stop> {
        self.steps += 1;
        if self.steps > BUDGET {
            return Err(Stop::Failure("interrupted".to_owned()));
        }
        match &statement.kind {
            Kind::Builtin { name, arguments } => {
                let mut given = Vec::new();
                for (parameter, argument) in arguments {
                    given.push((*parameter, self.evaluate(argument)?));
                }
                let result = builtins::call(self, name, &Given(given));
                result.map_err(|stop| self.located(stop, &format!(":{name}"), statement.line))
            }
            Kind::Menu(command) => {
                let path = command.menu.path.replace(' ', "/");
                let name = format!("/{path}/{}", command.verb.word());
                let result = self.menu_command(command);
                result.map_err(|stop| self.located(stop, &name, statement.line))
            }
            Kind::Block(block) => self.block(block),
            Kind::Call { name } => self.call(name),
            kind => self.control(kind).map(|()| Value::Nothing),
        }
    }

    /// `:parse`: a text that is no script is refused, and can be caught.
    pub(super) fn code(&self, text: &Value) -> Result<Value, Stop> {
        let text = text.render();
        match parser::parse(&text, &self.grammar()) {
            Ok(_) => Ok(Value::Code(text)),
            Err(refusal) => Err(Stop::Failure(refusal.0)),
        }
    }

    /// Code sees no variables but its own and the global ones it declares.
    fn call(&mut self, name: &str) -> Result<Value, Stop> {
        let Value::Code(text) = self.variable(name) else { return Ok(Value::Nothing) };
        let block = parser::parse(&text, &self.grammar());
        let block = block.map_err(|refusal| Stop::Failure(refusal.0))?;
        let outer = std::mem::replace(&mut self.scopes, vec![Vec::new()]);
        let result = self.block(&block);
        self.scopes = outer;
        match result {
            Err(Stop::Return(value)) => Ok(value),
            result => result,
        }
    }

    fn grammar(&self) -> Grammar {
        Grammar { dialect: self.world.dialect, missing: self.world.missing_menus() }
    }

    /// Newer releases say where a command failed; an inner command's place is kept.
    fn located(&self, stop: Stop, command: &str, line: usize) -> Stop {
        match stop {
            Stop::Failure(message)
                if self.world.dialect.suffixes_errors() && !message.contains("; line ") =>
            {
                Stop::Failure(format!("{message} ({command}; line {line})"))
            }
            stop => stop,
        }
    }

    pub(super) fn evaluate(&mut self, expr: &Expr) -> Result<Value, Stop> {
        self.evaluate_about(expr, &|_| Value::Nothing)
    }

    /// `row` says what a property is on the row that is looked at.
    pub(super) fn evaluate_about(
        &mut self,
        expr: &Expr,
        row: &dyn Fn(&str) -> Value,
    ) -> Result<Value, Stop> {
        let truth = |value: Value| value.as_bool().unwrap_or(!value.render().is_empty());
        Ok(match expr {
            Expr::Literal(value) => value.clone(),
            Expr::Var(name) => self.variable(name),
            Expr::Property(name) => row(name),
            Expr::Command(block) => {
                self.depth += 1;
                let result = self.block(block);
                self.depth -= 1;
                match result {
                    Err(Stop::Return(value)) => value,
                    result => result?,
                }
            }
            Expr::Text(pieces) => {
                let mut text = Vec::new();
                for piece in pieces {
                    match piece {
                        Piece::Text(piece) => text.extend_from_slice(piece),
                        Piece::Value(expr) => text.extend(self.evaluate_about(expr, row)?.render()),
                    }
                }
                Value::Str(text)
            }
            Expr::Array(entries) => {
                let mut values = Vec::new();
                for (key, value) in entries {
                    let key = key.as_ref().map(|key| self.evaluate(key)).transpose()?;
                    values.push((key.map(|key| key.render()), self.evaluate(value)?));
                }
                Value::Array(values)
            }
            Expr::Not(inner) => Value::Bool(!truth(self.evaluate_about(inner, row)?)),
            Expr::Negative(inner) => {
                let inner = self.evaluate_about(inner, row)?;
                ops::binary("-", Value::Num(0), inner).map_err(Stop::Failure)?
            }
            Expr::Binary(op @ ("&&" | "||"), left, right) => {
                let left = truth(self.evaluate_about(left, row)?);
                let is_decided = (*op == "||") == left;
                Value::Bool(if is_decided { left } else { truth(self.evaluate_about(right, row)?) })
            }
            Expr::Binary(op, left, right) => {
                let left = self.evaluate_about(left, row)?;
                let right = self.evaluate_about(right, row)?;
                ops::binary(op, left, right).map_err(Stop::Failure)?
            }
        })
    }
}
