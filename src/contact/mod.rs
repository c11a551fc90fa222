//! Who was contacted, and how that is known: the data that every later stage reads.

mod ancestry;
mod dhcp_client;
mod endpoint;
mod evidence;
mod flow_record;
mod host;
mod mark;
mod name_pattern;
mod observation;
mod packet_line;
mod pattern;
mod phase;
mod printable;
mod process;
mod protocol;
mod request;
mod response_code;
mod testimony;

pub use ancestry::Ancestry;
pub use dhcp_client::DhcpClient;
pub use endpoint::{AddressClass, FlowKey, Transport};
pub use evidence::{Evidence, EvidenceKind, Strength};
pub use flow_record::FlowRecord;
pub use host::Host;
pub use mark::Mark;
pub use name_pattern::{NamePattern, NamePatternError};
pub use observation::{Contact, ContactKind, Lookup, LookupRecord, LookupVia};
pub use packet_line::{PacketLine, Party};
pub use pattern::{HostPattern, PatternError};
pub use phase::{Phase, PhaseSpan};
pub use printable::{printable, printable_word, quoted};
pub use process::{Image, KnownBy, Process, ProcessRecord};
pub use protocol::Protocol;
pub use request::{Body, Header, Request};
pub use response_code::RESPONSE_CODES;
pub use testimony::{Heard, Testimony, TlsRefusal, TlsSession, TlsSide};
