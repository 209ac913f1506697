//! Percent-encoding in paths, queries and HTML forms (WHATWG URL standard, section 5).

/// The bytes that a percent-encoded text stands for, if they are UTF-8 without control
/// characters. A percent sign that begins no escape stands for itself.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                rest = &after[2..];
            }
            None => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).ok().filter(|it| !it.contains(is_control))
}

/// The first value of `name` among `a=1&b=2`, decoded.
pub(super) fn value(pairs: &str, name: &str) -> Option<String> {
    self::pairs(pairs).find(|it| it.0 == name).map(|it| it.1)
}

/// Names and values in their order, decoded, without those that cannot be.
pub(super) fn pairs(pairs: &str) -> impl Iterator<Item = (String, String)> {
    let word = |text: &str| decode(&text.replace('+', " "));
    pairs.split('&').filter_map(move |pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((word(key)?, word(value)?))
    })
}

fn is_control(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\r' | '\t')
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|it| u8::try_from(it).ok())
}

#[test]
fn escapes_are_decoded_once() {
    let check = |text: &str, decoded: Option<&str>| {
        assert_eq!(decode(text).as_deref(), decoded, "{text}");
    };
    check("/api/payments/1", Some("/api/payments/1"));
    check("/a%20b%2Fc", Some("/a b/c"));
    check("%2525", Some("%25"));
    check("100%", Some("100%"));
    check("%zz%4", Some("%zz%4"));
    check("%00", None);
    check("%ff", None);
}

#[test]
fn a_form_is_read_by_name() {
    let form = "phone=%2B254+708&receipt=NLJ7RT61SV&empty=&receipt=second";
    assert_eq!(value(form, "phone").as_deref(), Some("+254 708"));
    assert_eq!(value(form, "receipt").as_deref(), Some("NLJ7RT61SV"));
    assert_eq!(value(form, "empty").as_deref(), Some(""));
    assert_eq!(value(form, "missing"), None);
}
