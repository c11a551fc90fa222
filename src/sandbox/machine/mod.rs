//! The machine itself, for an application that is to run in no sandbox: its interfaces, who
//! holds which socket, and the privileges that looking at them takes.

mod accounts;
mod ancestry;
mod birth;
mod error;
mod family;
mod holdings;
mod interfaces;
mod looks;
mod privileges;
mod routes;
mod socket_tables;
mod watch;

pub use accounts::{Account, account};
pub use error::MachineError;
pub use family::end_family;
pub use holdings::{HeldSocket, Holder, Holdings, HoldingsIndex, Sender};
pub use interfaces::{Interface, choose, up};
pub use privileges::{SetAside, let_go, set_aside};
pub use routes::gateways;
pub use watch::{Call, Watch};
