//! The small parts that blocks of pcapng are made of: numbers in the section's byte order,
//! options, and names that addresses were resolved to.

use std::net::IpAddr;

/// A section's byte order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Order {
    #[default]
    Little,
    Big,
}

impl Order {
    pub(super) fn half(self, data: &[u8], at: usize) -> Option<u16> {
        let bytes = *data.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        })
    }

    pub(super) fn word(self, data: &[u8], at: usize) -> Option<u32> {
        let bytes = *data.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        })
    }

    pub(super) fn long(self, data: &[u8], at: usize) -> Option<u64> {
        let bytes = *data.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Little => u64::from_le_bytes(bytes),
            Self::Big => u64::from_be_bytes(bytes),
        })
    }
}

/// The options at the end of a block (section 3.5), each with its code, up to the one that
/// ends them, or to where they cease to make sense. Records of names have the same form.
pub(super) fn options(data: &[u8], order: Order) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = data;
    std::iter::from_fn(move || {
        let code = order.half(rest, 0).filter(|code| *code != 0)?;
        let length = usize::from(order.half(rest, 2)?);
        let value = rest.get(4..4 + length)?;
        rest = rest.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
        Some((code, value))
    })
}

/// The records of a name resolution block (section 4.5): an address, then names, each ended by
/// a zero.
pub(super) fn resolved_names(data: &[u8], order: Order) -> impl Iterator<Item = (IpAddr, String)> {
    options(data, order).flat_map(|(kind, value)| {
        let split = match kind {
            1 => value.split_first_chunk::<4>().map(|(&a, names)| (IpAddr::from(a), names)),
            2 => value.split_first_chunk::<16>().map(|(&a, names)| (IpAddr::from(a), names)),
            _ => None,
        };
        split.into_iter().flat_map(|(address, names)| {
            let names = names.split(|byte| *byte == 0).filter(|name| !name.is_empty());
            names.map(move |name| (address, String::from_utf8_lossy(name).into_owned()))
        })
    })
}
