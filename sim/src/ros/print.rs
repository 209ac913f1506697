//! Rows as values (`as-value`, `get`) and as text for people (`print`).

use super::schema::{Access, Kind, Menu, Prop};
use super::world::{Rights, Row};
use crate::dialect::Dialect;
use crate::script::{Value, time};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Columns<'a> {
    Summary,
    Detail,
    /// As `get` without a name: flags, too, whatever the release.
    Every,
    Named(&'a [&'static str]),
}

/// The key comes before its value; `.id` comes first, the others by the alphabet.
pub(crate) type Record = Vec<(Option<Vec<u8>>, Value)>;

pub(crate) fn record(
    dialect: Dialect,
    rights: &Rights,
    menu: &Menu,
    row: &Row,
    columns: Columns<'_>,
) -> Record {
    let mut record = Vec::new();
    if !menu.is_single {
        record.push((Some(b".id".to_vec()), Value::Id(row.id)));
    }
    let mut wanted: Vec<&Prop> =
        menu.props.iter().filter(|prop| is_wanted(dialect, prop, columns)).collect();
    wanted.sort_by_key(|prop| prop.name);
    for prop in wanted {
        let is_known = dialect.has_property(menu.path, prop.name);
        if !is_known || !row.fields.contains_key(prop.name) || prop.access == Access::WriteOnly {
            continue;
        }
        let is_hidden = prop.is_secret && !rights.has("sensitive");
        let value = match (is_hidden, dialect.is_v7()) {
            (false, _) => field_value(menu, row, prop.name),
            (true, true) => Value::text("*****"),
            (true, false) => continue,
        };
        record.push((Some(prop.name.as_bytes().to_vec()), value));
    }
    record
}

fn is_wanted(dialect: Dialect, prop: &Prop, columns: Columns<'_>) -> bool {
    match columns {
        Columns::Named(names) => names.contains(&prop.name),
        Columns::Every => true,
        Columns::Detail if prop.is_flag() => dialect.shows_flags(),
        Columns::Detail => true,
        Columns::Summary if prop.is_flag() => dialect.shows_flags(),
        Columns::Summary => prop.is_summary,
    }
}

/// Nothing if it is not set.
pub(crate) fn field_value(menu: &Menu, row: &Row, name: &str) -> Value {
    let (Some(prop), Some(text)) = (menu.prop(name), row.fields.get(name)) else {
        return Value::Nothing;
    };
    let lossy = String::from_utf8_lossy(text);
    let typed = match prop.kind {
        Kind::Bool => Some(Value::Bool(lossy == "true")),
        Kind::Num(..) | Kind::Size => lossy.parse().ok().map(Value::Num),
        Kind::Time => time::parse(&lossy).map(Value::Time),
        Kind::Ip => Some(Value::Ip(text.clone())),
        Kind::Words(known) => {
            let words = lossy.split(',').filter(|word| !word.is_empty());
            let absent = known.iter().filter(|word| !lossy.split(',').any(|set| set == **word));
            let negated = absent.map(|word| format!("!{word}"));
            let words = words.map(str::to_owned);
            Some(match prop.name {
                // A group shows the policies it lacks, too.
                "policy" => Value::list(words.chain(negated).map(Value::text)),
                _ => Value::list(words.map(Value::text)),
            })
        }
        _ => None,
    };
    typed.unwrap_or_else(|| Value::Str(text.clone()))
}

/// What `print` writes without `as-value`.
pub(crate) fn table_text(
    dialect: Dialect,
    rights: &Rights,
    menu: &Menu,
    rows: &[Row],
    columns: Columns<'_>,
) -> Vec<u8> {
    let mut out = Vec::new();
    if menu.is_single {
        for row in rows {
            single_text(dialect, menu, row, &mut out);
        }
        return out;
    }
    let flags: Vec<String> = menu
        .props
        .iter()
        .filter(|prop| prop.is_flag())
        .map(|prop| format!("{} - {}", flag_letter(prop), prop.name))
        .collect();
    if !flags.is_empty() {
        out.extend(format!("Flags: {} \r\n", flags.join(", ")).bytes());
    }
    for (number, row) in rows.iter().enumerate() {
        let letters: String = menu
            .props
            .iter()
            .filter(|prop| prop.is_flag() && row.is(prop.name))
            .map(flag_letter)
            .collect();
        out.extend(format!("{number:>2} {letters:<3}").bytes());
        for (key, value) in record(dialect, rights, menu, row, columns) {
            let key = String::from_utf8_lossy(&key.unwrap_or_default()).into_owned();
            if key == ".id" || menu.prop(&key).is_some_and(Prop::is_flag) {
                continue;
            }
            out.extend(format!(" {key}=").bytes());
            out.extend(detail_value(menu, &key, &value));
        }
        out.extend(b"\r\n");
    }
    out
}

fn flag_letter(prop: &Prop) -> char {
    match prop.name {
        "disabled" => 'X',
        "default" => '*',
        name => name.chars().next().unwrap_or(' ').to_ascii_uppercase(),
    }
}

fn detail_value(menu: &Menu, key: &str, value: &Value) -> Vec<u8> {
    let is_text = menu.prop(key).is_some_and(|prop| matches!(prop.kind, Kind::Text));
    match value {
        Value::Time(nanos) => time::units(*nanos).into_bytes(),
        Value::Bool(truth) => if *truth { "yes" } else { "no" }.into(),
        value if is_text => [b"\"", value.render().as_slice(), b"\""].concat(),
        value => value.render(),
    }
}

/// Keys at the right of a column; the newer releases begin with tabs.
fn single_text(dialect: Dialect, menu: &Menu, row: &Row, out: &mut Vec<u8>) {
    let set: Vec<&Prop> =
        menu.props.iter().filter(|prop| row.fields.contains_key(prop.name)).collect();
    let width = set.iter().map(|prop| prop.name.len()).max().unwrap_or(0) + 2;
    for (position, prop) in set.iter().enumerate() {
        let value = field_value(menu, row, prop.name);
        let text = match value {
            Value::Num(bytes) if prop.name.ends_with("memory") || prop.name.ends_with("space") => {
                binary_size(bytes)
            }
            Value::Num(percent) if prop.name == "cpu-load" => format!("{percent}%"),
            Value::Num(megahertz) if prop.name == "cpu-frequency" => format!("{megahertz}MHz"),
            value => String::from_utf8_lossy(&detail_value(menu, "", &value)).into_owned(),
        };
        let line = match position == 0 && dialect.is_v7() {
            true => format!("\t\t\t\t   {}: {text}\r\n", prop.name),
            false => format!("{:>width$}: {text}\r\n", prop.name),
        };
        out.extend(line.bytes());
    }
}

fn binary_size(bytes: i64) -> String {
    const UNITS: [(i64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match UNITS.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => {
            let tenths = (bytes * 10 + unit / 2) / unit;
            format!("{}.{}{name}", tenths / 10, tenths % 10)
        }
        None => bytes.to_string(),
    }
}
