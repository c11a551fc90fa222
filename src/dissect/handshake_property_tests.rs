//! Handshakes of strangers: whatever is sent, nothing panics, what is held stays bounded, and
//! how a stream is cut makes no difference.

use proptest::prelude::*;

use super::quic_samples::{crypto, initial};
use super::tls_samples::{
    certificate, chain, extension, handshake, hello, record, server_body, server_name, vector,
};
use super::{DtlsReader, Message, QuicReader, TlsReader, is_dtls, looks_like_tls, quic_protocol};

/// Streams that mean something, to be damaged.
fn streams() -> Vec<Vec<u8>> {
    let server = handshake(2, &server_body(0x0303, &[5; 32], &[]));
    let chain = handshake(11, &chain(&[certificate("a", &["a.example", "b.example"], false)]));
    let strange = handshake(1, &vector(2, &server_name(b"\x1b[2Ja.example")));
    let ids = initial(1, b"12345678", b"12345678", true, 0, &crypto(0, &hello("a.example")));
    let mut datagram = vec![0x16, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0];
    datagram.extend(vector(2, &[&[1, 0, 0, 90, 0, 0, 0, 0, 5, 0, 0, 40][..], &[3; 40]].concat()));
    vec![
        [record(22, &hello("a.example")), record(20, &[1]), record(22, &[9; 40])].concat(),
        [record(22, &[server, chain].concat()), record(21, &[2, 40]), record(23, &[1; 50])]
            .concat(),
        [record(22, &strange), record(22, &extension(0xfe0d, &[0; 50]))].concat(),
        ids,
        datagram,
        [
            &b"\x0d12345678Q043\x01"[..],
            b"CHLO\x02\0\0\0PAD\0\x04\0\0\0SNI\0\x0d\0\0\0----a.example",
        ]
        .concat(),
    ]
}

/// Arbitrary bytes, and streams with bits flipped, ends cut off and parts said twice.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let damaged = (
        0..streams().len(),
        prop::collection::vec((any::<prop::sample::Index>(), 0..8_u8), 0..6),
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        any::<bool>(),
    );
    let damaged = damaged.prop_map(|(which, flips, start, end, twice)| {
        let mut bytes = streams().swap_remove(which);
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        let again = bytes[start.index(bytes.len())..].to_vec();
        if twice {
            bytes.extend(again);
        } else {
            bytes.truncate(end.index(bytes.len() + 1));
        }
        bytes
    });
    prop_oneof![prop::collection::vec(any::<u8>(), 0..300), damaged]
}

fn tls(stream: &[u8], pieces: &[usize], client: bool) -> Vec<Message> {
    let (mut out, mut reader, mut rest) = (Vec::new(), TlsReader::new(client), stream);
    for piece in pieces.iter().cycle() {
        let (now, later) = rest.split_at((*piece).min(rest.len()));
        reader.take(now, &mut out);
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    reader.finish(&mut out);
    out
}

fn is_printable(messages: &[Message]) -> bool {
    let names = messages.iter().flat_map(|message| message.names.iter().map(|name| &name.name));
    let mut texts = names.chain(messages.iter().map(|message| &message.summary));
    texts.all(|text| text.chars().all(|c| !c.is_control()))
}

proptest! {
    #[test]
    fn nothing_panics_and_everything_is_printable(
        parts in prop::collection::vec((any::<bool>(), bytes()), 1..6),
        lost in 0..70_000_usize,
    ) {
        let mut out = Vec::new();
        let (mut quic, mut tls) = (QuicReader::new(), TlsReader::new(lost % 2 == 0));
        let mut dtls = DtlsReader::new(lost % 2 == 0);
        for (client, bytes) in &parts {
            let _ = (is_dtls(bytes), looks_like_tls(bytes), quic_protocol(bytes));
            quic.take(*client, bytes, &mut out);
            dtls.take(bytes, &mut out);
            tls.take(bytes, &mut out);
            if *client {
                tls.lose(lost, &mut out);
            }
        }
        quic.finish(&mut out);
        dtls.finish(&mut out);
        tls.finish(&mut out);
        prop_assert!(is_printable(&out));
    }

    #[test]
    fn how_a_stream_is_cut_makes_no_difference(
        bytes in bytes(),
        pieces in prop::collection::vec(1..40_usize, 1..8),
        client in any::<bool>(),
    ) {
        prop_assert_eq!(tls(&bytes, &pieces, client), tls(&bytes, &[usize::MAX], client));
    }

    #[test]
    fn what_begins_a_stream_is_not_taken_back(bytes in bytes()) {
        let mut told = None;
        for end in 0..bytes.len().min(64) {
            let now = looks_like_tls(&bytes[..end]);
            prop_assert!(told.is_none() || now == told, "{told:?} then {now:?} at {end}");
            told = now;
        }
    }
}

/// Messages that never end, said to be as long as can be written.
#[test]
fn memory_is_bounded() {
    let mut out = Vec::new();
    let mut tls = TlsReader::new(true);
    let mut dtls = DtlsReader::new(true);
    let mut quic = QuicReader::new();
    tls.take(&record(22, &[1, 0x0f, 0xff, 0xff]), &mut out);
    for number in 0..2000_u16 {
        tls.take(&record(22, &[3; 1000]), &mut out);
        // Each fragment is of another message and lies far ahead.
        let [high, low] = number.to_be_bytes();
        let header = [1, 0, 0x70, 0, high, low, 0, 0x60, high, 0, 0, 100];
        let fragment = vector(2, &[&header[..], &[4; 100]].concat());
        let start = [0x16, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0];
        dtls.take(&[&start[..], &fragment].concat(), &mut out);
        // Each connection is another, with a hole at its beginning.
        let id = [high, low, 5, 5, 5, 5, 5, 5];
        let frames = crypto(usize::from(number) + 5, &[6; 1000]);
        quic.take(true, &initial(1, &id, &id, true, 0, &frames), &mut out);
        quic.take(true, &initial(1, b"12345678", b"12345678", true, 0, &frames), &mut out);
        assert!(tls.held() <= 128 * 1024);
        assert!(dtls.held() <= 4 * 32 * 1024);
        assert!(quic.held() <= 6 * 128 * 1024);
    }
}
