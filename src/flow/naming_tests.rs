//! Whom a name stands for where it is easily taken for somebody else's, and what was answered.

use super::wire::{LOCAL, Wire, at, dns, hello, lines};
use crate::contact::{EvidenceKind, Protocol};
use crate::flow::Setting;

fn us(port: u16) -> std::net::SocketAddr {
    at(&format!("{LOCAL}:{port}"))
}

/// An answer of type HTTPS with an address hint (RFC 9460 section 7.3).
fn service(name: &str, hint: [u8; 4]) -> Vec<u8> {
    let mut message = dns(name, 65, Some(&[]));
    message[7] = 1;
    message.extend([0xc0, 12, 0, 65, 0, 1, 0, 0, 0, 60, 0, 11, 0, 1, 0, 0, 4, 0, 4]);
    message.extend(hint);
    message
}

#[test]
fn a_service_binding_names_the_address_that_it_hints_at() {
    let mut wire = Wire::from(11);
    let resolver = at("198.51.100.53:53");
    wire.udp(us(4000), resolver, &dns("svc.example", 65, None));
    wire.udp(resolver, us(4000), &service("svc.example", [198, 18, 0, 9]));
    wire.connection(us(4001), at("198.18.0.9:443"), &[b"\x16"]);
    let found = lines(&wire.survey(&Setting::default()));
    assert!(found.iter().any(|line| line.starts_with("svc.example 443/tcp")), "{found:?}");
}

#[test]
fn what_is_said_beyond_a_proxy_names_no_proxy() {
    let mut wire = Wire::from(11);
    let proxy = at("198.18.0.8:8080");
    let connect = b"CONNECT inner.example:443 HTTP/1.1\r\nHost: inner.example:443\r\n\r\n";
    wire.connection(us(4000), proxy, &[connect, &hello("inner.example", false)]);
    let survey = wire.survey(&Setting::default());
    assert_eq!(
        lines(&survey),
        ["198.18.0.8 8080/tcp http startup outward x1 CONNECT inner.example:443"]
    );
    let kinds: Vec<_> = survey.contacts[0].evidence.iter().map(|piece| piece.kind).collect();
    assert!(kinds.contains(&EvidenceKind::HttpProxied), "{kinds:?}");
}

#[test]
fn sip_requests_learn_their_final_status() {
    let mut wire = Wire::from(11);
    let server = at("198.18.0.7:5060");
    let register =
        b"REGISTER sip:h.example SIP/2.0\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n";
    wire.udp(us(5060), server, register);
    for status in ["100 Trying", "401 Unauthorized"] {
        let answer = format!("SIP/2.0 {status}\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n");
        wire.udp(server, us(5060), answer.as_bytes());
    }
    let survey = wire.survey(&Setting::default());
    assert_eq!(survey.contacts[0].requests[0].status, Some(401));
}

#[test]
fn what_the_other_end_asks_is_no_request_of_ours() {
    let sip = |first: &str, cseq: &str| {
        format!(
            "{first}\r\nFrom: \"A\" <sip:a@h.example>;tag=1\r\nTo: <sip:b@h.example>\r\nContact: \
             <sip:a@192.0.2.2:5060>\r\nCSeq: 1 {cseq}\r\nContent-Length: 0\r\n\r\n"
        )
    };
    let register = sip("REGISTER sip:h.example SIP/2.0", "REGISTER");
    let options = sip("OPTIONS sip:a@phone.example SIP/2.0", "OPTIONS");
    let asked = sip("OPTIONS sip:h.example SIP/2.0", "OPTIONS");
    let (fine, busy) = (sip("SIP/2.0 200 OK", "OPTIONS"), sip("SIP/2.0 486 Busy", "OPTIONS"));
    let said =
        [(true, &register), (false, &options), (true, &asked), (true, &busy), (false, &fine)];
    let server = at("198.18.0.7:5060");
    let (mut datagrams, mut stream) = (Wire::from(11), Wire::from(11));
    stream.tcp(us(5060), server, "S", 0, b"").tcp(server, us(5060), "SA", 0, b"");
    let mut sequence = [1, 1];
    for (ours, text) in said {
        let (from, to) = if ours { (us(5060), server) } else { (server, us(5060)) };
        datagrams.udp(from, to, text.as_bytes());
        stream.tcp(from, to, "A", sequence[usize::from(ours)], text.as_bytes());
        sequence[usize::from(ours)] += u32::try_from(text.len()).unwrap();
    }
    for wire in [datagrams, stream] {
        let survey = wire.survey(&Setting::default());
        let [contact] = survey.contacts.as_slice() else { panic!("{:?}", lines(&survey)) };
        let found = contact.requests.iter().map(|it| (it.line(), it.status));
        assert_eq!(
            found.collect::<Vec<_>>(),
            [
                ("REGISTER sip:h.example".to_owned(), None),
                ("received: OPTIONS sip:a@phone.example".to_owned(), Some(486)),
                ("OPTIONS sip:h.example".to_owned(), Some(200)),
            ]
        );
        // Whom the other end asks is us.
        let names: Vec<_> = contact.evidence.iter().map(|piece| &*piece.name).collect();
        assert_eq!(names, ["h.example"]);
        let request = &contact.requests[0];
        assert_eq!(request.from.as_deref(), Some("sip:a@h.example"));
        assert_eq!(request.to.as_deref(), Some("sip:b@h.example"));
        assert_eq!(request.contact.as_deref(), Some("sip:a@192.0.2.2:5060"));
    }
}

