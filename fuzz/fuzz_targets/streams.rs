//! Segments of a known stream in any order: what is handed on is the stream, in its order, and
//! no more memory is held than is documented. The analysis sees the same segments.
#![no_main]

use apptrace::flow::tcp::{Analysis, MOST_HELD, Piece, SegmentFacts, Stream};
use apptrace::packet::Timestamp;
use libfuzzer_sys::fuzz_target;

/// The byte of the stream at a place.
fn byte(place: u32) -> u8 {
    (place.wrapping_mul(0x9e37_79b9) >> 24) as u8
}

fuzz_target!(|data: &[u8]| {
    let Some((&[first @ .., known], rest)) = data.split_first_chunk::<5>() else { return };
    let first = u32::from_le_bytes(first);
    // Where the beginning is not known, the first segment is; a single byte may be none of it.
    let mut stream = Stream::new((known & 1 == 1).then_some(first));
    let mut at = (known & 1 == 1).then_some(first);
    let mut analysis = Analysis::default();
    let mut time = 0_u64;
    for (number, chunk) in rest.chunks_exact(8).enumerate() {
        let [act, near, far, size, cut, flags, window, later] = *<&[u8; 8]>::try_from(chunk).unwrap();
        let offset = u32::from(near) * 16 + (u32::from(far) << (u32::from(act >> 4) * 2));
        let place = first.wrapping_add(offset);
        let length = u32::from(size) * 8;
        let bytes: Vec<u8> = (0..length).map(|it| byte(place.wrapping_add(it))).collect();
        let captured = bytes.len() - bytes.len() * usize::from(cut & 7) / 16;
        let deliver = &mut |piece: Piece<'_>| {
            let Some(next) = &mut at else { return };
            match piece {
                Piece::Bytes(bytes) => {
                    for found in bytes {
                        assert_eq!(*found, byte(*next), "at {next}");
                        *next = next.wrapping_add(1);
                    }
                }
                Piece::Gap(missing) | Piece::Cut(missing) => {
                    assert!(missing > 0);
                    *next = next.wrapping_add(missing as u32);
                }
            }
        };
        match act & 3 {
            0 => stream.acknowledged(place, deliver),
            _ => stream.take(place, &bytes[..captured], length, deliver),
        }
        if at.is_none() && act & 3 != 0 && length > 0 {
            // Nothing was compared of this first segment; from here on all is.
            at = Some(place.wrapping_add(length));
        }
        assert!(stream.held() <= MOST_HELD, "{}", stream.held());
        time = time.wrapping_add(u64::from(later) * 100_000);
        let segment = SegmentFacts {
            number: number as u64,
            sequence: place,
            acknowledgement: offset,
            window: u16::from(window),
            flags,
            length,
            options: &bytes[..captured.min(40)],
        };
        let _ = analysis.take(usize::from(act & 4 == 4), Timestamp(time), &segment);
    }
    stream.finish(&mut |_| {});
    assert_eq!(stream.held(), 0);
});
