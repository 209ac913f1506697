//! What a text costs: how many parts it makes, in the alphabet it needs.
//!
//! 3GPP TS 23.038 (alphabet) and 23.040 (parts: six bytes of each go to numbering them).

use crate::domain::text_enum;

text_enum! {
    pub enum Alphabet {
        /// Seven bits a character: 160 in one part.
        Gsm7 = "gsm7",
        /// One character beyond GSM-7 makes it this: 70 in one part.
        Ucs2 = "ucs2",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub alphabet: Alphabet,
    /// Septets, or 16-bit units.
    pub units: usize,
    /// What the gateway bills.
    pub parts: usize,
}

const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                     ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Each is sent as an escape and another septet.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

pub fn size(text: &str) -> Size {
    let septets: Option<Vec<usize>> = text.chars().map(septets).collect();
    let (alphabet, widths, alone, numbered) = match septets {
        Some(widths) => (Alphabet::Gsm7, widths, 160, 153),
        None => (Alphabet::Ucs2, text.chars().map(char::len_utf16).collect(), 70, 67),
    };
    let units = widths.iter().sum();
    let parts = if units <= alone { 1 } else { packed(&widths, numbered) };
    Size { alphabet, units, parts }
}

/// How many septets a character takes; `None` if GSM-7 has none for it.
fn septets(it: char) -> Option<usize> {
    if BASIC.contains(it) {
        Some(1)
    } else if EXTENSION.contains(it) {
        Some(2)
    } else {
        None
    }
}

/// How many parts of `room` units these take, no character being cut in two.
fn packed(widths: &[usize], room: usize) -> usize {
    let (mut parts, mut used) = (1, 0);
    for width in widths {
        if room < used + width {
            (parts, used) = (parts + 1, 0);
        }
        used += width;
    }
    parts
}

/// Typographic characters, and letters of Kenyan names, by what GSM-7 has for them. They come
/// from phones and word processors, and one alone would double what a text costs. What has no
/// likeness stays.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for it in text.chars() {
        match likeness(it) {
            Some(like) => plain.push_str(like),
            None => plain.push(it),
        }
    }
    plain
}

fn likeness(it: char) -> Option<&'static str> {
    Some(match it {
        '‘' | '’' | '‚' | '‛' | '′' | '´' | '`' => "'",
        '“' | '”' | '„' | '‟' | '″' | '«' | '»' => "\"",
        '‹' => "<",
        '›' => ">",
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => "-",
        '…' => "...",
        '•' | '·' => "*",
        '×' => "x",
        '½' => "1/2",
        '¼' => "1/4",
        '¾' => "3/4",
        '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{202f}' | '\u{3000}' => " ",
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => "",
        'ĩ' | 'í' | 'î' | 'ï' => "i",
        'Ĩ' | 'Í' | 'Î' | 'Ï' => "I",
        'ũ' | 'ú' | 'û' => "u",
        'Ũ' | 'Ú' | 'Û' => "U",
        'á' | 'â' | 'ã' => "a",
        'ê' | 'ë' => "e",
        'ó' | 'ô' | 'õ' => "o",
        'ç' => "c",
        _ => return None,
    })
}

#[test]
fn parts_are_counted_as_they_are_billed() {
    let check = |text: &str, alphabet, units, parts| {
        assert_eq!(size(text), Size { alphabet, units, parts }, "{text:.20}");
    };
    let gsm7 = |text: &str, units, parts| check(text, Alphabet::Gsm7, units, parts);
    gsm7("", 0, 1);
    gsm7(&"a".repeat(160), 160, 1);
    gsm7(&"a".repeat(161), 161, 2);
    gsm7(&"@".repeat(306), 306, 2);
    gsm7(&"@".repeat(307), 307, 3);
    gsm7(&"€".repeat(80), 160, 1);
    gsm7(&"[".repeat(81), 162, 2);
    gsm7(&"{".repeat(153), 306, 3); // 76 to a part: an escape is not cut off its character
    let ucs2 = |text: &str, units, parts| check(text, Alphabet::Ucs2, units, parts);
    ucs2("ũ", 1, 1);
    ucs2(&"ũ".repeat(70), 70, 1);
    ucs2(&"ũ".repeat(71), 71, 2);
    ucs2(&"ũ".repeat(134), 134, 2);
    ucs2(&"😀".repeat(35), 70, 1);
    ucs2(&"😀".repeat(67), 134, 3); // 33 to a part
    assert_eq!(BASIC.chars().count(), 127); // all 128 but the escape itself
}

#[test]
fn typographic_characters_become_plain() {
    assert_eq!(plain("“Don’t” – wait…\u{a0}½\u{200b}"), "\"Don't\" - wait... 1/2");
    assert_eq!(plain("Wambũi Mũthenga à la Ñ"), "Wambui Muthenga à la Ñ");
    assert_eq!(plain("day 😀"), "day 😀");
    let typographic: String = ('\u{a0}'..'\u{3001}').filter(|it| likeness(*it).is_some()).collect();
    assert_eq!(size(&plain(&typographic)).alphabet, Alphabet::Gsm7);
}
