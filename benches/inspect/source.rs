//! What packets of the big capture come from.

/// A packet to be written.
pub(crate) struct Frame {
    /// In nanoseconds since its source began.
    pub(crate) time: u64,
    /// Its length on the wire.
    pub(crate) length: u32,
    pub(crate) data: Vec<u8>,
}

/// A conversation that knows when its next packet is due.
pub(crate) trait Source {
    /// When, in nanoseconds since the capture began; none at the end.
    fn time(&self) -> Option<u64>;

    /// Appends that packet and moves on; gives its length on the wire.
    fn write(&mut self, into: &mut Vec<u8>) -> u32;
}
