//! Where packets come from; the only module that knows libpcap.

mod file;
mod source;

pub use file::CaptureFile;
pub use source::{CaptureError, PacketSource};
