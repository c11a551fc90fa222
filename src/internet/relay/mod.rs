//! What stands between the application and a network that is not simulated: a relay, or, where
//! nothing is to be reached, a wall.
//!
//! Every connection is held back when it is begun, every datagram one by one ([`Gate`]). The
//! relay has it attributed, judges whether it may pass, opens the same connection on the
//! machine's network ([`Outside`]), and lets it pass once that stands; so the application is
//! told of a refusal, a timeout or a missing route as if it had been there itself. Lookups are
//! answered by the machine's own resolvers, and what they say is learned before it is passed on.

mod dns;
mod gate;
mod packet;
mod permit;
mod run;
mod tcp;
mod udp;

pub use gate::{Gate, Outside};
pub use permit::{BlockLog, Blocked, Permit};
pub use run::{Reach, Relay};
