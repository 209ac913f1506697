//! What the operators of the script language do with values.

use std::cmp::Ordering;

use super::pattern;
use super::value::Value;

/// The error is the console's own text.
pub(super) fn binary(op: &str, left: Value, right: Value) -> Result<Value, String> {
    match op {
        "." => Ok(Value::Str([left.render(), right.render()].concat())),
        "," => Ok(Value::Array([entries(left), entries(right)].concat())),
        "->" => Ok(index(&left, &right)),
        "=" => Ok(Value::Bool(equal(&left, &right))),
        "!=" => Ok(Value::Bool(!equal(&left, &right))),
        "~" => Ok(Value::Bool(pattern::matches(&right.render(), &left.render()))),
        "<" | ">" | "<=" | ">=" => Ok(Value::Bool(ordered(op, &left, &right))),
        _ => arithmetic(op, &left, &right),
    }
}

fn entries(value: Value) -> Vec<(Option<Vec<u8>>, Value)> {
    match value {
        Value::Array(entries) => entries,
        Value::Nothing => Vec::new(),
        value => vec![(None, value)],
    }
}

fn index(array: &Value, key: &Value) -> Value {
    let Value::Array(entries) = array else { return Value::Nothing };
    let found = match key {
        Value::Num(position) => {
            usize::try_from(*position).ok().and_then(|position| entries.get(position))
        }
        key => {
            let key = key.render();
            entries.iter().find(|(name, _)| name.as_ref() == Some(&key))
        }
    };
    found.map_or(Value::Nothing, |(_, value)| value.clone())
}

/// A number is not equal to the text of the same digits; an id, address or time is equal to its
/// text.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Num(_), Value::Str(_)) | (Value::Str(_), Value::Num(_)) => false,
        (Value::Str(text), Value::Time(time)) | (Value::Time(time), Value::Str(text)) => {
            let text = std::str::from_utf8(text).unwrap_or_default();
            super::time::parse(text) == Some(*time)
        }
        (Value::Nothing, Value::Str(text)) | (Value::Str(text), Value::Nothing) => text.is_empty(),
        (Value::Array(_), _) | (_, Value::Array(_)) => left == right,
        (Value::Bool(_), _) | (_, Value::Bool(_)) => {
            left.as_bool().is_some() && left.as_bool() == right.as_bool()
        }
        _ => left.render() == right.render(),
    }
}

fn ordered(op: &str, left: &Value, right: &Value) -> bool {
    let order = match (left, right) {
        (Value::Time(a), Value::Time(b)) => a.cmp(b),
        (Value::Str(a), Value::Str(b)) => a.cmp(b),
        _ => match (left.as_number(), right.as_number()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => return false,
        },
    };
    match op {
        "<" => order == Ordering::Less,
        ">" => order == Ordering::Greater,
        "<=" => order != Ordering::Greater,
        _ => order != Ordering::Less,
    }
}

fn arithmetic(op: &str, left: &Value, right: &Value) -> Result<Value, String> {
    let calculate = |a: i64, b: i64| match op {
        "+" => Ok(a.wrapping_add(b)),
        "-" => Ok(a.wrapping_sub(b)),
        "*" => Ok(a.wrapping_mul(b)),
        _ if b == 0 => Err("division by zero".to_owned()),
        _ => Ok(a.wrapping_div(b)),
    };
    let as_time = |value: &Value| match value {
        Value::Time(nanos) => Some(*nanos),
        Value::Str(text) => super::time::parse(std::str::from_utf8(text).ok()?),
        _ => None,
    };
    if matches!(left, Value::Time(_)) || matches!(right, Value::Time(_)) {
        if let (Some(a), Some(b)) = (as_time(left), as_time(right))
            && matches!(op, "+" | "-")
        {
            return calculate(a, b).map(Value::Time);
        }
        if let (Value::Time(a), Some(b)) = (left, right.as_number())
            && matches!(op, "*" | "/")
        {
            return calculate(*a, b).map(Value::Time);
        }
    }
    match (left.as_number(), right.as_number()) {
        (Some(a), Some(b)) => calculate(a, b).map(Value::Num),
        _ => Err(format!("cannot apply {op} to {} and {}", left.type_name(), right.type_name())),
    }
}
