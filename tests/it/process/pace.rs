//! When things happen: as if by chance, and the same each time.

use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// Numbers that look random and are the same for the same seed (SplitMix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) % end
    }
}

/// How fast customers come: so many sales are allowed for, and no more until others are.
#[derive(Default)]
pub(super) struct Pace {
    state: Mutex<(usize, bool)>,
    changed: Condvar,
}

pub(super) enum Turn {
    Sale,
    /// Nobody new came: something that was said before is said again.
    Repeat,
    Over,
}

impl Pace {
    const LULL: Duration = Duration::from_millis(25);

    pub(super) fn allow(&self, sales: usize) {
        self.state.lock().unwrap().0 += sales;
        self.changed.notify_all();
    }

    pub(super) fn end(&self) {
        self.state.lock().unwrap().1 = true;
        self.changed.notify_all();
    }

    pub(super) fn turn(&self) -> Turn {
        let idle = |state: &mut (usize, bool)| state.0 == 0 && !state.1;
        let state = self.state.lock().unwrap();
        let (mut state, _) = self.changed.wait_timeout_while(state, Self::LULL, idle).unwrap();
        match *state {
            (0, true) => Turn::Over,
            (0, false) => Turn::Repeat,
            _ => {
                state.0 -= 1;
                Turn::Sale
            }
        }
    }
}
