//! What several processes do is kept apart, and each is named by what it asked for itself.

use super::owners::{Owner, Owners};
use super::wire::{LOCAL, Wire, at, dns, setting};
use crate::contact::{Contact, ContactKind, FlowKey, KnownBy, Process, Transport};
use crate::flow::Setting;
use crate::packet::Timestamp;

fn us(port: u16) -> std::net::SocketAddr {
    at(&format!("{LOCAL}:{port}"))
}

/// Two processes: `one` has the client ports below 5000, `two` those from there on.
fn owned(known_by: KnownBy) -> Setting {
    let owner = |(pid, name): (u32, &str)| {
        let (name, chain) = (name.to_owned(), vec!["sh".to_owned(), name.to_owned()]);
        let process = Process { name, pid, chain, known_by, ..Process::default() };
        Owner { process: Some(process), since: Timestamp(0), until: None }
    };
    let mut owners = Owners::new([(7, "one"), (8, "two")].map(owner).into());
    let resolver = setting().resolvers.first().copied().unwrap();
    for (owner, port) in [(0, 4000), (0, 4001), (0, 4002), (1, 5000), (1, 5001)] {
        let is_lookup = port % 1000 == 0;
        let transport = if is_lookup { Transport::Udp } else { Transport::Tcp };
        let server = if is_lookup { (resolver, 53).into() } else { at("198.51.100.9:443") };
        owners.begun(FlowKey { transport, client: us(port), server }, Timestamp(0), owner);
    }
    Setting { owners, ..setting() }
}

/// Both ask for the same name and for one of their own, all at one address, then connect to it.
fn talk(setting: &Setting) -> Wire {
    let mut wire = Wire::from(11);
    let resolver = (setting.resolvers.first().copied().unwrap(), 53).into();
    let ask = |wire: &mut Wire, port, name| {
        wire.udp(us(port), resolver, &dns(name, 1, None));
    };
    let answer = |wire: &mut Wire, port, name| {
        wire.udp(resolver, us(port), &dns(name, 1, Some(&["198.51.100.9"])));
    };
    for (port, name) in [(4000, "both.example"), (5000, "both.example"), (4000, "one.example")] {
        ask(&mut wire, port, name);
    }
    for (port, name) in [(4000, "both.example"), (5000, "both.example"), (4000, "one.example")] {
        answer(&mut wire, port, name);
    }
    ask(&mut wire, 5000, "two.example");
    answer(&mut wire, 5000, "two.example");
    for port in [4001, 5001, 4002] {
        wire.connection(us(port), at("198.51.100.9:443"), &[b"x"]);
    }
    wire
}

fn told(contacts: &[Contact]) -> Vec<String> {
    let one = |contact: &Contact| {
        let process = contact.process.as_ref().map_or("nobody", |process| &process.name);
        format!("{} {process} x{}", contact.host, contact.flows)
    };
    contacts.iter().map(one).collect()
}

#[test]
fn a_connection_goes_by_the_name_that_its_own_process_asked_for() {
    let mut setting = owned(KnownBy::Call);
    setting.outward.clear();
    let survey = talk(&setting).survey(&setting);
    assert_eq!(told(&survey.contacts), ["one.example one x2", "two.example two x1"]);
    let lookups: Vec<_> = survey
        .lookups
        .iter()
        .map(|it| {
            let process = it.process.as_ref().map_or("nobody", |process| &process.name);
            format!("{} {process} x{} {}", it.name, it.queries, it.answers.join(" "))
        })
        .collect();
    assert_eq!(
        lookups,
        [
            "both.example one x1 198.51.100.9",
            "both.example two x1 198.51.100.9",
            "one.example one x1 198.51.100.9",
            "two.example two x1 198.51.100.9",
        ]
    );
}

#[test]
fn who_is_known_by_the_socket_tables_alone_is_not_told_apart() {
    let mut setting = owned(KnownBy::SocketTable);
    setting.outward.clear();
    let survey = talk(&setting).survey(&setting);
    let both = survey.lookups.iter().find(|it| it.name == "both.example").unwrap();
    assert_eq!(both.queries, 2);
}

#[test]
fn a_lookup_leads_nowhere_where_whoever_asked_sends_nothing() {
    let setting = Setting { outward: Vec::new(), ..owned(KnownBy::Call) };
    let resolver = (setting.resolvers.first().copied().unwrap(), 53).into();
    let there = at("198.51.100.9:443");
    // Who asks for the name, by the port, and who connects; who has asked in vain.
    for (name, ask, connect, alone) in [
        ("nobody connects", &[4000][..], &[][..], &["one"][..]),
        ("who asked connects", &[4000], &[4001], &[]),
        ("one looks up for the other", &[4000], &[5001], &[]),
        ("both ask, one connects", &[4000, 5000], &[5001], &["one"]),
        ("both ask and connect", &[4000, 5000], &[4001, 5001], &[]),
        ("somebody asks, and another connects", &[3000], &[4001], &[]),
        ("one asks, somebody connects", &[4000, 5000], &[3001], &[]),
    ] {
        let mut wire = Wire::from(11);
        for port in ask {
            wire.udp(us(*port), resolver, &dns("both.example", 1, None));
            wire.udp(resolver, us(*port), &dns("both.example", 1, Some(&["198.51.100.9"])));
        }
        for port in connect {
            wire.connection(us(*port), there, &[b"x"]);
        }
        let survey = wire.survey(&setting);
        let lookups = survey.contacts.iter().filter(|it| it.kind == ContactKind::Lookup);
        let mut askers: Vec<_> =
            lookups.map(|it| it.process.as_ref().map_or("nobody", |it| &it.name)).collect();
        askers.sort_unstable();
        assert_eq!(askers, alone, "{name}");
    }
}
