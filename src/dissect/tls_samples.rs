//! Handshakes made for tests.

/// A vector behind a length of so many bytes.
pub(super) fn vector(length_of_length: usize, bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    [&length[4 - length_of_length..], bytes].concat()
}

/// An extension of a hello.
pub(super) fn extension(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &vector(2, data)].concat()
}

/// The extension that names the server (RFC 6066 section 3).
pub(super) fn server_name(name: &[u8]) -> Vec<u8> {
    extension(0, &vector(2, &[&[0][..], &vector(2, name)].concat()))
}

/// The extension that offers application protocols (RFC 7301 section 3.1).
pub(super) fn alpn(protocols: &[&str]) -> Vec<u8> {
    let list: Vec<u8> = protocols.iter().flat_map(|name| vector(1, name.as_bytes())).collect();
    extension(16, &vector(2, &list))
}

/// The body of a ClientHello with these extensions; DTLS has a cookie in it.
pub(super) fn hello_body(version: u16, datagram: bool, extensions: &[Vec<u8>]) -> Vec<u8> {
    let cookie: &[u8] = if datagram { &[0] } else { &[] };
    [
        &version.to_be_bytes()[..],
        &[7; 32],
        &vector(1, &[9; 32]),
        cookie,
        &vector(2, &[0x13, 1, 0x13, 2, 0xc0, 0x2f]),
        &[1, 0],
        &vector(2, &extensions.concat()),
    ]
    .concat()
}

/// The body of a ServerHello.
pub(super) fn server_body(version: u16, random: &[u8; 32], extensions: &[Vec<u8>]) -> Vec<u8> {
    let extensions = vector(2, &extensions.concat());
    [&version.to_be_bytes()[..], random, &[0, 0xc0, 0x2f, 0], &extensions].concat()
}

/// A handshake message.
pub(super) fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &vector(3, body)].concat()
}

/// A ClientHello for this name, as a handshake message.
pub(super) fn hello(name: &str) -> Vec<u8> {
    handshake(1, &hello_body(0x0303, false, &[server_name(name.as_bytes()), alpn(&["h2"])]))
}

/// A record.
pub(super) fn record(kind: u8, bytes: &[u8]) -> Vec<u8> {
    [&[kind, 3, 1][..], &vector(2, bytes)].concat()
}

/// A value in DER (X.690 section 8.1).
pub(super) fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let length = u16::try_from(contents.len()).unwrap().to_be_bytes();
    [&[tag, 0x82][..], &length, &contents].concat()
}

/// A certificate (RFC 5280 section 4.1) with a common name and these alternatives.
pub(super) fn certificate(common: &str, alternatives: &[&str], authority: bool) -> Vec<u8> {
    let name = |text: &str| {
        let common_name = der(6, &[&[0x55, 4, 3]]);
        der(0x30, &[&der(0x31, &[&der(0x30, &[&common_name, &der(12, &[text.as_bytes()])])])])
    };
    let algorithm = der(0x30, &[&der(6, &[&[0x2b, 0x65, 0x70]])]);
    let day = der(23, &[b"260101000000Z"]);
    let mut extensions = Vec::new();
    if !alternatives.is_empty() {
        let names: Vec<u8> =
            alternatives.iter().flat_map(|name| der(0x82, &[name.as_bytes()])).collect();
        let value = der(4, &[&der(0x30, &[&names])]);
        extensions.extend(der(0x30, &[&der(6, &[&[0x55, 0x1d, 17]]), &value]));
    }
    if authority {
        let value = der(4, &[&der(0x30, &[&[1, 1, 0xff]])]);
        extensions.extend(der(0x30, &[&der(6, &[&[0x55, 0x1d, 19]]), &value]));
    }
    let key = der(0x30, &[&algorithm, &der(3, &[&[0; 33]])]);
    let extensions =
        if extensions.is_empty() { extensions } else { der(0xa3, &[&der(0x30, &[&extensions])]) };
    let signed = der(
        0x30,
        &[
            &der(0xa0, &[&[2, 1, 2]]),
            &[2, 1, 1],
            &algorithm,
            &name("Example Authority"),
            &der(0x30, &[&day, &day]),
            &name(common),
            &key,
            &extensions,
        ],
    );
    der(0x30, &[&signed, &algorithm, &der(3, &[&[0; 65]])])
}

/// The body of a Certificate message (RFC 5246 section 7.4.2).
pub(super) fn chain(certificates: &[Vec<u8>]) -> Vec<u8> {
    let list: Vec<u8> = certificates.iter().flat_map(|one| vector(3, one)).collect();
    vector(3, &list)
}
