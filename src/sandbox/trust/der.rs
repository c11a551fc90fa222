//! As much of DER (ITU-T X.690) as the trust stores need: elements with short tags.

/// INTEGER.
pub(super) const INTEGER: u8 = 0x02;
/// OCTET STRING.
pub(super) const OCTET_STRING: u8 = 0x04;
/// OBJECT IDENTIFIER.
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
/// UTF8String.
pub(super) const UTF8_STRING: u8 = 0x0c;
/// PrintableString.
pub(super) const PRINTABLE_STRING: u8 = 0x13;
/// IA5String.
pub(super) const IA5_STRING: u8 = 0x16;
/// BMPString.
pub(super) const BMP_STRING: u8 = 0x1e;
/// SEQUENCE.
pub(super) const SEQUENCE: u8 = 0x30;
/// SET.
pub(super) const SET: u8 = 0x31;
/// The explicit tag [0].
pub(super) const EXPLICIT: u8 = 0xa0;

/// An element of these contents, one after the other.
pub(super) fn element(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let length: usize = contents.iter().map(|part| part.len()).sum();
    let mut bytes = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => bytes.push(short),
        _ => {
            let digits = length.to_be_bytes();
            let from = digits.iter().position(|digit| *digit != 0).unwrap_or(digits.len());
            let digits = digits.get(from..).unwrap_or_default();
            // A usize has at most eight bytes.
            bytes.push(0x80 | u8::try_from(digits.len()).unwrap_or(8));
            bytes.extend_from_slice(digits);
        }
    }
    for part in contents {
        bytes.extend_from_slice(part);
    }
    bytes
}

/// The first element's contents, where it bears this tag, and what follows it.
pub(super) fn take(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = input.split_first()?;
    if *first != tag {
        return None;
    }
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        short if *short < 0x80 => (usize::from(*short), rest),
        long => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            if digits.is_empty() || digits.len() > 4 {
                return None;
            }
            let length = digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit));
            (length, rest)
        }
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_every_form_are_read_back() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536, 70_000] {
            let contents = vec![7; length];
            let mut bytes = element(SEQUENCE, &[&contents]);
            bytes.push(9);
            assert_eq!(take(&bytes, SEQUENCE), Some((&contents[..], &[9_u8][..])), "{length}");
            assert_eq!(take(&bytes, SET), None);
            assert_eq!(take(&bytes[..length], SEQUENCE), None, "{length}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes(bytes: Vec<u8>) {
            if let Some((contents, rest)) = take(&bytes, SEQUENCE) {
                assert!(contents.len() + rest.len() < bytes.len());
            }
        }
    }
}
