//! Kinds of jobs, each by what it leaves behind.

mod check_expired_sessions;
mod check_routers;
mod disconnect_hotspot_user;
mod prune_history;
mod reconcile;
mod rotate_logs;
mod soak;
mod sync_radius_accounting;
