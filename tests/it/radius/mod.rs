//! Our configuration in a real FreeRADIUS, asked by radclient and by our own client.

mod accounting;
mod hostile;
mod logins;
mod radclient;
mod server;
mod trouble;
