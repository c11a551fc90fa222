//! DNS on any port, told from everything else by its form alone (RFC 1035 section 4.1): all of
//! a message must be what its header announces, with nothing left over.

use super::dns_kind::OPT;

/// A query asks little; more questions than this are not believed.
const MOST_QUESTIONS: u16 = 8;

/// More records than this in one section are not believed.
const MOST_RECORDS: u16 = 256;

/// More pointers than this in a name lead in a circle.
const MOST_POINTERS: usize = 16;

/// Whether a datagram is a DNS message, whatever its port. Everything that is not is mostly
/// refused by its first twelve bytes.
pub fn looks_like_dns(bytes: &[u8]) -> bool {
    let Some(header) = bytes.first_chunk::<12>() else { return false };
    if !header_fits(header) {
        return false;
    }
    let pair = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let mut at = 12;
    for _ in 0..pair(4) {
        match question(bytes, at) {
            Some(next) => at = next,
            None => return false,
        }
    }
    for section in [6, 8, 10] {
        for _ in 0..pair(section) {
            match record(bytes, at) {
                Some(next) => at = next,
                // A message that was cut to fit may end within a record.
                None => return header[2] & 2 != 0 && at > 12,
            }
        }
    }
    at == bytes.len()
}

/// Whether a stream begins with a DNS message behind its length; none where more bytes are
/// needed to tell.
pub(super) fn looks_like_dns_stream(bytes: &[u8]) -> Option<bool> {
    let &[high, low, ref rest @ ..] = bytes else { return None };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length < 17 {
        return Some(false);
    }
    match rest.first_chunk::<12>() {
        None => None,
        Some(header) if !header_fits(header) => Some(false),
        // The first question stands before anything long.
        Some(_) => match rest.get(..length) {
            Some(message) => Some(looks_like_dns(message)),
            None if question(rest, 12).is_some() => Some(true),
            None if rest.len() > 12 + 260 => Some(false),
            None => None,
        },
    }
}

/// Queries, notifications and updates, with counts that go with each other.
fn header_fits(header: &[u8; 12]) -> bool {
    let pair = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let (questions, answers, authority, additional) = (pair(4), pair(6), pair(8), pair(10));
    let opcode = header[2] >> 3 & 15;
    let response = header[2] & 0x80 != 0;
    // The one reserved bit is zero (RFC 4035 section 3).
    let flags = matches!(opcode, 0 | 4 | 5) && header[3] & 0x40 == 0 && header[3] & 15 <= 10;
    let counts = (1..=MOST_QUESTIONS).contains(&questions)
        && answers <= MOST_RECORDS
        && authority <= MOST_RECORDS
        && additional <= MOST_RECORDS;
    let query = header[3] & 15 == 0 && answers == 0 && authority == 0 && additional <= 2;
    flags && counts && (response || query || opcode != 0)
}

fn question(bytes: &[u8], at: usize) -> Option<usize> {
    let next = name(bytes, at)?;
    let &[a, b, c, d] = bytes.get(next..)?.first_chunk()?;
    let known = (1..=260).contains(&u16::from_be_bytes([a, b])) || (a, b) >= (0xff, 0);
    let class = u16::from_be_bytes([c, d]) & 0x7fff;
    (known && matches!(class, 1 | 3 | 4 | 254 | 255)).then_some(next + 4)
}

fn record(bytes: &[u8], at: usize) -> Option<usize> {
    let next = name(bytes, at)?;
    let &[a, b, c, d, _, _, _, _, high, low] = bytes.get(next..)?.first_chunk()?;
    let kind = u16::from_be_bytes([a, b]);
    let class = u16::from_be_bytes([c, d]) & 0x7fff;
    let length = usize::from(u16::from_be_bytes([high, low]));
    let fits = match kind {
        OPT => true,
        1 => matches!(length, 4 | 0),
        28 => matches!(length, 16 | 0),
        0 => false,
        _ => true,
    };
    let end = next + 10 + length;
    let known = kind == OPT || matches!(class, 1 | 3 | 4 | 254 | 255);
    (fits && known && end <= bytes.len()).then_some(end)
}

/// Where a name ends whose labels are text.
fn name(bytes: &[u8], mut at: usize) -> Option<usize> {
    let (mut end, mut pointers) = (None, 0);
    loop {
        let first = *bytes.get(at)?;
        match first {
            0 => return Some(end.unwrap_or(at + 1)),
            1..=63 => {
                let next = at + 1 + usize::from(first);
                let label = bytes.get(at + 1..next)?;
                if !label.iter().all(|&b| {
                    (b' '..0x7f).contains(&b)
                        || b >= 0xc0
                        || (0x80..0xc0).contains(&b) && label.len() > 1
                }) {
                    return None;
                }
                at = next;
            }
            0xc0.. => {
                let target = usize::from(u16::from_be_bytes([first & 0x3f, *bytes.get(at + 1)?]));
                pointers += 1;
                if target < 12 || target >= at || pointers > MOST_POINTERS {
                    return None;
                }
                end = end.or(Some(at + 2));
                at = target;
            }
            _ => return None,
        }
    }
}
