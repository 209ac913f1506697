//! What a router can be asked and told, one operation a file.

mod check_radius;
mod check_setup;
mod check_site;
mod ensure_hotspot_user;
mod ensure_user_profile;
mod hotspot_user;
mod probe;
mod put_out;
mod read_active;
mod read_condition;
mod read_hotspot;
mod read_hotspot_users;
mod read_system;
mod remove_hotspot_user;
mod router_clock;

pub use check_radius::RadiusWanted;
pub use check_setup::{CheckSetup, Finding, Setup};
pub use check_site::CheckSite;
pub use ensure_hotspot_user::EnsureHotspotUser;
pub use ensure_user_profile::{EnsureUserProfile, UserProfile};
pub use hotspot_user::{HotspotUser, MARK};
pub use probe::{Examine, Probe, Pulse};
pub use put_out::{PutOut, UserRow};
pub use read_active::{ActiveSession, ReadActive};
pub use read_condition::{Condition, ReadCondition, ReadTemperature};
pub use read_hotspot::{Hotspot, ReadHotspot};
pub use read_hotspot_users::{ReadHotspotUser, ReadHotspotUsers};
pub use read_system::{ReadIdentity, ReadResource, Resource};
pub use remove_hotspot_user::RemoveHotspotUser;
pub use router_clock::{CLOCK_LIMIT, ReadClock};

/// What it took to make a row as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was so already; nothing was written.
    None,
    Created,
    Updated,
    /// Updated, and its counters began again at zero.
    Renewed,
}

/// A row as it was read back, and what was done for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ensured<T> {
    pub row: T,
    pub change: Change,
    /// As it stood before, with counters that a change may have had begin again.
    pub before: Option<T>,
}
