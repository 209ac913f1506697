//! What an operator is shown, as data: the page, the API and the command line say the same,
//! because they say it from here. It reads and decides nothing.

pub mod customer;
pub mod day;
pub mod depth;
pub mod diagnosis;
pub mod disk;
pub mod failed;
pub mod issues;
pub mod job;
pub mod payment;
pub mod process;
pub mod queues;
mod router_issues;
pub mod server;
pub mod statement;
pub mod status;
pub mod workers;

pub use disk::Disk;
pub use issues::{Issue, IssueCode, Severity};
pub use payment::{Detail, PaymentView};
pub use process::Process;
pub use queues::QueueStatus;
pub use status::{Status, Surroundings, status};
