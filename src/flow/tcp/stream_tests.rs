//! Streams out of segments in any order.

use proptest::prelude::*;

use super::{MOST_HELD, MOST_WAITING, Piece, Stream};

/// What a reader gets, gaps as `<n>`.
#[derive(Default)]
struct Reader(String);

impl Reader {
    fn take(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Bytes(bytes) => self.0.push_str(&String::from_utf8_lossy(bytes)),
            Piece::Gap(missing) => self.0.push_str(&format!("<{missing}>")),
            Piece::Cut(missing) => self.0.push_str(&format!("({missing})")),
        }
    }
}

/// What happens to a stream.
#[derive(Debug, Clone, Copy)]
enum Act<'a> {
    /// A segment.
    Take(u32, &'a str),
    /// A segment of which the capture has only the beginning.
    Cut(u32, &'a str, u32),
    /// An acknowledgement.
    Acknowledged(u32),
}

use Act::{Acknowledged, Cut, Take};

/// `now` is what is handed on before the end, `after` what the end adds.
fn check(first: Option<u32>, acts: &[Act<'_>], now: &str, after: &str) {
    let mut stream = Stream::new(first);
    let mut reader = Reader::default();
    for act in acts {
        let deliver = &mut |piece: Piece<'_>| reader.take(piece);
        match *act {
            Take(sequence, bytes) => stream.take(sequence, bytes.as_bytes(), 0, deliver),
            Cut(sequence, bytes, length) => {
                stream.take(sequence, bytes.as_bytes(), length, deliver);
            }
            Acknowledged(number) => stream.acknowledged(number, deliver),
        }
    }
    assert_eq!(reader.0, now, "{acts:?}");
    let mut end = Reader::default();
    stream.finish(&mut |piece| end.take(piece));
    assert_eq!(end.0, after, "at the end of {acts:?}");
    assert_eq!(stream.held(), 0);
}

#[test]
fn segments_find_their_place() {
    check(None, &[Take(100, "abc"), Take(103, "def")], "abcdef", "");
    check(Some(100), &[Take(103, "def"), Take(100, "abc")], "abcdef", "");
    check(Some(100), &[Take(106, "ghi"), Take(103, "def"), Take(100, "abc")], "abcdefghi", "");
    check(Some(100), &[Take(103, "def"), Take(109, "jkl")], "", "<3>def<3>jkl");
    check(Some(u32::MAX - 1), &[Take(2, "ef"), Take(u32::MAX - 1, "abcd")], "abcdef", "");
    check(Some(100), &[Take(100, ""), Take(100, "a"), Take(99, "")], "a", "");
}

#[test]
fn what_came_first_counts() {
    check(None, &[Take(100, "abc"), Take(100, "xyz"), Take(103, "def")], "abcdef", "");
    check(None, &[Take(100, "abc"), Take(101, "XXde"), Take(99, "x")], "abcde", "");
    check(Some(100), &[Take(102, "cd"), Take(100, "abX")], "abcd", "");
    check(
        Some(100),
        &[Take(102, "cd"), Take(106, "gh"), Take(100, "abXXefXXij")],
        "abcdefghij",
        "",
    );
    check(Some(100), &[Take(102, "cd"), Take(101, "bXXe"), Take(100, "a")], "abcde", "");
    check(
        Some(100),
        &[Take(103, "d"), Take(106, "g"), Take(101, "bcXefXh"), Take(100, "a")],
        "abcdefgh",
        "",
    );
}

#[test]
fn gaps_are_told() {
    check(Some(100), &[Cut(100, "ab", 5), Take(105, "fg")], "ab(3)fg", "");
    check(Some(100), &[Cut(105, "fg", 4), Take(100, "abcde")], "abcdefg(2)", "");
    check(Some(100), &[Cut(100, "", 3), Take(101, "bcde")], "<3>de", "");
    check(Some(100), &[Take(103, "def"), Acknowledged(106)], "<3>def", "");
    check(Some(100), &[Take(103, "def"), Acknowledged(103)], "<3>def", "");
    check(Some(100), &[Take(103, "def"), Acknowledged(102)], "", "<3>def");
    // Where nothing waits, what was acknowledged may still be on its way into the capture.
    check(Some(100), &[Acknowledged(103), Take(100, "abc")], "abc", "");
    check(Some(100), &[Acknowledged(103), Take(103, "def")], "<3>def", "");
    check(Some(100), &[Acknowledged(99), Acknowledged(100), Take(101, "b")], "", "<1>b");
    check(Some(100), &[Take(103, "d"), Take(106, "g"), Acknowledged(105)], "<3>d", "<2>g");
}

#[test]
fn what_does_not_belong_is_ignored() {
    let far = 100 + (17 << 20);
    check(Some(100), &[Take(far, "no"), Take(100, "ab")], "ab", "");
    check(Some(100), &[Acknowledged(far - 10), Take(far, "ok")], "", "<17825792>ok");
    check(Some(100), &[Acknowledged(u32::MAX / 2 + 200), Take(100, "ab")], "ab", "");
    check(Some(100), &[Take(101, "b"), Take(98, "xx"), Take(100, "a")], "ab", "");
    // The first byte of an unknown connection may be a keep-alive's.
    check(None, &[Take(99, "\0"), Take(100, "ab")], "ab", "");
}

#[test]
fn memory_is_bounded() {
    let mut stream = Stream::new(Some(0));
    let mut delivered = 0;
    let mut missing = 0;
    for at in 0..1000_u32 {
        stream.take(10 + at * 8000, &[0; 7990], 0, &mut |piece| match piece {
            Piece::Bytes(bytes) => delivered += bytes.len(),
            Piece::Gap(gap) | Piece::Cut(gap) => missing += gap,
        });
        assert!(stream.held() <= MOST_HELD);
    }
    assert!(delivered > 7_700_000 && missing > 9_000, "{delivered} {missing}");
    let mut waiting = Stream::new(Some(0));
    let mut given_up = 0;
    for at in 0..1000_u32 {
        waiting.take(2 + at * 2, b"x", 0, &mut |piece| {
            given_up += usize::from(matches!(piece, Piece::Gap(_) | Piece::Cut(_)));
        });
    }
    assert_eq!(given_up, 1000 - MOST_WAITING);
}

#[test]
fn the_usual_path_hands_on_the_segment_itself() {
    let payload = b"GET / HTTP/1.1".to_vec();
    let mut stream = Stream::new(Some(7));
    let mut same = false;
    stream.take(7, &payload, 14, &mut |piece| {
        same = matches!(piece, Piece::Bytes(bytes) if std::ptr::eq(bytes, payload.as_slice()));
    });
    assert!(same);
}

proptest! {
    #[test]
    fn any_order_gives_the_stream(
        first in any::<u32>(),
        length in 2..3000usize,
        cuts in prop::collection::vec((0..3000usize, 1..400usize), 0..40),
        order in any::<prop::sample::Index>(),
        swaps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..60),
    ) {
        let bytes: Vec<u8> = (0..length).map(|at| (at * 7 + at / 256) as u8).collect();
        // Pieces that cover everything, and others that overlap them.
        let mut segments: Vec<(usize, usize)> =
            (0..length).step_by(100).map(|at| (at, 100.min(length - at))).collect();
        for (at, size) in cuts {
            let at = at % length;
            segments.insert(order.index(segments.len() + 1), (at, size.min(length - at)));
        }
        for (a, b) in swaps {
            let (a, b) = (a.index(segments.len()), b.index(segments.len()));
            segments.swap(a, b);
        }
        let mut stream = Stream::new(Some(first));
        let mut found = Vec::new();
        for (at, size) in segments {
            let part = &bytes[at..at + size];
            stream.take(first.wrapping_add(at as u32), part, size as u32, &mut |piece| {
                match piece {
                    Piece::Bytes(bytes) => found.extend_from_slice(bytes),
                    Piece::Gap(gap) | Piece::Cut(gap) => panic!("a gap of {gap}"),
                }
            });
        }
        stream.finish(&mut |_| panic!("something waited"));
        prop_assert_eq!(found, bytes);
        prop_assert_eq!(stream.held(), 0);
    }

    #[test]
    fn no_segments_make_it_panic_or_grow(
        first in any::<Option<u32>>(),
        acts in prop::collection::vec(
            (any::<u8>(), any::<u32>(), 0..3000u32, 0..2000usize, any::<u32>()), 0..300)
    ) {
        let mut stream = Stream::new(first);
        let payload = [7; 2000];
        let mut total = 0u64;
        for (kind, sequence, near, size, wire) in acts {
            let deliver = &mut |piece: Piece<'_>| total += match piece {
                Piece::Bytes(bytes) => bytes.len() as u64,
                Piece::Gap(gap) | Piece::Cut(gap) => gap,
            };
            let near = first.unwrap_or(0).wrapping_add(near);
            match kind % 6 {
                0 => stream.acknowledged(sequence, deliver),
                1 => stream.acknowledged(near, deliver),
                2 => stream.take(sequence, &payload[..size], wire, deliver),
                3 => stream.take(near, &payload[..size], wire % 4000, deliver),
                _ => stream.take(near, &payload[..size], 0, deliver),
            }
            prop_assert!(stream.held() <= MOST_HELD);
        }
        stream.finish(&mut |_| {});
        prop_assert_eq!(stream.held(), 0);
    }
}
