//! The world around the appliance, simulated: MikroTik routers over real SSH ([`Router`]), an SMS
//! gateway ([`SmsGateway`]), what brings callbacks from the Internet ([`Forwarder`], [`daraja`])
//! and people who pay ([`customers`]). Everything starts on a free port of 127.0.0.1, remembers
//! what reached it, and ends when it is dropped. Handles block; the async code stays inside.
//!
//! # What a router gets right
//!
//! - **SSH**: the banner, the algorithms of version 6 (only `hmac-sha1`, SHA-1 key exchange and
//!   `ssh-rsa`), of version 6 with strong crypto, and of version 7 with RSA or Ed25519 host keys;
//!   passwords and keys, and that a key ends the password; exec channels without a terminal, one
//!   physical line each, lines ending in CR LF, exit status 0 even for refusals.
//! - **The console**: a line is parsed as a whole first; strings, escapes and silent substitution;
//!   variables, arrays, loops, conditions, error handling; `:serialize` as each release has it.
//! - **Menus** check what they are given, and refuse in the words known from real routers, with the
//!   place behind them since 7.20. References match by their beginning. Flags are missing from
//!   `as-value` before 7.20. Policies and device-mode are enforced when a command runs.
//! - **The hotspot**: uptime and bytes for a customer's whole life, shared users, bound devices,
//!   cookies that outlive a kick, session timeouts, restarts. Time passes by [`Router::tick`] only.
//! - **Faults**: see [`Fault`], and the methods of [`Router`] for the rest.
//!
//! # What it guesses
//!
//! Nobody has published these, so a choice was made: which column an unknown argument's refusal
//! names (that of its `=`); that an unknown property in `where` is a syntax error; that
//! device-mode refuses `add`, `set`, `enable` and `login` below `/ip hotspot`; that a changed limit
//! counts from the next login; that `get` without a name works on version 6; that a line feed in
//! a value is printed as it is.
//!
//! # What is not there
//!
//! Terminals and shells, SFTP and SCP, `/export`, safe mode, abbreviated commands, functions with
//! arguments, `:execute`, the scheduler and scripts, `hmac-md5`, `ssh-dss` and 3DES, multi-line
//! commands, RADIUS (a customer unknown to the router is refused), profiles' scripts, idle and
//! keepalive timeouts, real traffic. `:delay` does not wait.

mod account;
pub mod customers;
pub mod daraja;
mod dialect;
mod door;
mod faults;
pub mod forwarder;
mod http;
mod inspect;
mod peer;
mod random;
mod ros;
mod router;
mod script;
mod sms_gateway;
mod ssh;

pub use account::Account;
pub use dialect::Dialect;
pub use faults::{Fault, Times};
pub use forwarder::{CallbackDoor, Forwarder};
pub use http::{Reply, Request};
pub use inspect::{ActiveSession, Cookie, HotspotUser, SeedUser, UserProfile};
pub use peer::{Act, Peer};
pub use router::{Router, RouterSpec, Setup};
pub use sms_gateway::{SmsFault, SmsGateway};
pub use ssh::{Command, Login, Method};
