//! No bytes make the reader panic, and damage costs only what comes after it.

use proptest::prelude::*;

use super::reader_tests::read;
use super::written::{BIG, LITTLE, Writer};

fn classic(order: Writer, magic: u32) -> Vec<u8> {
    let mut file = order.pcap(magic, 65_535, 1);
    for at in 0..20 {
        file.extend(order.record(at, at, &vec![7; at as usize * 3]));
    }
    file
}

fn sections() -> Vec<u8> {
    let mut file = Vec::new();
    for order in [LITTLE, BIG] {
        file.extend(order.section());
        file.extend(order.interface(1, 0, &order.option(9, &[9])));
        for at in 0..10_u64 {
            file.extend(order.packet(0, at, &vec![7; at as usize * 3], &order.option(1, b"x")));
        }
        file.extend(order.block(3, &order.words(&[4, 7])));
        file.extend(order.block(4, &order.option(1, b"\xc0\0\x02\x07a.example\0")));
        file.extend(order.block(5, &order.words(&[0, 0, 0])));
    }
    file
}

fn files() -> Vec<Vec<u8>> {
    vec![classic(LITTLE, 0xa1b2_c3d4), classic(BIG, 0xa1b2_3c4d), sections()]
}

proptest! {
    #[test]
    fn arbitrary_bytes(
        data in prop::collection::vec(any::<u8>(), 0..600),
        start in prop::sample::select(&[0_usize, 12, 24, 28, 48][..]),
        which in 0_usize..3,
    ) {
        let file = &files()[which];
        read(&[&file[..start], &data].concat());
    }

    #[test]
    fn flipped_bits(
        which in 0_usize..3,
        flips in prop::collection::vec((any::<u16>(), 0_u8..8), 1..10),
    ) {
        let mut file = files().swap_remove(which);
        for (at, bit) in flips {
            let at = usize::from(at) % file.len();
            file[at] ^= 1 << bit;
        }
        read(&file);
    }

    /// A cut file gives the packets before the cut, all of them, and says where it was cut.
    #[test]
    fn cut_files(which in 0_usize..3, cut in any::<prop::sample::Index>()) {
        let file = files().swap_remove(which);
        let cut = cut.index(file.len());
        let (whole, _, failure) = read(&file);
        prop_assert_eq!(failure, None);
        let (packets, facts, failure) = read(&file[..cut]);
        prop_assert_eq!(&packets[..], &whole[..packets.len()]);
        if let Some(place) = facts.truncated_at {
            prop_assert!(place.offset <= cut as u64);
            prop_assert_eq!(place.packets, packets.len() as u64);
            prop_assert!(failure.is_some());
        }
    }
}
