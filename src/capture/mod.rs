//! Where packets come from; the only module that knows libpcap.

mod block;
mod facts;
mod file;
mod filter;
mod filter_names;
mod filter_words;
mod format;
mod live;
mod pcap_format;
mod pcapng;
mod pcapng_options;
mod pcapng_time;
mod pcapng_writer;
mod reader;
mod snoop;
mod source;

#[cfg(test)]
mod never_panics;
#[cfg(test)]
mod pcapng_writer_tests;
#[cfg(test)]
mod reader_tests;
#[cfg(test)]
mod written;

pub use block::Block;
pub use facts::{Cut, Facts, Interface};
pub use file::CaptureFile;
pub use filter::{Filter, FilterError};
pub use live::{LiveCapture, LiveError, SNAPLEN, Totals};
pub use pcapng_writer::{InterfaceCounts, InterfaceText, PcapNgWriter, SectionText};
pub use reader::Reader;
pub use source::CaptureError;
