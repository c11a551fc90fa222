//! Who was contacted, and how that is known: the data that every later stage reads.

mod endpoint;
mod evidence;
mod host;
mod observation;
mod pattern;
mod phase;
mod printable;
mod process;

pub use endpoint::{AddressClass, FlowKey, Protocol, Transport};
pub use evidence::{Evidence, EvidenceKind, Strength};
pub use host::Host;
pub use observation::{Contact, ContactKind, Lookup, LookupVia, Request};
pub use pattern::{HostPattern, PatternError};
pub use phase::{Phase, PhaseSpan};
pub use printable::{printable, printable_word};
pub use process::{Process, ProcessRecord};
