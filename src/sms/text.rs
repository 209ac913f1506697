//! The words of a text, from the operator's template.

use super::gsm7;
use crate::domain::Invalid;

/// What a template may speak of. Empty is what there is nothing to say about.
#[derive(Clone, Copy, Default)]
pub struct Fields<'a> {
    pub package: &'a str,
    /// When access ends, in words: `{ends}` in a template, or `{until}`.
    pub ends: &'a str,
    pub username: &'a str,
    pub password: &'a str,
    pub support: &'a str,
    pub receipt: &'a str,
}

const NAMES: &[&str] = &["package", "ends", "until", "username", "password", "support", "receipt"];

impl Fields<'_> {
    /// The value for a placeholder. Passwords and the like go through as they are; the rest may
    /// have been typed by anybody, and gets plain characters and one line.
    fn value(&self, name: &str) -> Option<String> {
        let tidy = |text: &str| {
            let line: String = gsm7::plain(text)
                .chars()
                .map(|it| if it.is_control() { ' ' } else { it })
                .collect();
            line.trim().to_owned()
        };
        Some(match name {
            "package" => tidy(self.package),
            "ends" | "until" => tidy(self.ends),
            "support" => tidy(self.support),
            "username" => self.username.to_owned(),
            "password" => self.password.to_owned(),
            "receipt" => self.receipt.to_owned(),
            _ => return None,
        })
    }
}

/// Refuses a template that speaks of what there is not, for it would reach every customer.
pub fn check(template: &str) -> Result<(), Invalid> {
    if template.trim().is_empty() {
        return Err(Invalid::new("the text of an SMS must not be empty"));
    }
    let mut rest = template;
    while let Some((_, after)) = rest.split_once('{') {
        let (name, after) = after
            .split_once('}')
            .ok_or_else(|| Invalid::new("a { in the text of an SMS has no }"))?;
        if !NAMES.contains(&name) {
            let known = NAMES.join("}, {");
            return Err(Invalid(format!("{{{name}}} is not one of {{{known}}}")));
        }
        rest = after;
    }
    Ok(())
}

/// Fills in a template. An empty value takes its label along, which is the word before it:
/// without a support number, `Help {support}` leaves nothing behind.
pub fn render(template: &str, fields: &Fields<'_>) -> String {
    let mut text = String::new();
    let mut words = String::new(); // of the template, since the last value
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        words.push_str(&gsm7::plain(before));
        let filled =
            after.split_once('}').and_then(|(name, after)| Some((fields.value(name)?, after)));
        let Some((value, after)) = filled else {
            words.push('{');
            rest = after;
            continue;
        };
        text.push_str(if value.is_empty() { without_label(&words) } else { &words });
        text.push_str(&value);
        words.clear();
        rest = after;
    }
    let text = text + &words + &gsm7::plain(rest);
    text.trim().to_owned()
}

/// All but the last word, unless that ends a sentence and so labels nothing.
fn without_label(words: &str) -> &str {
    let words = words.trim_end();
    if words.ends_with(['.', '!', '?']) {
        return words;
    }
    words.rfind(char::is_whitespace).map_or("", |at| words[..at].trim_end())
}

#[cfg(test)]
const DAY: Fields<'_> = Fields {
    package: "1 Day",
    ends: "23 Nov 14:05",
    username: "hs_712345678",
    password: "x7k2m9qp",
    support: "0700000001",
    receipt: "UKM2C0FFEE",
};

#[test]
fn a_template_is_filled_in() {
    let check = |template: &str, fields: Fields<'_>, text: &str| {
        assert_eq!(render(template, &fields), text);
    };
    let template =
        "WiFi {package} until {ends}. User {username} Password {password}. Help {support}";
    let whole =
        "WiFi 1 Day until 23 Nov 14:05. User hs_712345678 Password x7k2m9qp. Help 0700000001";
    check(template, DAY, whole);
    check(&template.replace("ends", "until"), DAY, whole);
    let nobody = Fields { support: " ", ends: "", ..DAY };
    check(template, nobody, "WiFi 1 Day. User hs_712345678 Password x7k2m9qp.");
    check("Paid {receipt}. Wait.\nHelp: {support}", nobody, "Paid UKM2C0FFEE. Wait.");
    check("Paid. {support}", nobody, "Paid.");
    check("Password {password} {support}", nobody, "Password x7k2m9qp");
    check("Password {password}, {support}. Bye", nobody, "Password x7k2m9qp. Bye");
    check("{support} {package}", nobody, "1 Day");
    check("{nobody} { {} {package", DAY, "{nobody} { {} {package");
}

#[test]
fn a_value_is_neither_a_template_nor_a_second_line() {
    let tricky = Fields { package: "{password}\n“Free”\0", password: "{receipt}`’", ..DAY };
    assert_eq!(render("{package}|{password}", &tricky), "{password} \"Free\"|{receipt}`’");
}

#[test]
fn templates_are_checked_before_customers_see_them() {
    for template in ["Code {password}", "no placeholder", "{until} {ends}"] {
        assert_eq!(check(template), Ok(()), "{template}");
    }
    for template in ["", "  ", "{pasword}", "{password", "{}", "{ password }", "{Package}"] {
        assert!(check(template).is_err(), "{template}");
    }
}
