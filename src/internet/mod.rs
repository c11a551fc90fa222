//! The simulated internet: every name resolves, every port of every address answers.
//!
//! [`Internet::open`] makes the listeners, which must happen in the internet's network
//! namespace; once the traffic is diverted to their ports, [`Internet::serve`] answers it
//! until its process ends. What is answered is decided by first bytes, the port deciding only
//! where bytes alone are ambiguous. There is one file a service.

mod answer;
mod authority;
mod book;
mod breaking;
mod connectivity;
mod converse;
mod courtesy;
mod dialogue;
mod dns;
mod dns_script;
mod dns_service;
mod doh;
mod fitting;
mod ftp;
mod greeting;
mod http;
mod imap;
mod irc;
mod key_notes;
mod lines;
mod listen;
mod mqtt;
mod nntp;
mod ntp;
mod pop3;
mod quic;
pub mod relay;
mod rendezvous;
mod request;
mod revocation;
mod serve;
mod sip;
mod sip_notify;
mod smtp;
mod ssh;
mod stream;
mod stun;
mod talk;
mod terminate;
mod tls;
mod turns;
mod udp;
mod websocket;

pub use authority::Authority;
pub use book::{AddressBook, V4_BLOCK, V6_BLOCK};
pub use key_notes::KeyNotes;
pub use listen::{Internet, InternetError};
pub use serve::Observer;
