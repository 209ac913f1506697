//! Text that must not be shown.

use std::fmt;
use subtle::ConstantTimeEq as _;

/// A password, token or key. It has no `Display`, and its `Debug` tells nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself, for the wire or the disk it is meant for.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in a time that tells nothing but whether the lengths differ.
    pub fn matches(&self, guess: &str) -> bool {
        self.0.as_bytes().ct_eq(guess.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[test]
fn a_secret_does_not_show_itself() {
    let secret = Secret::new("tell nobody");
    assert!(!format!("{secret:?}").contains("tell"));
    assert!(secret.matches("tell nobody") && !secret.matches("tell nobodx"));
    assert!(!secret.matches("tell"));
}
