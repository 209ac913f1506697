//! Runs the statements that steer, and keeps the variables.

use super::ast::{Block, Expr, Kind};
use super::eval::{BUDGET, Machine, Stop};
use super::value::Value;

impl Machine<'_> {
    pub(super) fn control(&mut self, kind: &Kind) -> Result<(), Stop> {
        match kind {
            Kind::Declare { name, value, is_global } => self.declare(name, value, *is_global)?,
            Kind::Set { name, value } => {
                let value = self.evaluate(value)?;
                self.assign(name, value);
            }
            Kind::If { condition, then, otherwise } => {
                let block = if self.truth(condition)? { then } else { otherwise };
                self.block(block)?;
            }
            Kind::Foreach { key, value, list, body } => {
                self.foreach(key.as_deref(), value, list, body)?;
            }
            Kind::For { .. } => self.counted(kind)?,
            Kind::While { condition, body } => {
                while self.truth(condition)? {
                    self.steps += 1;
                    self.block(body)?;
                    if self.steps > BUDGET {
                        return Err(Stop::Failure("interrupted".to_owned()));
                    }
                }
            }
            Kind::Do { body, on_error } => match (self.block(body), on_error) {
                (Err(Stop::Failure(_)), Some(handler)) => {
                    self.block(handler)?;
                }
                (result, _) => {
                    result?;
                }
            },
            Kind::OnError { name, body, handler } => {
                if let Err(Stop::Failure(message)) = self.block(body) {
                    self.scopes.push(vec![(name.clone(), Value::text(message))]);
                    let result = self.block(handler);
                    self.scopes.pop();
                    result?;
                }
            }
            Kind::Builtin { .. } | Kind::Menu(_) | Kind::Block(_) | Kind::Call { .. } => {}
        }
        Ok(())
    }

    fn foreach(
        &mut self,
        key: Option<&str>,
        value: &str,
        list: &Expr,
        body: &Block,
    ) -> Result<(), Stop> {
        let entries = match self.evaluate(list)? {
            Value::Array(entries) => entries,
            Value::Nothing => Vec::new(),
            single => vec![(None, single)],
        };
        for (position, (entry_key, entry)) in entries.into_iter().enumerate() {
            let mut scope = vec![(value.to_owned(), entry)];
            if let Some(key) = key {
                let position = i64::try_from(position).unwrap_or(i64::MAX);
                scope.push((key.to_owned(), entry_key.map_or(Value::Num(position), Value::Str)));
            }
            self.scopes.push(scope);
            let result = self.block(body);
            self.scopes.pop();
            result?;
        }
        Ok(())
    }

    fn counted(&mut self, kind: &Kind) -> Result<(), Stop> {
        let Kind::For { name, from, to, step, body } = kind else { return Ok(()) };
        let number = |value: Value| {
            value.as_number().ok_or(Stop::Failure("invalid value for argument from".to_owned()))
        };
        let (mut now, to) = (number(self.evaluate(from)?)?, number(self.evaluate(to)?)?);
        let step = match step {
            Some(step) => number(self.evaluate(step)?)?,
            None if to < now => -1,
            None => 1,
        };
        while (step > 0 && now <= to) || (step < 0 && now >= to) {
            self.scopes.push(vec![(name.clone(), Value::Num(now))]);
            let result = self.block(body);
            self.scopes.pop();
            result?;
            now += step;
        }
        Ok(())
    }

    fn declare(&mut self, name: &str, value: &Option<Expr>, is_global: bool) -> Result<(), Stop> {
        let value = value.as_ref().map(|value| self.evaluate(value)).transpose()?;
        let value = match is_global {
            true => {
                let globals = &mut self.world.globals;
                let slot = globals.entry(name.to_owned()).or_insert(Value::Nothing);
                *slot = value.unwrap_or(slot.clone());
                return Ok(());
            }
            false => value.unwrap_or(Value::Nothing),
        };
        if let Some(scope) = self.scopes.last_mut() {
            scope.retain(|(known, _)| known != name);
            scope.push((name.to_owned(), value));
        }
        Ok(())
    }

    fn assign(&mut self, name: &str, value: Value) {
        let mut locals = self.scopes.iter_mut().rev().flat_map(|scope| scope.iter_mut());
        match locals.find(|(known, _)| known == name) {
            Some((_, slot)) => *slot = value,
            None => {
                self.world.globals.insert(name.to_owned(), value);
            }
        }
    }

    pub(super) fn variable(&self, name: &str) -> Value {
        let mut locals = self.scopes.iter().rev().flat_map(|scope| scope.iter());
        match locals.find(|(known, _)| known == name) {
            Some((_, value)) => value.clone(),
            None => self.world.globals.get(name).cloned().unwrap_or(Value::Nothing),
        }
    }

    fn truth(&mut self, condition: &Expr) -> Result<bool, Stop> {
        let value = self.evaluate(condition)?;
        value.as_bool().ok_or(Stop::Failure("conditional not boolean".to_owned()))
    }
}
