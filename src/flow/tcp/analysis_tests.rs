//! The marks of short connections, one a line: who sends, when, and what.

use proptest::prelude::*;

use super::{Analysis, Marks, SegmentFacts};
use crate::contact::Mark;
use crate::packet::Timestamp;

/// Sender, milliseconds, flags, sequence and acknowledgement (from each side's first), window,
/// length, and the marks expected.
type Line<'a> = (char, u64, &'a str, i64, i64, u16, u32, &'a [Mark]);

/// Sequence numbers that wrap soon.
const FIRST: [i64; 2] = [0xffff_ff80, 0xffff_ffe0];
/// A window scale of two, and none.
const SCALED: &[u8] = &[3, 3, 2, 0];

fn flags(letters: &str) -> u8 {
    letters.chars().fold(0, |bits, letter| {
        bits | match letter {
            'F' => 1,
            'S' => 2,
            'R' => 4,
            'P' => 8,
            _ => 16,
        }
    })
}

fn number(side: usize, relative: i64) -> u32 {
    ((FIRST[side] + relative) & 0xffff_ffff) as u32
}

/// After a handshake of 10 ms with windows of 1000, unscaled unless `options` say so.
fn check(options: &[u8], lines: &[Line<'_>]) {
    let mut analysis = Analysis::default();
    let opening: [Line<'_>; 3] = [
        ('c', 0, "S", 0, -FIRST[1], 1000, 0, &[]),
        ('s', 5, "SA", 0, 1, 1000, 0, &[]),
        ('c', 10, "A", 1, 1, 1000, 0, &[]),
    ];
    for (at, line) in opening.iter().chain(lines).enumerate() {
        let &(sender, milliseconds, letters, sequence, acknowledgement, window, length, marks) =
            line;
        let side = usize::from(sender == 's');
        let segment = SegmentFacts {
            number: at as u64 + 1,
            sequence: number(side, sequence),
            acknowledgement: number(1 - side, acknowledgement),
            window,
            flags: flags(letters),
            length,
            options: if letters.contains('S') { options } else { &[] },
        };
        let time = Timestamp(1_700_000_000_000_000_000 + milliseconds * 1_000_000);
        let found: Vec<Mark> = analysis.take(side, time, &segment).iter().collect();
        assert_eq!(found, marks, "line {} of {lines:?}", at + 1);
    }
}

#[test]
fn an_ordinary_connection_has_no_marks() {
    check(
        &[],
        &[
            ('c', 20, "PA", 1, 1, 1000, 200, &[]),
            ('s', 25, "A", 1, 201, 1000, 0, &[]),
            ('s', 26, "PA", 1, 201, 1000, 500, &[]),
            ('c', 30, "A", 201, 501, 1000, 0, &[]),
            ('c', 40, "FA", 201, 501, 1000, 0, &[]),
            ('s', 45, "FA", 501, 202, 1000, 0, &[]),
            ('c', 50, "A", 202, 502, 1000, 0, &[]),
        ],
    );
}

#[test]
fn what_is_sent_again_is_told_apart() {
    use Mark::{
        DuplicateAck, FastRetransmission, LostSegment, OutOfOrder, Retransmission,
        SpuriousRetransmission,
    };
    check(
        &[],
        &[
            ('c', 20, "A", 1, 1, 1000, 100, &[]),
            ('c', 21, "A", 201, 1, 1000, 100, &[LostSegment]),
            ('c', 22, "A", 101, 1, 1000, 50, &[OutOfOrder]),
            ('c', 60, "A", 151, 1, 1000, 50, &[Retransmission]),
            ('s', 70, "A", 1, 301, 1000, 0, &[]),
            ('c', 80, "A", 101, 1, 1000, 100, &[Retransmission, SpuriousRetransmission]),
            ('c', 81, "A", 301, 1, 1000, 100, &[]),
            ('c', 81, "A", 401, 1, 1000, 100, &[]),
            ('s', 82, "A", 1, 301, 1000, 0, &[DuplicateAck]),
            ('s', 83, "A", 1, 301, 1000, 0, &[DuplicateAck]),
            ('c', 84, "A", 301, 1, 1000, 100, &[Retransmission, FastRetransmission]),
        ],
    );
}

#[test]
fn windows_and_probes_are_marked() {
    use Mark::{
        KeepAlive, KeepAliveAck, WindowFull, WindowUpdate, ZeroWindow, ZeroWindowProbe,
        ZeroWindowProbeAck,
    };
    let lines: &[Line<'_>] = &[
        ('c', 20, "A", 1, 1, 1000, 1000, &[WindowFull]),
        ('s', 25, "A", 1, 1001, 0, 0, &[ZeroWindow]),
        ('c', 90, "A", 1001, 1, 1000, 1, &[ZeroWindowProbe]),
        ('s', 91, "A", 1, 1001, 0, 0, &[ZeroWindow, ZeroWindowProbeAck]),
        ('s', 95, "A", 1, 1001, 500, 0, &[WindowUpdate]),
        ('c', 99, "A", 1000, 1, 1000, 0, &[KeepAlive]),
        ('s', 99, "A", 1, 1001, 500, 0, &[KeepAliveAck]),
    ];
    check(&[], lines);
    // The window of a SYN is never scaled, those after it are.
    let scaled: &[Line<'_>] = &[('c', 20, "A", 1, 1, 1000, 1000, &[WindowFull])];
    check(SCALED, scaled);
    check(
        SCALED,
        &[
            ('s', 12, "A", 1, 1, 999, 0, &[WindowUpdate]),
            ('c', 20, "A", 1, 1, 1000, 3996, &[WindowFull]),
        ],
    );
}

#[test]
fn what_the_capture_lacks_is_marked() {
    use Mark::{AckLostSegment, LostSegment};
    check(
        &[],
        &[
            ('s', 20, "A", 1, 501, 1000, 0, &[AckLostSegment]),
            ('c', 25, "A", 501, 1, 1000, 100, &[LostSegment]),
            ('s', 30, "A", 1, 601, 1000, 0, &[AckLostSegment]),
            ('s', 31, "R", 90, 601, 0, 0, &[]),
        ],
    );
}

#[test]
fn a_syn_with_another_number_is_another_connection() {
    use Mark::ReusedPorts;
    check(
        &[],
        &[
            ('c', 20, "PA", 1, 1, 1000, 200, &[]),
            ('c', 900, "S", 7000, -FIRST[1], 1000, 0, &[ReusedPorts]),
            ('s', 905, "SA", 9000, 7001, 1000, 0, &[]),
            ('c', 910, "A", 7001, 9001, 1000, 0, &[]),
            ('s', 911, "SA", 9000, 7001, 1000, 0, &[Mark::Retransmission]),
            ('s', 912, "SA", 9500, 7001, 1000, 0, &[Mark::LostSegment, ReusedPorts]),
        ],
    );
}

#[test]
fn a_duplicate_names_what_it_repeats() {
    let mut analysis = Analysis::default();
    let segment = |number, flags| SegmentFacts {
        number,
        sequence: 10,
        acknowledgement: 20,
        window: 5,
        flags,
        length: 0,
        options: &[],
    };
    for at in 10..14 {
        let marks = analysis.take(1, Timestamp(at), &segment(at, 16));
        assert_eq!(marks.has(Mark::DuplicateAck), at > 10, "{at}");
    }
    assert_eq!(analysis.duplicate(1), (3, 10));
}

#[test]
fn marks_are_shown_once() {
    let marks: Marks = [Mark::Retransmission, Mark::SpuriousRetransmission].into_iter().collect();
    assert_eq!(marks.iter().count(), 2);
    assert_eq!(marks.shown().collect::<Vec<_>>(), [Mark::SpuriousRetransmission]);
    for (at, mark) in Mark::ALL.into_iter().enumerate() {
        assert_eq!(mark as usize, at, "{}", mark.code());
        assert!(Marks::from(mark).has(mark));
    }
}

#[test]
fn the_state_stays_small() {
    assert!(size_of::<Analysis>() <= 152, "{}", size_of::<Analysis>());
}

proptest! {
    #[test]
    fn no_segments_make_it_panic(
        segments in prop::collection::vec(
            (0..3usize, any::<u64>(), any::<u32>(), any::<u32>(), any::<u16>(), any::<u8>(),
             any::<u32>(), prop::collection::vec(any::<u8>(), 0..40)), 0..40)
    ) {
        let mut analysis = Analysis::default();
        for (side, time, sequence, acknowledgement, window, flags, length, options) in segments {
            let segment = SegmentFacts {
                number: time, sequence, acknowledgement, window, flags, length, options: &options,
            };
            analysis.take(side, Timestamp(time), &segment);
            analysis.duplicate(side);
        }
    }
}
