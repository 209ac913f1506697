//! The commands that belong to no menu and steer nothing: `:put`, `:len` and their kin.

use super::eval::{Machine, Stop};
use super::json;
use super::time;
use super::value::Value;
use crate::dialect::Dialect;

#[derive(Debug)]
pub(super) struct Builtin {
    pub name: &'static str,
    /// In the order in which values without a name fill them.
    pub parameters: &'static [&'static str],
}

const fn builtin(name: &'static str, parameters: &'static [&'static str]) -> Builtin {
    Builtin { name, parameters }
}

static BUILTINS: [Builtin; 18] = [
    builtin("put", &["message"]),
    builtin("len", &["value"]),
    builtin("tostr", &["value"]),
    builtin("tonum", &["value"]),
    builtin("tobool", &["value"]),
    builtin("totime", &["value"]),
    builtin("toarray", &["value"]),
    builtin("typeof", &["value"]),
    builtin("pick", &["value", "begin", "end"]),
    builtin("find", &["in", "key", "from"]),
    builtin("error", &["message"]),
    builtin("return", &["value"]),
    builtin("delay", &["delay-time"]),
    builtin("nothing", &[]),
    builtin("parse", &["value"]),
    builtin("resolve", &["domain-name"]),
    builtin("log", &["topics", "message"]),
    builtin("serialize", &["value", "to", "options"]),
];

pub(super) fn find(name: &str) -> Option<&'static Builtin> {
    BUILTINS.iter().find(|builtin| builtin.name == name)
}

impl Builtin {
    pub(super) fn is_in(&self, dialect: Dialect) -> bool {
        self.name != "serialize" || dialect.has_serialize()
    }

    pub(super) fn positional(&self) -> &'static [&'static str] {
        if self.name == "serialize" { &self.parameters[..1] } else { self.parameters }
    }
}

/// The values a builtin was given, by parameter.
pub(super) struct Given(pub Vec<(&'static str, Value)>);

impl Given {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(given, _)| *given == name).map(|(_, value)| value)
    }

    fn value(&self) -> Result<&Value, Stop> {
        self.get("value").ok_or(missing("value"))
    }

    fn number(&self, name: &str) -> Option<usize> {
        self.get(name)?.as_number().and_then(|number| usize::try_from(number).ok())
    }
}

fn missing(name: &str) -> Stop {
    Stop::Failure(format!("missing value(s) of argument(s) {name}"))
}

pub(super) fn call(machine: &mut Machine, name: &str, given: &Given) -> Result<Value, Stop> {
    match name {
        "put" => {
            let message = given.get("message").ok_or(missing("message"))?;
            machine.print(&message.render());
            Ok(Value::Nothing)
        }
        "len" => Ok(length(given.value()?)),
        "tostr" => Ok(Value::Str(given.value()?.render())),
        "tonum" => Ok(given.value()?.as_number().map_or(Value::Nothing, Value::Num)),
        "tobool" => Ok(given.value()?.as_bool().map_or(Value::Nothing, Value::Bool)),
        "totime" => Ok(to_time(given.value()?)),
        "toarray" => Ok(to_array(given.value()?)),
        "typeof" => Ok(Value::text(given.value()?.type_name())),
        "pick" => pick(given),
        "parse" => machine.code(given.value()?),
        "find" => Ok(position(given)),
        "error" => {
            let message = given.get("message").map_or(String::new(), Value::render_lossy);
            Err(Stop::Failure(message))
        }
        "return" => Err(Stop::Return(given.get("value").cloned().unwrap_or(Value::Nothing))),
        "log" => {
            let text = |name| given.get(name).map_or(String::new(), Value::render_lossy);
            machine.world.log(&format!("script,{}", text("topics")), &text("message"));
            Ok(Value::Nothing)
        }
        "serialize" => serialize(given),
        "resolve" => Err(Stop::Failure("failure: dns name does not exist".to_owned())),
        // A delay would only make tests slow; `Router` has latency for that.
        _ => Ok(Value::Nothing),
    }
}

/// Bytes of a text, entries of an array.
fn length(value: &Value) -> Value {
    let length = match value {
        Value::Array(entries) => entries.len(),
        value => value.render().len(),
    };
    Value::Num(i64::try_from(length).unwrap_or(i64::MAX))
}

fn to_time(value: &Value) -> Value {
    match value {
        Value::Num(seconds) => Value::Time(seconds.saturating_mul(time::SECOND)),
        value => time::parse(&value.render_lossy()).map_or(Value::Nothing, Value::Time),
    }
}

fn to_array(value: &Value) -> Value {
    match value {
        Value::Array(_) => value.clone(),
        Value::Nothing => Value::Array(Vec::new()),
        value => Value::list(value.render().split(|&b| b == b',').map(Value::text)),
    }
}

fn pick(given: &Given) -> Result<Value, Stop> {
    let value = given.value()?;
    let begin = given.number("begin").ok_or(missing("begin"))?;
    let end = given.number("end");
    match (value, end) {
        (Value::Array(entries), None) => {
            Ok(entries.get(begin).map_or(Value::Nothing, |(_, value)| value.clone()))
        }
        (Value::Array(entries), Some(end)) => {
            let end = end.min(entries.len());
            Ok(Value::Array(entries.get(begin..end).unwrap_or_default().to_vec()))
        }
        (value, end) => {
            let text = value.render();
            let end = end.unwrap_or(begin + 1).min(text.len());
            Ok(Value::text(text.get(begin..end).unwrap_or_default()))
        }
    }
}

fn position(given: &Given) -> Value {
    let (Some(place), Some(key)) = (given.get("in"), given.get("key")) else {
        return Value::Nothing;
    };
    let from = given.number("from").map_or(0, |from| from + 1);
    let found = match place {
        Value::Array(entries) => {
            (from..entries.len()).find(|&at| super::ops::equal(&entries[at].1, key))
        }
        place => {
            let (text, key) = (place.render(), key.render());
            (from..text.len()).find(|&at| text[at..].starts_with(&key))
        }
    };
    found.and_then(|at| i64::try_from(at).ok()).map_or(Value::Nothing, Value::Num)
}

fn serialize(given: &Given) -> Result<Value, Stop> {
    if given.get("to").map(Value::render_lossy).as_deref() != Some("json") {
        return Err(missing("to"));
    }
    let strings = match given.get("options") {
        Some(_) => json::Strings::Kept,
        None => json::Strings::Converted,
    };
    Ok(Value::Str(json::text(given.value()?, strings)))
}
