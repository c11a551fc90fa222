//! Header compression of HTTP/2 (RFC 7541), read as an onlooker must: a capture may begin in the
//! middle, so an entry from before it is unknown, never another one.

use std::collections::VecDeque;

use super::hpack_huffman::decode;

/// The size of the dynamic table where nothing else was agreed (section 4.2, RFC 9113 section
/// 6.5.2).
const USUAL_SIZE: usize = 4096;

/// A larger table is not kept: what falls out of it is unknown.
const MOST_SIZE: usize = 64 * 1024;

/// What an entry takes besides its text (section 4.1).
const OVERHEAD: usize = 32;

/// The static table (appendix A).
const STATIC: [(&str, &str); 61] = [
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
];

/// A name or value; none where it stands in an entry that was not seen.
type Text = Option<Vec<u8>>;

/// Reads the header blocks of one direction.
#[derive(Debug)]
pub(super) struct Decoder {
    table: VecDeque<(Text, Text)>,
    size: usize,
    limit: usize,
}

impl Decoder {
    pub(super) fn new() -> Self {
        Self { table: VecDeque::new(), size: 0, limit: USUAL_SIZE }
    }

    /// How many bytes of memory it holds.
    pub(super) fn held(&self) -> usize {
        self.size
    }

    /// Hands on each field of a block whose name and value are known. None where the block
    /// cannot be read, after which the table is out of step.
    pub(super) fn block(
        &mut self,
        mut bytes: &[u8],
        mut field: impl FnMut(&[u8], &[u8]),
    ) -> Option<()> {
        while let Some(&first) = bytes.first() {
            if first & 0x80 != 0 {
                let index = integer(&mut bytes, 7)?;
                // Index zero is not used (section 6.1).
                let at = index.checked_sub(1)?;
                if let Some((name, value)) = STATIC.get(at) {
                    field(name.as_bytes(), value.as_bytes());
                } else if let Some((Some(name), Some(value))) = self.table.get(at - STATIC.len()) {
                    field(name, value);
                }
            } else if first & 0xe0 == 0x20 {
                self.limit = integer(&mut bytes, 5)?.min(MOST_SIZE);
                self.evict();
            } else {
                let indexed = first & 0x40 != 0;
                let index = integer(&mut bytes, if indexed { 6 } else { 4 })?;
                let name = match index.checked_sub(1) {
                    None => Some(string(&mut bytes)?),
                    Some(at) => match STATIC.get(at) {
                        Some((name, _)) => Some(name.as_bytes().to_vec()),
                        None => {
                            self.table.get(at - STATIC.len()).and_then(|(name, _)| name.clone())
                        }
                    },
                };
                let value = string(&mut bytes)?;
                if let Some(name) = &name {
                    field(name, &value);
                }
                if indexed {
                    self.insert(name, value);
                }
            }
        }
        Some(())
    }

    fn insert(&mut self, name: Text, value: Vec<u8>) {
        let size = name.as_ref().map_or(0, Vec::len) + value.len() + OVERHEAD;
        self.size += size;
        self.table.push_front((name, Some(value)));
        self.evict();
    }

    fn evict(&mut self) {
        while self.size > self.limit {
            let Some((name, value)) = self.table.pop_back() else { break };
            let texts = [name, value].into_iter().flatten().map(|text| text.len()).sum::<usize>();
            self.size = self.size.saturating_sub(texts + OVERHEAD);
        }
    }
}

/// An integer with a prefix of some bits (section 5.1).
fn integer(bytes: &mut &[u8], prefix: u32) -> Option<usize> {
    let (&first, mut rest) = bytes.split_first()?;
    let mask = (1_usize << prefix) - 1;
    let mut value = usize::from(first) & mask;
    if value == mask {
        for shift in [0, 7, 14, 21, 28] {
            let (&byte, after) = rest.split_first()?;
            rest = after;
            value = value.checked_add(usize::from(byte & 0x7f).checked_shl(shift)?)?;
            if byte & 0x80 == 0 {
                *bytes = rest;
                return Some(value);
            }
        }
        return None;
    }
    *bytes = rest;
    Some(value)
}

/// A string literal (section 5.2).
fn string(bytes: &mut &[u8]) -> Option<Vec<u8>> {
    let coded = bytes.first()? & 0x80 != 0;
    let length = integer(bytes, 7)?;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    if coded { decode(text) } else { Some(text.to_vec()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::protocol_tests::hex;
    use proptest::prelude::*;

    fn check(decoder: &mut Decoder, block: &str, expected: &str) {
        let mut found = Vec::new();
        let read = decoder.block(&hex(block), |name, value| {
            found.push(format!(
                "{}={}",
                String::from_utf8_lossy(name),
                String::from_utf8_lossy(value)
            ));
        });
        let broken = if read.is_none() { " broken" } else { "" };
        assert_eq!(found.join(" ") + broken, expected, "{block}");
    }

    /// RFC 7541 appendix C.4.
    #[test]
    fn requests_of_the_rfc_are_read() {
        let mut decoder = Decoder::new();
        let request = ":method=GET :scheme=http :path=/ :authority=www.example.com";
        check(&mut decoder, "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", request);
        let second = format!("{request} cache-control=no-cache");
        check(&mut decoder, "8286 84be 5886 a8eb 1064 9cbf", &second);
        check(
            &mut decoder,
            "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
            ":method=GET :scheme=https :path=/index.html :authority=www.example.com custom-key=custom-value",
        );
    }

    #[test]
    fn what_came_before_is_unknown_and_never_another() {
        let mut decoder = Decoder::new();
        check(&mut decoder, "82 be", ":method=GET");
        // A name from an entry that was not seen, in an entry of its own.
        check(&mut decoder, "7e 0161", "");
        check(&mut decoder, "be 82", ":method=GET");
        check(&mut decoder, "4001610162 be bf", "a=b a=b");
        // A table of no size holds nothing.
        check(&mut decoder, "20 be", "");
        for broken in ["80", "40", "4005", "ff80808080808001", "0081", "00 82ffff"] {
            check(&mut Decoder::new(), broken, " broken");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(blocks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..8)) {
            let mut decoder = Decoder::new();
            for block in blocks {
                if decoder.block(&block, |_, _| {}).is_none() {
                    break;
                }
                prop_assert!(decoder.size <= decoder.limit);
            }
        }

        /// Another implementation's fields, in every form that it can give them: Huffman coded or
        /// not (bits 0 and 1), kept, never kept, and by index where there is one (bits 2 to 4).
        #[test]
        fn fields_are_read_as_another_wrote_them(
            fields in prop::collection::vec(
                ("[a-c:]{1,3}", prop::collection::vec(any::<u8>(), 0..50), 0_u8..32),
                0..60,
            ),
        ) {
            let mut encoder = httlib_hpack::Encoder::with_dynamic_size(4096);
            let mut decoder = Decoder::new();
            for some in fields.chunks(6) {
                let mut block = Vec::new();
                let mut expected = Vec::new();
                for (name, value, form) in some {
                    let name = name.as_bytes().to_vec();
                    expected.push((name.clone(), value.clone()));
                    encoder.encode((name, value.clone(), *form), &mut block).unwrap();
                }
                let mut found = Vec::new();
                decoder.block(&block, |name, value| found.push((name.to_vec(), value.to_vec())));
                prop_assert_eq!(found, expected);
            }
        }
    }
}
