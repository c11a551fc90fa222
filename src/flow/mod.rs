//! From packets to contacts: flows, streams, names.

mod ahead;
mod asked;
mod attributed;
mod budget;
mod class;
mod connection;
mod contacts;
mod conversation;
mod datagrams;
mod ending;
mod ends;
mod entry;
mod event;
mod exchange;
mod fragments;
mod gateways;
mod heard;
mod host;
mod key;
mod lane;
mod leases;
mod ledger;
mod listing;
mod lookups;
mod name_blocks;
mod names;
mod owners;
mod parallel;
mod quoted;
mod reassembly;
mod requests;
mod reverse;
mod seen;
mod segments;
mod shard;
mod spell;
mod supply;
mod survey;
mod surveyor;
mod table;
pub mod tcp;

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod gateways_tests;
#[cfg(test)]
mod heard_tests;
#[cfg(test)]
mod naming_tests;
#[cfg(test)]
mod never_panics;
#[cfg(test)]
mod owned_tests;
#[cfg(test)]
mod parallel_tests;
#[cfg(test)]
mod survey_tests;
#[cfg(test)]
mod wire;

pub use attributed::Attributed;
pub use class::class_of;
pub use ends::flow_of;
pub use lane::{Lanes, Place, Places};
pub use owners::{Owner, Owners};
pub use parallel::{Packets, survey_pieces};
pub use survey::{Setting, Survey, survey};
pub use surveyor::Surveyor;
