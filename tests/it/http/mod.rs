//! The network's door, against real sockets: every way that strangers were seen to stop a bare
//! server, and what a forwarder and a browser rely on.

mod descriptors;
mod framing;
mod harness;
mod hostile;
mod keep_alive;
mod peers;
mod service;
mod slow;
