//! Messages of SIP, in streams and datagrams, and what is read of them.

use super::*;
use proptest::prelude::*;

const INVITE: &str = "INVITE sip:bob@biloxi.example SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9\r\n\
    From: Alice <sip:alice@atlanta.example>;tag=19\r\nTo: Bob <sip:bob@biloxi.example>\r\n\
    CSeq: 31 INVITE\r\nContact: <sip:alice@192.0.2.9>\r\nContent-Type: application/sdp\r\n\
    Content-Length: 57\r\n\r\nv=0\r\nc=IN IP4 192.0.2.9\r\nm=audio 49172 RTP/AVP 0 8 96\r\n12";

fn shown(step: Step<SipHead>) -> String {
    let Step::Read { value, length } = step else { return format!("{step:?}") };
    assert_eq!(value.length, length);
    let host = value.message.request.and_then(|request| request.host);
    let names: Vec<_> = value.message.names.iter().map(|named| named.name.as_str()).collect();
    format!("{} {host:?} {names:?} {length} {:?}", value.message.summary, value.body)
}

fn check(bytes: &str, expected: &str) {
    assert_eq!(shown(sip_head(bytes.as_bytes(), false)), expected, "{bytes:?}");
}

#[test]
fn streams_are_read() {
    check(
        "REGISTER sip:h;transport=UDP SIP/2.0\r\nl: 3\r\n\r\nabc",
        "Request: REGISTER sip:h;transport=UDP Some(\"h\") [\"h\"] 46 Some(3)",
    );
    check(
        "INVITE sips:a;x?y@[2001:DB8::1]:5061 SIP/2.0\r\n\r\n",
        "Request: INVITE sips:a;x?y@[2001:DB8::1]:5061 Some(\"2001:db8::1\") [\"2001:db8::1\"] 48 None",
    );
    check("MESSAGE tel:+123 SIP/2.0\n\n", "Request: MESSAGE tel:+123 None [] 26 None");
    check(
        "SIP/2.0 200 OK\r\nCSeq: 2 REGISTER\r\nContent-Length : 0\r\n\r\n",
        "Status: 200 OK (REGISTER) None [] 56 Some(0)",
    );
    check(
        "SIP/2.0 401 Unauthorized\r\nCSeq: 2 REGISTER\r\n\r\n",
        "Status: 401 Unauthorized None [] 46 None",
    );
    check("\r\n\r\nSIP/2.0", "keep-alive None [] 4 Some(0)");
    check("REGISTER sip:h SIP/2.0\r\nTo: x", "Incomplete");
    check("REGISTER sip:h SIP", "Incomplete");
    check("SIP/2.0 2", "Incomplete");
    check("", "Incomplete");
    check("GET / HTTP/1.1\r\n\r\n", "Not");
    check("INVITE bob SIP/2.0\r\n\r\n", "Not");
    check("INVITE sip:a b SIP/2.0\r\n\r\n", "Not");
    check("SIP/2.0 nought\r\n\r\n", "Not");
    check("\u{1}", "Not");
}

#[test]
fn a_session_description_is_waited_for() {
    let Step::Read { value, length } = sip_head(INVITE.as_bytes(), false) else { panic!() };
    assert_eq!(length, INVITE.len());
    assert_eq!(value.body, Some(0));
    assert_eq!(value.message.media, ["192.0.2.9:49172".parse().unwrap()]);
    assert_eq!(
        value.message.summary,
        "Request: INVITE sip:bob@biloxi.example, with session description"
    );
    assert_eq!(value.from.as_deref(), Some("sip:alice@atlanta.example"));
    assert_eq!(value.message.sender, value.from);
    assert_eq!(value.to.as_deref(), Some("sip:bob@biloxi.example"));
    assert_eq!(value.contact.as_deref(), Some("sip:alice@192.0.2.9"));
    let cut = &INVITE.as_bytes()[..INVITE.len() - 20];
    assert_eq!(sip_head(cut, false), Step::Incomplete);
    let Step::Read { value, .. } = sip_head(cut, true) else { panic!() };
    assert_eq!((value.body, value.length), (Some(20), cut.len()));
}

#[test]
fn datagrams_are_read() {
    for (bytes, expected) in [
        (INVITE, Some("Request: INVITE sip:bob@biloxi.example, with session description")),
        (&INVITE[..60], Some("Request: INVITE sip:bob@biloxi.example")),
        (&INVITE[..37], Some("Request: INVITE sip:bob@biloxi.example")),
        (&INVITE[..30], None),
        ("\r\nOPTIONS sip:h SIP/2.0\r\n\r\n", Some("Request: OPTIONS sip:h")),
        ("SIP/2.0 100 Trying\r\n\r\n", Some("Status: 100 Trying")),
        ("\r\n\r\n", Some("keep-alive")),
        ("\0\0\0\0", Some("keep-alive")),
        ("jaK", Some("keep-alive")),
        ("", None),
    ] {
        let message = sip_datagram(bytes.as_bytes());
        assert_eq!(message.map(|message| message.summary).as_deref(), expected, "{bytes:?}");
    }
    let message = sip_datagram(INVITE.as_bytes()).unwrap();
    assert_eq!(message.media, ["192.0.2.9:49172".parse().unwrap()]);
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300), at_end: bool) {
        if let Step::Read { length, .. } = sip_head(&bytes, at_end) {
            prop_assert!(length <= bytes.len());
        }
        sip_datagram(&bytes);
    }

    #[test]
    fn damaged_messages_are_read(cut in 0_usize..400, at in 0_usize..400, flip: u8, at_end: bool) {
        let mut bytes = INVITE.as_bytes().to_vec();
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= flip;
        }
        bytes.truncate(cut);
        if let Step::Read { length, .. } = sip_head(&bytes, at_end) {
            prop_assert!(length <= bytes.len());
        }
        sip_datagram(&bytes);
    }
}
