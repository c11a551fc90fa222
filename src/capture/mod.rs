//! Where packets come from; the only module that knows libpcap.

mod file;
mod live;
mod source;

pub use file::CaptureFile;
pub use live::{LiveCapture, LiveError, Totals};
pub use source::{CaptureError, PacketSource};
