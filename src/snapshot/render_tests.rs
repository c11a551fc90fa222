//! What of a result goes into the text, and what does not.

use super::*;
use crate::contact::Process;
use crate::packet::Timestamp;

fn contact(host: &str, port: u16, protocol: Option<Protocol>, phase: Phase) -> Contact {
    Contact {
        host: Host::from_text(host),
        address: None,
        port: Some(port),
        transport: Transport::Tcp,
        protocol,
        phase,
        class: AddressClass::Outward,
        kind: ContactKind::Traffic,
        expected: None,
        guessed: false,
        process: None,
        evidence: Vec::new(),
        tls: None,
        requests: Vec::new(),
        flows: 1,
        first: Timestamp(1),
        last: Timestamp(2),
        packets: 3,
        bytes_out: 4,
        bytes_in: 5,
    }
}

fn lookup(host: &str, protocol: Protocol) -> Contact {
    Contact {
        kind: ContactKind::Lookup,
        port: None,
        ..contact(host, 0, Some(protocol), Phase::Startup)
    }
}

fn rendered(contacts: &[Contact]) -> String {
    render(&SnapshotInput {
        scenario: "zoiper",
        description: None,
        source: None,
        command: &[],
        stand_in: false,
        internet: None,
        contacts,
        requests: &RequestView::default(),
        processes: true,
    })
}

#[test]
fn a_line_a_place_with_its_phases() {
    let sip = |phase| Contact {
        transport: Transport::Udp,
        ..contact("sip.ca1.voip.ms", 5060, Some(Protocol::Sip), phase)
    };
    let text = rendered(&[
        contact("www.asteriskguru.com", 80, Some(Protocol::Http), Phase::Startup),
        sip(Phase::Idle),
        sip(Phase::Startup),
        lookup("www.dyndns.com", Protocol::Dns),
        contact("192.0.2.7", 443, None, Phase::Startup),
    ]);
    insta::assert_snapshot!(text, @r"
        ran: command
        contacts:
          sip.ca1.voip.ms  5060/udp  sip  startup idle
          www.asteriskguru.com  80/tcp  http  startup
          192.0.2.7  443/tcp  -  startup
        looked up only:
          www.dyndns.com  dns  startup
        ");
}

#[test]
fn nobody_is_said_in_words() {
    insta::assert_snapshot!(rendered(&[]), @r"
        ran: command
        contacts:
          (none)
        looked up only:
          (none)
        ");
}

#[test]
fn local_neighbours_show_their_class_and_pings_no_port() {
    let text = rendered(&[
        Contact {
            transport: Transport::Udp,
            class: AddressClass::Multicast,
            ..contact("239.255.255.250", 1900, Some(Protocol::Ssdp), Phase::Startup)
        },
        Contact {
            transport: Transport::Icmp,
            port: None,
            ..contact("example.org", 0, None, Phase::After)
        },
    ]);
    insta::assert_snapshot!(text, @r"
        ran: command
        contacts:
          example.org  icmp  -  after
          239.255.255.250  1900/udp  ssdp  startup  multicast
        looked up only:
          (none)
        ");
}

#[test]
fn processes_are_named_where_they_are_certain() {
    let by = |name: &str, known_by| {
        let process = Process { name: name.to_owned(), known_by, ..Process::default() };
        let known = contact("a.example", 443, Some(Protocol::Tls), Phase::Startup);
        Contact { process: Some(process), ..known }
    };
    let multicast = AddressClass::Multicast;
    let text = rendered(&[
        by("git-remote-https", KnownBy::Call),
        by("a\nb", KnownBy::Call),
        by("guessed", KnownBy::SocketTable),
        Contact { class: multicast, port: Some(80), ..by("curl", KnownBy::Call) },
        Contact { port: Some(81), ..by("guessed", KnownBy::SocketTable) },
        Contact { process: by("dig", KnownBy::Call).process, ..lookup("b.example", Protocol::Dns) },
    ]);
    insta::assert_snapshot!(text, @r"
ran: command
contacts:
  a.example  80/tcp  tls  startup  multicast  by curl
  a.example  81/tcp  tls  startup
  a.example  443/tcp  tls  startup  by a\u{a}b git-remote-https
looked up only:
  b.example  dns  startup  by dig
");
}

#[test]
fn a_changed_host_is_one_changed_line() {
    let known = contact("a.example", 443, Some(Protocol::Tls), Phase::Startup);
    let with = |host| rendered(&[known.clone(), contact(host, 80, None, Phase::Idle)]);
    let (one, other) = (with("b.example"), with("a-much-longer-name.telemetry.example"));
    let differing = |text: &str, other: &str| {
        let kept: BTreeSet<&str> = other.lines().collect();
        text.lines().filter(|line| !kept.contains(line)).count()
    };
    assert_eq!((differing(&one, &other), differing(&other, &one)), (1, 1));
    assert_eq!(differing(&rendered(std::slice::from_ref(&known)), &rendered(&[])), 1);
}

#[test]
fn what_varies_by_nature_is_left_out() {
    let named = contact("a.example", 443, Some(Protocol::Tls), Phase::Startup);
    let again = Contact {
        address: "198.18.0.9".parse().ok(),
        protocol: None,
        first: Timestamp(77),
        packets: 99,
        flows: 4,
        ..named.clone()
    };
    let (lookup, traffic) = (lookup("a.example", Protocol::Dns), named.clone());
    assert_eq!(rendered(std::slice::from_ref(&named)), rendered(&[again.clone(), named.clone()]));
    assert_eq!(rendered(&[named, again]), rendered(&[lookup, traffic]));
}

#[test]
fn a_hostile_name_stays_on_its_line() {
    let evil = Contact {
        host: Host::Name("a\n---\n  b".to_owned()),
        ..contact("x", 80, None, Phase::Startup)
    };
    assert!(rendered(&[evil]).contains("  a\\u{a}---\\u{a}\\u{20}\\u{20}b  80/tcp"));
}
