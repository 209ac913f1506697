//! What those who bring callbacks have noted: what they brought, what they were told, and what
//! must come of it.

use std::collections::BTreeMap;

/// A message, by the signature's word for its door.
pub(super) type Letter = (&'static str, Vec<u8>);

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    /// Times the box said that it has it.
    pub(super) accepted: i64,
    /// Times nobody knows: it may have it, or not.
    pub(super) unknown: i64,
}

/// Money that must have become access.
#[derive(Debug)]
pub(super) struct Sale {
    pub(super) receipt: String,
    pub(super) username: String,
    /// An index into [`PACKAGES`].
    pub(super) package: usize,
    /// The only router it is good at, if it names one.
    pub(super) router: Option<usize>,
    /// Whether the customer has a number to be told by.
    pub(super) has_phone: bool,
}

#[derive(Default)]
pub(super) struct Diary {
    pub(super) letters: BTreeMap<Letter, Tally>,
    pub(super) sales: Vec<Sale>,
    /// Pushes that came to nothing, by their CheckoutRequestID.
    pub(super) failures: Vec<String>,
    /// Messages turned away for how they were signed.
    pub(super) refused: u64,
}

impl Diary {
    pub(super) fn add(&mut self, other: Diary) {
        self.letters.extend(other.letters);
        self.sales.extend(other.sales);
        self.failures.extend(other.failures);
        self.refused += other.refused;
    }
}
