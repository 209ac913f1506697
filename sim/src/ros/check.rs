//! What a property makes of the value it is given: the text to keep, or the console's refusal.

use super::schema::{self, Kind, Prop};
use super::world::World;
use crate::script::{Value, time};

pub(super) fn canonical(world: &World, prop: &Prop, value: &Value) -> Result<Vec<u8>, String> {
    let raw = value.render();
    let name = prop.name;
    let lossy = String::from_utf8_lossy(&raw).into_owned();
    match prop.kind {
        Kind::Text => Ok(raw),
        Kind::Bool => match lossy.as_str() {
            "yes" | "true" => Ok(b"true".to_vec()),
            "no" | "false" => Ok(b"false".to_vec()),
            _ => Err(no_match(name)),
        },
        Kind::Num(least, most) => match lossy.parse::<i64>() {
            Ok(number) if (least..=most).contains(&number) => Ok(raw),
            Ok(_) => Err(format!("value of {name} out of range ({least}..{most})")),
            Err(_) => Err(format!("invalid value for argument {name}")),
        },
        Kind::Size => size(&lossy)
            .map(|bytes| bytes.to_string().into_bytes())
            .ok_or(format!("invalid value for argument {name}")),
        Kind::Time => duration(&lossy).ok_or(format!("invalid time value for argument {name}")),
        Kind::Ip => match is_address(&lossy) {
            true => Ok(raw),
            false => Err(format!("invalid value for argument {name}")),
        },
        Kind::Mac => mac(&lossy)
            .map(String::into_bytes)
            .ok_or("invalid value of mac, mac address required".to_owned()),
        Kind::Word(words) => by_beginning(name, &lossy, words.iter().map(|word| word.to_string())),
        Kind::Words(words) => {
            let mut kept = Vec::new();
            for part in lossy.split([',', ';']).filter(|part| !part.is_empty()) {
                if name == "policy" && part.starts_with('!') {
                    continue;
                }
                let known = words.iter().map(|word| word.to_string());
                kept.push(by_beginning(name, part, known)?);
            }
            Ok(kept.join(&b','))
        }
        Kind::Ref(path, extra) => reference(world, name, path, extra, value),
    }
}

/// By id, by exact name, or by a beginning that only one name has.
fn reference(
    world: &World,
    name: &str,
    path: &str,
    extra: &[&str],
    value: &Value,
) -> Result<Vec<u8>, String> {
    let row_name = |id: u32| world.row(path, id).map(|row| row.bytes("name").to_vec());
    if let Value::Id(id) = value {
        return row_name(*id).ok_or(no_match(name));
    }
    let known = world.rows(path).iter().map(|row| row.text("name"));
    let text = value.render_lossy();
    by_beginning(name, &text, known.chain(extra.iter().map(|word| word.to_string())))
}

fn by_beginning(
    name: &str,
    text: &str,
    known: impl Iterator<Item = String>,
) -> Result<Vec<u8>, String> {
    let fitting: Vec<String> = known.filter(|word| word.starts_with(text)).collect();
    match fitting.as_slice() {
        [] => Err(no_match(name)),
        // An empty text is refused even where there is only one to choose.
        [only] if !text.is_empty() => Ok(only.clone().into_bytes()),
        several if several.iter().any(|word| word == text) => Ok(text.as_bytes().to_vec()),
        _ => Err(format!("ambiguous value of {name}, more than one possible value matches input")),
    }
}

fn no_match(name: &str) -> String {
    format!("input does not match any value of {name}")
}

fn size(text: &str) -> Option<u64> {
    let (digits, factor) = match text.char_indices().last()? {
        (at, 'k' | 'K') => (&text[..at], 1 << 10),
        (at, 'M') => (&text[..at], 1 << 20),
        (at, 'G') => (&text[..at], 1 << 30),
        _ => (text, 1),
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

fn duration(text: &str) -> Option<Vec<u8>> {
    if matches!(text, "none" | "never" | "auto") {
        return Some(text.as_bytes().to_vec());
    }
    let seconds = text.parse::<i64>().ok().filter(|seconds| *seconds >= 0);
    let nanos = seconds.and_then(|seconds| seconds.checked_mul(time::SECOND));
    let nanos = nanos.or_else(|| time::parse(text))?;
    Some(time::clock(nanos).into_bytes())
}

fn is_address(text: &str) -> bool {
    let (address, prefix) = text.split_once('/').unwrap_or((text, "32"));
    address.parse::<std::net::IpAddr>().is_ok()
        && prefix.parse::<u8>().is_ok_and(|bits| bits <= 128)
}

fn mac(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split([':', '-']).collect();
    let is_pair =
        |part: &&str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_mac = parts.len() == 6 && parts.iter().all(is_pair);
    is_mac.then(|| parts.join(":").to_uppercase())
}

/// Whether all that a menu requires is there, in the console's words if not.
pub(super) fn required<'a>(props: &[Prop], has: impl Fn(&str) -> bool + 'a) -> Result<(), String> {
    let absent: Vec<&str> = props
        .iter()
        .filter(|prop| prop.is_required && !has(prop.name))
        .map(|prop| prop.name)
        .collect();
    match absent.is_empty() {
        true => Ok(()),
        false => Err(format!("missing value(s) of argument(s) {}", absent.join(" "))),
    }
}

/// Whether no other row agrees with this one in what must be unique.
pub(super) fn unique(
    world: &World,
    menu: &schema::Menu,
    row: &super::world::Row,
) -> Result<(), String> {
    let Some((names, refusal)) = menu.unique else { return Ok(()) };
    let is_same = |other: &super::world::Row| {
        other.id != row.id && names.iter().all(|name| other.bytes(name) == row.bytes(name))
    };
    match world.rows(menu.path).iter().any(is_same) {
        true => Err(refusal.to_owned()),
        false => Ok(()),
    }
}
