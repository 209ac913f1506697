//! The operator `~`: a small part of POSIX regular expressions, found anywhere in a text.
//! Alternatives (`|`) at the outermost level, `^ $ . * + ?`, classes and `\` escapes; no groups.

pub(crate) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    pattern.split(|&b| b == b'|').any(|branch| match branch.strip_prefix(b"^") {
        Some(anchored) => matches_here(anchored, text),
        None => (0..=text.len()).any(|start| matches_here(branch, &text[start..])),
    })
}

fn matches_here(pattern: &[u8], text: &[u8]) -> bool {
    if pattern.is_empty() {
        return true;
    }
    if pattern == b"$" {
        return text.is_empty();
    }
    let width = atom_width(pattern);
    let (atom, rest) = pattern.split_at(width);
    let fits = |index: usize| text.get(index).is_some_and(|&byte| atom_fits(atom, byte));
    let (least, most, rest) = match rest.first() {
        Some(b'*') => (0, usize::MAX, &rest[1..]),
        Some(b'+') => (1, usize::MAX, &rest[1..]),
        Some(b'?') => (0, 1, &rest[1..]),
        _ => (1, 1, rest),
    };
    let mut taken = 0;
    while taken < most && fits(taken) {
        taken += 1;
    }
    (least..=taken).rev().any(|taken| matches_here(rest, &text[taken..]))
}

fn atom_width(pattern: &[u8]) -> usize {
    match pattern {
        [b'\\', _, ..] => 2,
        [b'[', rest @ ..] => rest.iter().position(|&b| b == b']').map_or(1, |end| end + 2),
        _ => 1,
    }
}

fn atom_fits(atom: &[u8], byte: u8) -> bool {
    match atom {
        b"." => true,
        [b'\\', literal] => *literal == byte,
        [b'[', b'^', class @ .., b']'] => !class_fits(class, byte),
        [b'[', class @ .., b']'] => class_fits(class, byte),
        [literal] => *literal == byte,
        _ => false,
    }
}

fn class_fits(class: &[u8], byte: u8) -> bool {
    match class {
        [low, b'-', high, rest @ ..] => (*low..=*high).contains(&byte) || class_fits(rest, byte),
        [one, rest @ ..] => *one == byte || class_fits(rest, byte),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn the_usual_signs_mean_the_usual_things() {
        for (pattern, text, expected) in [
            ("hotspot", "hotspot,info", true),
            ("^info", "hotspot,info", false),
            ("info$", "hotspot,info", true),
            ("^hs_[0-9]+$", "hs_712345678", true),
            ("^hs_[0-9]+$", "hs_712x", false),
            ("a.*z|b", "xbx", true),
            ("colou?r", "color", true),
            (r"\.", "ab", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }
}
