//! Where packets come from; the only module that knows libpcap.

mod block;
mod facts;
mod file;
mod filter;
mod filter_names;
mod filter_words;
mod format;
mod keyed;
mod live;
mod pcap_format;
mod pcapng;
mod pcapng_options;
mod pcapng_time;
mod reader;
mod snoop;
mod source;

#[cfg(test)]
mod never_panics;
#[cfg(test)]
mod reader_tests;
#[cfg(test)]
mod written;

pub use block::Block;
pub use facts::{Cut, Facts, Interface};
pub use file::CaptureFile;
pub use filter::{Filter, FilterError};
pub use keyed::write_with_keys;
pub use live::{LiveCapture, LiveError, Totals};
pub use reader::Reader;
pub use source::CaptureError;
