//! TCP options (RFC 9293 section 3.1), in a line.

use std::fmt::Write as _;

/// The options that say something, as Wireshark writes them: ` MSS=1380 WS=128 SACK_PERM`, the
/// edges of selective acknowledgements (RFC 2018) counted from where the other side began.
pub fn tcp_options(mut options: &[u8], began: u32) -> String {
    let mut line = String::new();
    while let Some((&kind, rest)) = options.split_first() {
        match kind {
            0 => break,
            1 => {
                options = rest;
                continue;
            }
            _ => {}
        }
        let Some(&length) = rest.first() else { break };
        let length = usize::from(length);
        let Some(data) = options.get(2..length) else { break };
        // Writing to a String cannot fail.
        let _ = match (kind, data) {
            (2, &[high, low]) => write!(line, " MSS={}", u16::from_be_bytes([high, low])),
            (3, &[shift]) => write!(line, " WS={}", 1_u32 << u32::from(shift).min(14)),
            (4, []) => write!(line, " SACK_PERM"),
            (5, blocks) => {
                for block in blocks.chunks_exact(8) {
                    let edge = |at: usize| {
                        let bytes = block.get(at..).and_then(<[u8]>::first_chunk);
                        bytes.map_or(0, |&b| u32::from_be_bytes(b)).wrapping_sub(began)
                    };
                    let _ = write!(line, " SLE={} SRE={}", edge(0), edge(4));
                }
                Ok(())
            }
            (8, &[a, b, c, d, e, f, g, h]) => {
                let value = u32::from_be_bytes([a, b, c, d]);
                let echo = u32::from_be_bytes([e, f, g, h]);
                write!(line, " TSval={value} TSecr={echo}")
            }
            _ => Ok(()),
        };
        options = options.get(length..).unwrap_or_default();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::tcp_options;

    #[test]
    fn options_read_as_wireshark_writes_them() {
        for (bytes, began, line) in [
            (&[2, 4, 5, 0x64, 1, 3, 3, 7, 4, 2][..], 0, " MSS=1380 WS=128 SACK_PERM"),
            (&[1, 1, 5, 10, 0, 0, 2, 10, 0, 0, 2, 11][..], 0, " SLE=522 SRE=523"),
            (&[5, 10, 0, 0, 0, 9, 0, 0, 0, 10][..], 8, " SLE=1 SRE=2"),
            (&[8, 10, 0, 0, 0, 1, 0, 0, 0, 2][..], 0, " TSval=1 TSecr=2"),
            (&[0, 2, 4, 5, 0x64][..], 0, ""),
            (&[2, 40, 5][..], 0, ""),
            (&[2, 0, 5][..], 0, ""),
            (&[2, 1, 5][..], 0, ""),
            (&[2][..], 0, ""),
            (&[3, 3, 255][..], 0, " WS=16384"),
        ] {
            assert_eq!(tcp_options(bytes, began), line, "{bytes:?}");
        }
    }
}
