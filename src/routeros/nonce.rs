//! A word nobody could have known before.

use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// Marks the lines of one exchange. Rows may hold any text, but none that was made up just now.
pub(super) struct Nonce(String);

impl Nonce {
    pub(super) fn random() -> Nonce {
        Nonce(format!("{:016x}", RandomState::new().build_hasher().finish()))
    }

    #[cfg(test)]
    pub(super) fn known(text: &str) -> Nonce {
        Nonce(text.to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
