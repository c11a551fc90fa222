//! What `inspect` prints: a view of a capture (contacts, flows, packets, lookups) in a format.

mod amounts;
mod clients;
mod colours;
mod contacts;
mod flows;
mod known;
mod lookups;
mod packets;
mod report;
mod separated;
mod text;

#[cfg(test)]
mod tests;

pub(super) use amounts::{bytes, counted};
pub(super) use packets::Columns;
pub use report::{InspectFormat, InspectReport, Look, Times};
