//! What the other end heard adds to contacts, and makes none.

use super::wire::{LOCAL, SECOND, Wire, at, dns, hello, lines, setting};
use crate::contact::{
    Body, FlowKey, Heard, LookupVia, Protocol, Request, Testimony, TlsRefusal, TlsSession, TlsSide,
    Transport,
};
use crate::packet::Timestamp;

fn local(port: u16) -> std::net::SocketAddr {
    at(&format!("{LOCAL}:{port}"))
}

fn told(client: u16, server: &str, second: u64, heard: Heard) -> Testimony {
    let flow = FlowKey { transport: Transport::Tcp, client: local(client), server: at(server) };
    Testimony { flow, time: Timestamp(second * SECOND), heard }
}

fn request(target: &str) -> Heard {
    let body = Some(Body { bytes: 12, content_type: Some("application/json".to_owned()) });
    let request = Request { body, status: Some(200), ..Request::new("POST", target) };
    Heard::Request { protocol: Protocol::Http, request }
}

#[test]
fn requests_join_their_flow_in_the_phase_in_which_they_were_heard() {
    let server = "198.18.0.1:443";
    let mut wire = Wire::from(11);
    wire.lookup("a.example", 1, &["198.18.0.1"]);
    wire.connection(local(1), at(server), &[&hello("a.example", false)]);
    let mut setting = setting();
    setting.testimony = vec![
        told(1, server, 12, request("/one")),
        told(1, server, 13, request("/two")),
        told(1, server, 13, Heard::Tls(TlsSession::default())),
        // Of flows that the capture does not hold: no packet, no contact.
        told(9, server, 12, request("/never")),
        told(1, "198.18.0.2:443", 12, request("/never")),
        // Long after the flow's last packet: another flow's with the same ends.
        told(1, server, 90, request("/late")),
    ];
    let survey = wire.survey(&setting);
    let expected = "a.example 443/tcp tls startup outward x1 POST /one POST /two";
    assert_eq!(lines(&survey), [expected]);
    let contact = &survey.contacts[0];
    assert_eq!(contact.tls, Some(TlsSession::default()));
    assert_eq!(contact.requests[0].body.as_ref().map(|body| body.bytes), Some(12));
}

#[test]
fn what_is_heard_stands_for_what_the_packets_show() {
    let server = "198.18.0.1:80";
    let mut wire = Wire::from(11);
    wire.connection(local(1), at(server), &[b"POST /x HTTP/1.1\r\nHost: h\r\n\r\n"]);
    let mut setting = setting();
    setting.testimony = vec![told(1, server, 12, request("/x"))];
    let survey = wire.survey(&setting);
    assert_eq!(survey.contacts[0].requests.len(), 1);
    assert_eq!(survey.contacts[0].requests[0].status, Some(200));
}

#[test]
fn a_refused_session_stands_for_all_of_a_contact() {
    let server = "198.18.0.1:443";
    let refused = |alert: Option<&str>| {
        let alert = alert.map(str::to_owned);
        let refusal = TlsRefusal { by: TlsSide::Client, alert, why: String::new() };
        TlsSession { refused: Some(refusal), ..TlsSession::default() }
    };
    let (alerted, silent) = (refused(Some("unknown_ca")), refused(None));
    let fine = TlsSession { version: Some("1.3".to_owned()), ..TlsSession::default() };
    for (sessions, expected) in [
        ([&fine, &alerted, &fine], &alerted),
        ([&silent, &alerted, &silent], &alerted),
        // A spare connection that is closed again says nothing against the others.
        ([&fine, &silent, &silent], &fine),
        ([&silent, &silent, &fine], &fine),
        ([&silent, &silent, &silent], &silent),
    ] {
        let mut wire = Wire::from(11);
        let mut setting = setting();
        for (client, session) in (1..).zip(sessions) {
            wire.connection(local(client), at(server), &[&hello("a.example", false)]);
            setting.testimony.push(told(client, server, 12, Heard::Tls(session.clone())));
        }
        assert_eq!(wire.survey(&setting).contacts[0].tls.as_ref(), Some(expected));
    }
}

#[test]
fn names_asked_for_under_encryption_are_lookups_and_name_addresses() {
    let resolver = "198.18.0.1:443";
    let mut wire = Wire::from(11);
    wire.connection(local(1), at(resolver), &[&hello("dns.example", false)]);
    wire.udp(local(2), at("198.18.0.7:9"), b"x");
    let mut setting = setting();
    let message = |message| Heard::Dns { via: LookupVia::Doh, message };
    setting.testimony = vec![
        told(1, resolver, 12, message(dns("in.example", 1, None))),
        told(1, resolver, 12, message(dns("in.example", 1, Some(&["198.18.0.7"])))),
        told(1, resolver, 12, message(dns("alone.example", 1, None))),
        told(1, resolver, 12, message(b"nonsense".to_vec())),
    ];
    let survey = wire.survey(&setting);
    let found: Vec<_> = survey
        .lookups
        .iter()
        .map(|lookup| (lookup.name.as_str(), lookup.via.name(), lookup.answers.len()))
        .collect();
    assert_eq!(found, [("in.example", "doh", 1), ("alone.example", "doh", 0)]);
    let mut lines = lines(&survey);
    lines.sort();
    assert_eq!(
        lines,
        [
            "198.18.0.1 443/tcp tls startup outward x1",
            "alone.example 443/tcp dns startup outward x1",
            "in.example 9/udp - startup outward x1",
        ]
    );
}
