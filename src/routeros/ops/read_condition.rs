//! Reads how a router is doing and who is online there, with one command.

use super::read_active::ActiveSession;
use super::read_system::Resource;
use crate::routeros::{Class, Console, Operation, Read, RouterError, Row};

#[derive(Clone, Copy, Debug)]
pub struct ReadCondition;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    pub resource: Resource,
    pub active: Vec<ActiveSession>,
}

impl Operation for ReadCondition {
    type Answer = Condition;

    fn run(&self, console: &Console<'_>) -> Result<Condition, RouterError> {
        let reads = [Read::single("/system resource"), Read::all("/ip hotspot active")];
        let tables = console.tables(&reads)?;
        let resource = tables[0].first();
        let missing = || RouterError::Garbled("it does not say how it is".to_owned());
        let active = tables[1].iter().map(ActiveSession::read).collect::<Result<_, _>>()?;
        Ok(Condition { resource: Resource::read(resource.ok_or_else(missing)?)?, active })
    }
}

/// Reads the temperature in whole degrees Celsius, of boards that have a thermometer.
#[derive(Clone, Copy, Debug)]
pub struct ReadTemperature;

impl Operation for ReadTemperature {
    type Answer = Option<i64>;

    fn run(&self, console: &Console<'_>) -> Result<Option<i64>, RouterError> {
        match console.rows(&Read::all("/system health")) {
            Ok(rows) => Ok(rows.iter().find_map(temperature)),
            Err(RouterError::Refused { class: Class::Syntax, .. }) => Ok(None), // No such menu.
            Err(error) => Err(error),
        }
    }
}

/// Version 7 has a row for each sensor, version 6 one row for all.
fn temperature(row: &Row) -> Option<i64> {
    const NAMES: [&str; 3] = ["temperature", "cpu-temperature", "board-temperature1"];
    let text = match row.text("name") {
        Some(name) if NAMES.contains(&name.as_str()) => row.text("value"),
        Some(_) => None,
        None => NAMES.iter().find_map(|name| row.text(name)),
    };
    text?.split(['.', 'C']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routeros::played::{Answer, Fields, Played};

    #[test]
    fn a_thermometer_is_read_where_there_is_one() {
        const VOLTAGE: Fields = &[("name", "voltage"), ("type", "V"), ("value", "24.1")];
        const SEVEN: Fields = &[("name", "cpu-temperature"), ("type", "C"), ("value", "47")];
        const SIX: Fields = &[("temperature", "31C"), ("voltage", "12.2V")];
        let check = |rows: Vec<Fields>, degrees: Option<i64>| {
            let played = Played::new(vec![("/system health", Answer::Rows(rows))]);
            assert_eq!(played.perform(&ReadTemperature).unwrap(), degrees);
        };
        check(vec![VOLTAGE, SEVEN], Some(47));
        check(vec![SIX], Some(31));
        check(vec![VOLTAGE], None);
        check(vec![], None);
        let text = Answer::Text("bad command name health (line 1 column 9)\r\n");
        let played = Played::new(vec![("/system health", text)]);
        assert_eq!(played.perform(&ReadTemperature).unwrap(), None);
    }
}
