//! A chunked body (RFC 9112 section 7.1), walked over without keeping any of it.

/// A line of a chunk's size, or of a trailer, longer than this is none.
const LONGEST_LINE: usize = 16 * 1024;

/// How far a walk came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkStep {
    /// All bytes belong to the body, and more follow.
    More,
    /// The body ended, its trailers included, after this many of the bytes.
    Ended(usize),
    /// The bytes are no chunks from this one on.
    Broken(usize),
}

/// Where in a chunked body a walk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the hexadecimal size: how many digits came.
    Size {
        digits: u8,
        value: u64,
    },
    /// In what follows the size on its line.
    Extension {
        value: u64,
    },
    /// In a chunk's data.
    Data {
        left: u64,
    },
    /// At the line break behind the data.
    Break,
    /// In a trailer's line, which holds something where `empty` is not set.
    Trailer {
        empty: bool,
    },
    Over,
}

/// A walk over a chunked body, a piece at a time.
#[derive(Debug, Clone)]
pub struct Chunks {
    place: Place,
    line: usize,
}

impl Default for Chunks {
    fn default() -> Self {
        Self::new()
    }
}

impl Chunks {
    /// A walk that begins behind a message's head.
    pub fn new() -> Self {
        Self { place: Place::Size { digits: 0, value: 0 }, line: 0 }
    }

    /// Takes the next bytes of the stream.
    pub fn take(&mut self, bytes: &[u8]) -> ChunkStep {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if let Place::Data { left } = &mut self.place {
                // Data is passed over in one stride.
                let stride = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len() - at);
                *left -= stride as u64;
                at += stride;
                if *left == 0 {
                    self.place = Place::Break;
                }
                continue;
            }
            let Some(place) = self.place.after(byte) else { return ChunkStep::Broken(at) };
            self.line = if byte == b'\n' { 0 } else { self.line + 1 };
            if self.line > LONGEST_LINE {
                return ChunkStep::Broken(at);
            }
            self.place = place;
            at += 1;
            if self.place == Place::Over {
                return ChunkStep::Ended(at);
            }
        }
        ChunkStep::More
    }
}

impl Place {
    /// Where a byte leads; none where it may not stand here.
    fn after(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Self::Size { digits: 0, .. }, b'\r' | b'\n' | b';') => None,
            (Self::Size { value, .. } | Self::Extension { value }, b'\n') => {
                let data = Self::Data { left: value };
                Some(if value == 0 { Self::Trailer { empty: true } } else { data })
            }
            (Self::Size { digits, value }, _) => match char::from(byte).to_digit(16) {
                Some(digit) if digits < 16 => {
                    let value = value.checked_mul(16)?.checked_add(u64::from(digit))?;
                    Some(Self::Size { digits: digits + 1, value })
                }
                Some(_) => None,
                // Some servers pad the size with spaces.
                None if digits > 0 && b"\r; \t".contains(&byte) => Some(Self::Extension { value }),
                None => None,
            },
            (Self::Extension { value }, _) => Some(Self::Extension { value }),
            (Self::Break, b'\r') => Some(Self::Break),
            (Self::Break, b'\n') => Some(Self::Size { digits: 0, value: 0 }),
            (Self::Break, _) => None,
            (Self::Trailer { empty: true }, b'\n') => Some(Self::Over),
            (Self::Trailer { .. }, b'\n') => Some(Self::Trailer { empty: true }),
            (Self::Trailer { empty }, b'\r') => Some(Self::Trailer { empty }),
            (Self::Trailer { .. }, _) => Some(Self::Trailer { empty: false }),
            (Self::Data { .. } | Self::Over, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(body: &str, expected: ChunkStep) {
        assert_eq!(Chunks::new().take(body.as_bytes()), expected, "{body:?}");
        // A byte at a time it comes to the same.
        let mut chunks = Chunks::new();
        let mut step = ChunkStep::More;
        for (at, byte) in body.bytes().enumerate() {
            step = match chunks.take(&[byte]) {
                ChunkStep::More => continue,
                ChunkStep::Ended(length) => ChunkStep::Ended(at + length),
                ChunkStep::Broken(length) => ChunkStep::Broken(at + length),
            };
            break;
        }
        assert_eq!(step, expected, "{body:?} in single bytes");
    }

    #[test]
    fn bodies_are_walked() {
        check("5\r\nhello\r\n0\r\n\r\nHTTP", ChunkStep::Ended(15));
        check("5\nhello\n0\n\n", ChunkStep::Ended(11));
        check("A;name=value\r\n0123456789\r\n00\r\nX: y\r\n\r\n", ChunkStep::Ended(38));
        check("5  \r\nhello\r\n0\r\n\r\n", ChunkStep::Ended(17));
        check("5\r\nhel", ChunkStep::More);
        check("0\r\n", ChunkStep::More);
        check("", ChunkStep::More);
        check("5\r\nhelloX\r\n", ChunkStep::Broken(8));
        check("\r\n", ChunkStep::Broken(0));
        check("xyz", ChunkStep::Broken(0));
        check("11111111111111111\r\n", ChunkStep::Broken(16));
    }

    proptest! {
        #[test]
        fn any_bytes_are_walked(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..20)) {
            let mut chunks = Chunks::new();
            for piece in pieces {
                match chunks.take(&piece) {
                    ChunkStep::More => {}
                    ChunkStep::Ended(length) => prop_assert!(length <= piece.len()),
                    ChunkStep::Broken(length) => prop_assert!(length < piece.len()),
                }
            }
        }
    }
}
