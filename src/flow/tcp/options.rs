//! The TCP options that the analysis needs (RFC 9293 section 3.1).

/// The window scale (RFC 7323 section 2.2).
const WINDOW_SCALE: u8 = 3;
/// Multipath TCP (RFC 8684 section 3).
const MULTIPATH: u8 = 30;
/// RFC 7323 section 2.3: a greater shift is read as this one.
const GREATEST_SHIFT: u8 = 14;
/// No-operation twice, then timestamps (RFC 7323 appendix A): what nearly all segments carry.
const TIMESTAMPS_ALONE: [u8; 4] = [1, 1, 8, 10];

/// What the options of one segment say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// The shift of the window scale.
    pub(super) shift: Option<u8>,
    /// A bit for each kind of Multipath TCP option: two kinds share one where the analysis does
    /// not need them apart.
    pub(super) multipath: u8,
}

/// Reads the raw options of a segment, as far as they can be read.
pub(super) fn read(options: &[u8]) -> Options {
    let mut found = Options::default();
    if options.len() == 12 && options.starts_with(&TIMESTAMPS_ALONE) {
        return found;
    }
    let mut rest = options;
    while let Some((&kind, after)) = rest.split_first() {
        match kind {
            0 => break,
            1 => rest = after,
            _ => {
                let Some(length) = after.first().map(|&length| usize::from(length)) else { break };
                let Some(body) = rest.get(2..length) else { break };
                match (kind, body.first()) {
                    (WINDOW_SCALE, Some(&shift)) => found.shift = Some(shift.min(GREATEST_SHIFT)),
                    (MULTIPATH, Some(&subtype)) => found.multipath |= 1 << ((subtype >> 4) & 7),
                    _ => {}
                }
                rest = rest.get(length..).unwrap_or_default();
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(options: &[u8], shift: Option<u8>, multipath: u8) {
        assert_eq!(read(options), Options { shift, multipath }, "{options:?}");
    }

    #[test]
    fn options_are_read_as_far_as_they_go() {
        check(&[], None, 0);
        check(&[1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2], None, 0);
        check(&[2, 4, 5, 180, 1, 3, 3, 7], Some(7), 0);
        check(&[3, 3, 200], Some(14), 0);
        check(&[0, 3, 3, 7], None, 0);
        check(&[1, 3], None, 0);
        check(&[3, 3], None, 0);
        check(&[3, 0, 7, 3, 3, 7], None, 0);
        check(&[5, 1, 3, 3, 7], None, 0);
        check(&[30, 4, 0x20, 0, 30, 3, 0x01], None, 0b101);
    }
}
