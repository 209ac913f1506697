//! What the box does: every kind of job there is. What several of them do to a sale is in `sale`,
//! what operators do to jobs in `by_hand`, to sales in `counter`, and
//! to what is for sale in `shelf`.

pub mod by_hand;
mod check_expired_sessions;
mod check_routers;
pub mod counter;
mod disconnect_hotspot_user;
mod listeners;
pub mod over_radius;
mod process_payment;
mod provision_user;
mod prune_history;
pub mod reconcile;
mod recurring;
mod rotate_logs;
pub mod sale;
mod send_credentials_sms;
pub mod shelf;
mod standing;
mod sync_radius_accounting;
mod sync_router_data;
pub mod trial;

pub use check_expired_sessions::CheckExpiredSessions;
pub use check_routers::CheckRouters;
pub use disconnect_hotspot_user::DisconnectHotspotUser;
pub use process_payment::ProcessPayment;
pub use provision_user::ProvisionUser;
pub use prune_history::PruneHistory;
pub use recurring::{SCHEDULES, beats};
pub use rotate_logs::RotateLogs;
pub use send_credentials_sms::{RESEND, SendCredentialsSms};
pub use sync_radius_accounting::SyncRadiusAccounting;
pub use sync_router_data::SyncRouterData;

use crate::job::JobKind;

pub const KINDS: &[JobKind] = &[
    JobKind::of::<ProcessPayment>(),
    JobKind::of::<ProvisionUser>(),
    JobKind::of::<SendCredentialsSms>(),
    JobKind::of::<CheckExpiredSessions>(),
    JobKind::of::<DisconnectHotspotUser>(),
    JobKind::of::<SyncRadiusAccounting>(),
    JobKind::of::<CheckRouters>(),
    JobKind::of::<SyncRouterData>(),
    JobKind::of::<PruneHistory>(),
    JobKind::of::<RotateLogs>(),
];
