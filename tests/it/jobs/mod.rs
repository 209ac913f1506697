//! Kinds of jobs, each by what it leaves behind.

mod check_expired_sessions;
mod prune_history;
mod rotate_logs;
