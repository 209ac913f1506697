//! Values and expressions.

use super::Refusal;
use super::ast::{Expr, Piece};
use super::parser::Parser;
use super::token::{Part, Tok};
use super::value::Value;

/// Loosest first.
const LEVELS: [&[&str]; 6] = [
    &["||", "or"],
    &["&&", "and"],
    &["=", "!=", "<", ">", "<=", ">=", "~"],
    &[",", "."],
    &["+", "-"],
    &["*", "/"],
];

impl Parser<'_> {
    /// What follows `name=`; it may not be left out.
    pub(super) fn glued_value(&mut self) -> Result<Expr, Refusal> {
        match self.is_glued() && !self.is_at_end_of_statement() {
            true => self.value(),
            false => Err(self.unexpected()),
        }
    }

    /// One value as an argument: no operators outside parentheses.
    pub(super) fn value(&mut self) -> Result<Expr, Refusal> {
        let place = self.place();
        match self.next() {
            Some(Tok::Word(word)) => Ok(Expr::Literal(Value::from_word(&word))),
            Some(Tok::Str(parts)) => self.text(parts),
            Some(Tok::Var(name)) => self.variable(name, place),
            Some(Tok::Mark(b'[')) => Ok(Expr::Command(self.block(Some(b']'))?)),
            Some(Tok::Mark(b'(')) => self.parenthesis(),
            Some(Tok::Mark(b'{')) => self.array(),
            _ => Err(Refusal::syntax(place)),
        }
    }

    fn variable(&mut self, name: String, place: super::Place) -> Result<Expr, Refusal> {
        // In `where` the row's own properties hide variables of the same name.
        if let Some(prop) = self.looked_at.and_then(|menu| menu.prop(&name)) {
            return Ok(Expr::Property(prop.name));
        }
        match self.is_declared(&name) {
            true => Ok(Expr::Var(name)),
            false => Err(Refusal::syntax(place)),
        }
    }

    fn text(&mut self, parts: Vec<Part>) -> Result<Expr, Refusal> {
        let mut pieces = Vec::new();
        for part in parts {
            pieces.push(match part {
                Part::Text(text) => Piece::Text(text),
                Part::Var(name) => Piece::Value(Expr::Var(name)),
                Part::Code(code) => Piece::Value(self.within(code, Self::value)?),
            });
        }
        Ok(Expr::Text(pieces))
    }

    fn parenthesis(&mut self) -> Result<Expr, Refusal> {
        if self.take_mark(b')') {
            return Ok(Expr::Array(Vec::new()));
        }
        let looked_at = self.looked_at;
        let inner = self.level(0)?;
        self.looked_at = looked_at;
        self.expect_mark(b')')?;
        Ok(inner)
    }

    fn array(&mut self) -> Result<Expr, Refusal> {
        let mut entries = Vec::new();
        loop {
            while self.take_mark(b';') {}
            if self.take_mark(b'}') {
                return Ok(Expr::Array(entries));
            }
            let first = self.value()?;
            entries.push(match self.take_op("=") {
                true => (Some(first), self.value()?),
                false => (None, first),
            });
        }
    }

    /// The conditions of `where`: those that stand side by side must all hold.
    pub(super) fn conditions(&mut self) -> Result<Option<Expr>, Refusal> {
        let mut all: Option<Expr> = None;
        while !self.is_at_end_of_statement() {
            let next = self.level(0)?;
            all = Some(match all {
                Some(before) => Expr::Binary("&&", Box::new(before), Box::new(next)),
                None => next,
            });
        }
        Ok(all)
    }

    fn level(&mut self, level: usize) -> Result<Expr, Refusal> {
        let Some(ops) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.level(level + 1)?;
        while let Some(op) = self.operator_of(ops) {
            self.at += 1;
            let right = self.level(level + 1)?;
            left = Expr::Binary(op, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn operator_of(&self, ops: &'static [&'static str]) -> Option<&'static str> {
        let found = match self.peek()? {
            Tok::Op(op) => ops.iter().find(|known| *known == op)?,
            Tok::Word(word) => ops.iter().find(|known| known.as_bytes() == word)?,
            _ => return None,
        };
        Some(match *found {
            "or" => "||",
            "and" => "&&",
            op => op,
        })
    }

    fn unary(&mut self) -> Result<Expr, Refusal> {
        if self.take_op("!") {
            return Ok(Expr::Not(Box::new(self.unary()?)));
        }
        if self.take_op("-") {
            return Ok(Expr::Negative(Box::new(self.unary()?)));
        }
        let mut operand = self.operand()?;
        while self.take_op("->") {
            let key = self.value()?;
            operand = Expr::Binary("->", Box::new(operand), Box::new(key));
        }
        Ok(operand)
    }

    /// A bare word left of a comparison is a property; right of one it is a value.
    fn operand(&mut self) -> Result<Expr, Refusal> {
        let (Some(menu), Some(word)) = (self.looked_at, self.peek_word()) else {
            return self.value();
        };
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        let is_right = matches!(
            before.map(|token| &token.tok),
            Some(Tok::Op("=" | "!=" | "<" | ">" | "<=" | ">=" | "~"))
        );
        if is_right {
            return self.value();
        }
        if word == ".id" {
            self.at += 1;
            return Ok(Expr::Property(".id"));
        }
        match menu.prop(&word) {
            Some(prop) => {
                self.at += 1;
                Ok(Expr::Property(prop.name))
            }
            None => Err(self.unexpected()),
        }
    }
}
