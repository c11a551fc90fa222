//! The Huffman code of HPACK (RFC 7541 section 5.2 and appendix B).

/// How many bits each byte's code has; the last is the end of the string. The code is
/// canonical: among those of one length it counts up with the symbol, so the lengths are all
/// there is to know.
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5,
    5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6,
    6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22,
    23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22,
    21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20,
    22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19,
    21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22,
    22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];

/// The longest code.
const LONGEST: usize = 30;

/// The symbols in order of their codes, and for each length its first code, how many there are,
/// and where they begin among the symbols.
struct Code {
    symbols: [u16; 257],
    rows: [(u32, u32, usize); LONGEST + 1],
}

const CODE: Code = code();

const fn code() -> Code {
    let mut symbols = [0; 257];
    let mut rows = [(0, 0, 0); LONGEST + 1];
    let (mut filled, mut next, mut length) = (0, 0, 1);
    while length <= LONGEST {
        next <<= 1;
        let (first, start) = (next, filled);
        let mut symbol = 0;
        while symbol < 257 {
            if LENGTHS[symbol] as usize == length {
                symbols[filled] = symbol as u16;
                filled += 1;
                next += 1;
            }
            symbol += 1;
        }
        rows[length] = (first, next - first, start);
        length += 1;
    }
    Code { symbols, rows }
}

/// Reads a string; none where it is no string of this code.
pub(super) fn decode(bytes: &[u8]) -> Option<Vec<u8>> {
    // The shortest code has five bits.
    let mut text = Vec::with_capacity(bytes.len() * 8 / 5);
    let (mut code, mut length) = (0_u32, 0);
    for byte in bytes {
        for bit in (0..8).rev() {
            code = code << 1 | u32::from(byte >> bit & 1);
            length += 1;
            let &(first, count, start) = CODE.rows.get(length)?;
            if let Some(at) = code.checked_sub(first).filter(|&at| at < count) {
                let symbol = *CODE.symbols.get(start + usize::try_from(at).ok()?)?;
                // The end of the string must not be sent (section 5.2).
                text.push(u8::try_from(symbol).ok()?);
                (code, length) = (0, 0);
            }
        }
    }
    // Less than a byte of padding, which is all ones.
    let padded = length < 8 && code == (1 << length) - 1;
    padded.then_some(text)
}
