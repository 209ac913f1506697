//! The network's door, against real sockets: every way that strangers were seen to stop a bare
//! server, and what a forwarder and a browser rely on.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "these are tests")]

mod addresses;
mod answering;
mod api;
mod centre;
mod crowd;
mod descriptors;
mod desk;
mod events;
mod framing;
mod harness;
mod hostile;
mod keep_alive;
mod metrics;
mod page;
mod peer;
mod queue;
mod slow;
mod streams;
