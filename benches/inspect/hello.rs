//! The first messages of a TLS 1.3 connection (RFC 8446 section 4.1), as far as a reader of
//! names needs them.

use crate::random::Random;

fn counted<const SIZE: usize>(bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len().to_be_bytes();
    [&length[length.len() - SIZE..], bytes].concat()
}

fn extension(kind: u16, body: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &counted::<2>(body)].concat()
}

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let message = [&[kind][..], &counted::<3>(body)].concat();
    [&[22, 3, 1][..], &counted::<2>(&message)].concat()
}

/// A ClientHello for this host.
pub(crate) fn client(name: &str, random: &mut Random) -> Vec<u8> {
    let server_name = counted::<2>(&[&[0][..], &counted::<2>(name.as_bytes())].concat());
    let protocols = counted::<2>(&[counted::<1>(b"h2"), counted::<1>(b"http/1.1")].concat());
    let key = [&[0, 29][..], &counted::<2>(&random.bytes(32))].concat();
    let extensions = [
        extension(0, &server_name),
        extension(16, &protocols),
        extension(10, &[0, 2, 0, 29]),
        extension(13, &[0, 4, 4, 3, 8, 4]),
        extension(43, &[2, 3, 4]),
        extension(51, &counted::<2>(&key)),
    ]
    .concat();
    let body = [
        vec![3, 3],
        random.bytes(32),
        counted::<1>(&random.bytes(32)),
        vec![0, 4, 19, 1, 19, 3, 1, 0],
        counted::<2>(&extensions),
    ];
    record(1, &body.concat())
}

/// A ServerHello, and the beginning of what it encrypts: one record of the greatest length.
pub(crate) fn server(random: &mut Random) -> Vec<u8> {
    let key = [&[0, 29][..], &counted::<2>(&random.bytes(32))].concat();
    let extensions = [extension(43, &[3, 4]), extension(51, &key)].concat();
    let body = [
        vec![3, 3],
        random.bytes(32),
        counted::<1>(&random.bytes(32)),
        vec![19, 1, 0],
        counted::<2>(&extensions),
    ];
    [record(2, &body.concat()), vec![23, 3, 3, 64, 0]].concat()
}
