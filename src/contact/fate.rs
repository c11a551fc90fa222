//! What becomes of a packet that was held back: said by who judges it, done by who holds it.

/// What becomes of a packet that was held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It vanishes: it was taken over, or nobody would have answered.
    Drop,
    /// It goes on to the relay's listener.
    Pass,
    /// A reset, or an ICMP port unreachable.
    Refuse,
    /// ICMP: the host cannot be reached.
    Unreachable,
    /// ICMP: no way leads there.
    NoRoute,
    /// ICMP: forbidden by an administrator.
    Prohibit,
}
