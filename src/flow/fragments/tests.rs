//! Packets cut into fragments, and what comes back.

use proptest::prelude::*;

use super::*;

const V4: [&str; 2] = ["192.0.2.1", "192.0.2.2"];
const V6: [&str; 2] = ["fd00::1", "fd00::2"];

fn pair(addresses: [&str; 2]) -> (IpAddr, IpAddr) {
    (addresses[0].parse().unwrap(), addresses[1].parse().unwrap())
}

fn part(id: u32, offset: usize, more: bool, payload: &[u8]) -> Fragment<'_> {
    Fragment { id, protocol: 17, offset, more, payload, cut: false }
}

/// Each part as offset, text, and whether more follow; then what came of it: the packet at
/// the part that completed it, or the first fragment alone.
fn check(addresses: [&str; 2], parts: &[(usize, &str, bool)], expected: &str) {
    let mut fragments = Fragments::default();
    let mut found = Vec::new();
    for (number, (offset, text, more)) in parts.iter().enumerate() {
        let part = part(7, *offset, *more, text.as_bytes());
        if let Some(whole) = fragments.take(Timestamp(1), pair(addresses), &part) {
            found.push(format!("{number} {}", String::from_utf8(whole.payload).unwrap()));
        }
    }
    fragments.finish();
    while let Some(alone) = fragments.evicted() {
        found.push(format!("alone {}", String::from_utf8(alone.payload).unwrap()));
    }
    assert_eq!(found.join(", "), expected, "{parts:?}");
    assert_eq!((fragments.bytes, fragments.waiting.len(), fragments.order.len()), (0, 0, 0));
}

#[test]
fn packets_are_put_together() {
    let (a, b, c) = ((0, "aaaaaaaa", true), (8, "bbbbbbbb", true), (16, "cc", false));
    for addresses in [V4, V6] {
        check(addresses, &[a, b, c], "2 aaaaaaaabbbbbbbbcc");
        check(addresses, &[c, b, a], "2 aaaaaaaabbbbbbbbcc");
        check(addresses, &[b, b, c, c, a], "4 aaaaaaaabbbbbbbbcc");
        check(addresses, &[a, b], "alone aaaaaaaa");
        check(addresses, &[b, c], "");
        // Something else where a piece is already: the whole packet is refused.
        check(addresses, &[a, b, (8, "BBBBBBBB", true), c], "alone aaaaaaaa");
        // After its last fragment a packet has no more, and only one last.
        check(addresses, &[c, (24, "dddddddd", true), a, b], "");
        check(addresses, &[a, c, (16, "ccc", false), b], "alone aaaaaaaa");
        check(addresses, &[a, (24, "dddddddd", true), c, b], "alone aaaaaaaa");
        // Longer than any packet.
        check(addresses, &[a, (65_528, "dddddddd", false), b], "alone aaaaaaaa");
    }
}

#[test]
fn overlaps_count_by_version() {
    let parts = [(0, "aaaaaaaabbbbbbbb", true), (8, "bbbbbbbbcccccccc", true), (24, "d", false)];
    check(V4, &parts, "2 aaaaaaaabbbbbbbbccccccccd");
    check(V6, &parts, "alone aaaaaaaabbbbbbbb");
    // One piece over others, with gaps before, between and after.
    let parts = [
        (8, "bbbbbbbb", true),
        (24, "dddddddd", true),
        (0, "aaaaaaaabbbbbbbbccccccccddddddddeeeeeeee", true),
        (40, "", false),
    ];
    check(V4, &parts, "3 aaaaaaaabbbbbbbbccccccccddddddddeeeeeeee");
    // What is no multiple of eight, and not the last.
    let parts = [(0, "aaaaaaaabbb", true), (8, "bb", false)];
    check(V4, &parts, "1 aaaaaaaabb");
    check(V6, &parts, "");
}

#[test]
fn what_is_missing_is_given_up_in_order() {
    let mut fragments = Fragments::default();
    let addresses = pair(V4);
    for id in 0..5000 {
        let time = Timestamp(u64::from(id));
        assert_eq!(fragments.take(time, addresses, &part(id, 0, true, b"12345678")), None);
    }
    assert_eq!(fragments.waiting.len(), MOST_PACKETS);
    let given_up: Vec<u64> =
        std::iter::from_fn(|| fragments.evicted()).map(|alone| alone.first_seen.0).collect();
    assert_eq!(given_up, (0..5000 - MOST_PACKETS as u64).collect::<Vec<_>>());
    // A minute later nothing of it is waited for.
    let later = Timestamp(61_000_000_000);
    assert_eq!(fragments.take(later, addresses, &part(9999, 0, true, b"12345678")), None);
    assert_eq!(fragments.waiting.len(), 1);
    let long = vec![0; 60_000];
    for id in 0..1000 {
        assert_eq!(fragments.take(later, addresses, &part(id, 0, true, &long)), None);
        assert!(fragments.bytes <= MOST_BYTES);
    }
}

#[test]
fn what_a_snaplen_cut_is_never_whole() {
    let mut fragments = Fragments::default();
    let cut = |offset, more| Fragment { cut: true, ..part(1, offset, more, b"123") };
    assert_eq!(fragments.take(Timestamp(1), pair(V4), &cut(0, true)), None);
    assert_eq!(fragments.take(Timestamp(1), pair(V4), &cut(8, false)), None);
    fragments.finish();
    assert_eq!(fragments.evicted().map(|alone| alone.payload), Some(b"123".to_vec()));
}

proptest! {
    /// In whatever order and however often fragments come, the packet comes out as it went in.
    #[test]
    fn any_order_gives_the_packet(
        payload in prop::collection::vec(any::<u8>(), 9..3000),
        size in 1_usize..40,
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..60),
        v4 in any::<bool>(),
    ) {
        let size = size * 8;
        let parts: Vec<_> = payload
            .chunks(size)
            .enumerate()
            .map(|(at, data)| part(3, at * size, (at + 1) * size < payload.len(), data))
            .collect();
        let mut fragments = Fragments::default();
        let addresses = pair(if v4 { V4 } else { V6 });
        let mut whole = None;
        // First some of them in a random order, then what is left.
        for part in order.iter().map(|index| index.get(&parts)).chain(&parts) {
            whole = whole.or(fragments.take(Timestamp(1), addresses, part));
        }
        if parts.len() > 1 {
            prop_assert_eq!(whole.map(|whole| whole.payload), Some(payload));
        }
    }

    #[test]
    fn anything_is_taken_within_bounds(
        parts in prop::collection::vec(
            (0_u32..3, 0_usize..9000, any::<bool>(), 0_usize..70, any::<bool>(), any::<u8>()),
            0..200,
        ),
    ) {
        let mut fragments = Fragments::default();
        for (id, offset, more, length, v4, byte) in parts {
            let data = vec![byte & 1; length];
            let part = part(id, offset * 8, more, &data);
            fragments.take(Timestamp(u64::from(byte)), pair(if v4 { V4 } else { V6 }), &part);
            let cost: usize = fragments.waiting.values().map(Waiting::cost).sum();
            prop_assert_eq!(cost, fragments.bytes);
            prop_assert_eq!(fragments.waiting.len(), fragments.order.len());
        }
        fragments.finish();
        prop_assert_eq!(fragments.bytes, 0);
    }
}
