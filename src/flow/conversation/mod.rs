//! What the two sides of a TCP connection say to each other: which protocol, and its messages,
//! followed through tunnels and upgrades.

mod http;
mod opening;
mod reader;
mod side;
mod streams;
mod talk;

pub(super) use talk::{Conversation, Said};
