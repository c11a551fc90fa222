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
mod digest;
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
mod ldap;
mod lines;
mod listen;
mod mqtt;
mod mysql;
mod nntp;
mod ntp;
mod pop3;
mod postgres;
mod quic;
mod redis;
pub mod relay;
mod rendezvous;
mod request;
mod revocation;
mod rsync;
mod serve;
mod sieve;
mod sip;
mod sip_notify;
mod sip_script;
mod smtp;
mod ssh;
mod stream;
mod stun;
mod talk;
mod telnet;
mod terminate;
mod tiny;
mod tls;
mod turns;
mod udp;
mod vnc;
mod websocket;
mod whois;

pub use authority::Authority;
pub use book::{AddressBook, OnNamed, V4_BLOCK, V6_BLOCK};
pub use key_notes::KeyNotes;
pub use listen::{Internet, InternetError};
pub use serve::Observer;