#[test]
fn only_a_client_registers() {
    let (phone, server) = (at("192.0.2.2:5060"), at("198.18.0.7:5060"));
    let register = |host: &str| {
        format!("REGISTER sip:{host} SIP/2.0\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n")
    };
    let mut wire = Wire::from(11);
    wire.udp(server, phone, b"\r\n\r\n").udp(phone, server, register("h.example").as_bytes());
    let found = lines(&wire.survey(&Setting::default()));
    let sip = "5060/udp sip startup outward x1 REGISTER sip:h.example";
    assert_eq!(found, [format!("h.example {sip}")]);
    // Whoever asked first is the client, whatever the other end asks later.
    let mut wire = Wire::from(11);
    wire.udp(phone, server, register("h.example").as_bytes());
    wire.udp(server, phone, register("phone.example").as_bytes());
    let survey = wire.survey(&Setting::default());
    let received: Vec<_> = survey.contacts[0].requests.iter().map(|it| it.received).collect();
    assert_eq!((survey.contacts.len(), received), (1, vec![false, true]));
}

#[test]
fn media_on_the_path_that_stun_opened_is_listed_as_media() {
    let mut wire = Wire::from(11);
    let peer = at("198.18.0.6:31000");
    let stun = [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12]].concat();
    let rtp = [&[0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9][..], &[0; 160]].concat();
    wire.udp(us(41000), peer, &stun).udp(us(41000), peer, &rtp);
    let setting = Setting::default();
    let mut surveyor = crate::flow::Surveyor::new(&setting);
    let listed = wire.packets.iter().map(|packet| surveyor.take_listed(&packet.view()));
    let labels: Vec<_> = listed.map(|line| (line.label.into_owned(), line.protocol)).collect();
    let stun = Some(Protocol::Stun);
    assert_eq!(labels, [("STUN".to_owned(), stun), ("RTP".to_owned(), stun)]);
}

#[test]
fn the_realm_of_turn_is_a_guess() {
    let mut wire = Wire::from(11);
    let server = at("198.18.0.3:3478");
    let ask = [&[0, 3, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12]].concat();
    let realm = [&[0, 0x14, 0, 12][..], b"turn.example"].concat();
    let refuse = [&[1, 0x13, 0, 16, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12], &realm].concat();
    wire.udp(us(4000), server, &ask).udp(server, us(4000), &refuse);
    let survey = wire.survey(&Setting::default());
    assert_eq!(lines(&survey), ["turn.example 3478/udp stun startup outward x1"]);
    let contact = &survey.contacts[0];
    assert!(contact.guessed);
    assert_eq!(contact.evidence[0].kind, EvidenceKind::StunRealm);
    // Whoever knows better is believed.
    let mut named = Wire::from(11);
    named.lookup("relay.example", 1, &["198.18.0.3"]);
    named.packets.extend(wire.packets);
    let survey = named.survey(&Setting::default());
    let contact = survey.contacts.iter().find(|it| it.port == Some(3478)).unwrap();
    assert_eq!((contact.host.to_string().as_str(), contact.guessed), ("relay.example", false));
}

