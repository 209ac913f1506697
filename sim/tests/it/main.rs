//! The simulated world as its users meet it: over SSH and HTTP.

mod accounts;
mod cases;
mod client;
mod console;
mod crypto;
mod faults;
mod hotspot;
mod menus;
mod scripts;
mod wires;