/// What is found of the requests of a connection in which these segments go to and fro; `true`
/// says that the client sends.
fn answered(segments: &[(bool, &[u8])]) -> Vec<(String, Option<u16>)> {
    let (client, server) = (us(4000), at("198.18.0.5:8080"));
    let mut wire = Wire::from(11);
    wire.tcp(client, server, "S", 0, b"").tcp(server, client, "SA", 0, b"");
    let mut sent = [1, 1];
    for &(ours, bytes) in segments {
        let (from, to) = if ours { (client, server) } else { (server, client) };
        wire.tcp(from, to, "A", sent[usize::from(ours)], bytes);
        sent[usize::from(ours)] += u32::try_from(bytes.len()).unwrap();
    }
    let requests = wire.survey(&Setting::default()).contacts.remove(0).requests;
    requests.into_iter().map(|request| (request.target, request.status)).collect()
}

#[test]
fn requests_of_http2_learn_their_status() {
    let headers = |stream: u8, block: &[u8]| {
        let length = u8::try_from(block.len()).unwrap();
        [&[0, 0, length, 1, 4, 0, 0, 0, stream][..], block].concat()
    };
    // GET, http and a path; then the statuses 404, 100 and 200 (RFC 7541 appendix A).
    let get = |path: u8| [0x82, 0x86, 0x04, 2, b'/', path];
    let (not_found, go_on, fine) = ([0x8d], *b"\x08\x03100", [0x88]);
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let settings = &[0, 0, 0, 4, 0, 0, 0, 0, 0][..];
    let expected = |a, b| vec![("/a".to_owned(), a), ("/b".to_owned(), b)];
    let asked = [&preface[..], settings, &headers(1, &get(b'a')), &headers(3, &get(b'b'))].concat();
    let late = [settings, &headers(3, &not_found), &headers(1, &fine)].concat();
    assert_eq!(answered(&[(true, &asked), (false, &late)]), expected(Some(200), Some(404)));
    let interim = [settings, &headers(1, &go_on), &headers(3, &go_on), &headers(3, &fine)].concat();
    assert_eq!(answered(&[(true, &asked), (false, &interim)]), expected(None, Some(200)));
    // The first is asked by HTTP/1 and answered on the first stream.
    let upgrade = b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n";
    let change = b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n";
    let both = [&change[..], settings, &headers(1, &not_found)].concat();
    let more = [&preface[..], settings, &headers(3, &get(b'b'))].concat();
    let found =
        answered(&[(true, upgrade), (false, &both), (true, &more), (false, &headers(3, &fine))]);
    assert_eq!(found, expected(Some(404), Some(200)));
}

#[test]
fn reports_are_known_by_themselves_and_media_behind_them() {
    let peer = at("198.18.0.6:31001");
    let called = [&[0x81, 0xca, 0, 3, 1, 2, 3, 4, 1, 4][..], b"a@b.", &[0, 0]].concat();
    let report = [&[0x80, 0xc9, 0, 1, 1, 2, 3, 4][..], &called].concat();
    let rtp = [&[0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9][..], &[0; 160]].concat();
    for (payloads, protocol) in [
        (&[&report[..], &report][..], Some(Protocol::Rtcp)),
        (&[&report, &rtp], Some(Protocol::Rtp)),
        // Nobody announced it.
        (&[&rtp, &rtp], None),
    ] {
        let mut wire = Wire::from(11);
        payloads.iter().for_each(|payload| {
            wire.udp(us(41001), peer, payload);
        });
        assert_eq!(wire.survey(&Setting::default()).contacts[0].protocol, protocol);
    }
}

#[test]
fn a_wildcard_names_no_host() {
    use crate::contact::{Evidence, Transport};
    use crate::dissect::Message;
    use crate::packet::Timestamp;

    use super::entry::Flow;
    use super::host::host_of;
    use super::key::Key;
    use super::names::AddressBook;

    for (names, host, guessed) in [
        (&["*.example.com"][..], "198.18.0.2", false),
        (&["*.example.com", "example.com"], "example.com", true),
        (&["w*.example.com", "www.example.com"], "www.example.com", true),
    ] {
        let (key, client) = Key::of(Transport::Tcp, us(1), at("198.18.0.2:443"));
        let mut flow = Flow::new(key, client, true, Timestamp(1));
        let named = |name: &&str| Evidence::new(EvidenceKind::Certificate, *name);
        let names: Vec<_> = names.iter().map(named).collect();
        let said = Message { names: names.clone(), ..Message::new(Protocol::Tls, "Certificate") };
        flow.note(said, false, crate::contact::Phase::Startup);
        let class = crate::contact::AddressClass::Outward;
        let known = host_of(&mut flow, None, class, &Setting::default(), &AddressBook::default());
        assert_eq!((known.host.to_string().as_str(), known.guessed), (host, guessed));
        assert_eq!(known.evidence, names);
    }
}
