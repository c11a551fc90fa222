//! Whose a flow is, by who held its socket when.

use super::*;

const SECOND: u64 = 1_000_000_000;
const MILLISECOND: u64 = 1_000_000;

fn socket(local: &str, remote: &str, seen: (u64, u64), holder: usize) -> HeldSocket {
    HeldSocket {
        transport: Transport::Udp,
        local: local.parse().unwrap(),
        remote: remote.parse().unwrap(),
        first: Timestamp(seen.0 * SECOND),
        last: Timestamp(seen.1 * SECOND),
        since: Timestamp(seen.0.saturating_sub(5) * SECOND),
        until: Some(Timestamp((seen.1 + 5) * SECOND)),
        holder: Some(holder),
        is_application: holder == 0,
    }
}

#[test]
fn a_flow_belongs_to_whoever_held_its_socket_then() {
    let holder = |pid| Holder {
        process: Process { pid, ..Process::default() },
        begun: Timestamp(0),
        is_application: pid == 0,
    };
    let holdings = Holdings {
        sockets: vec![
            socket("192.0.2.1:4000", "192.0.2.9:53", (10, 20), 0),
            socket("192.0.2.1:4000", "192.0.2.9:53", (28, 50), 1),
            socket("0.0.0.0:4000", "0.0.0.0:0", (60, 70), 2),
            socket("192.0.2.2:5000", "0.0.0.0:0", (0, 90), 2),
            socket("192.0.2.2:6000", "0.0.0.0:0", (0, 90), 7),
            socket("[::]:8000", "[::]:0", (0, 90), 1),
            // Both may send by the same port (SO_REUSEPORT in socket(7)).
            socket("0.0.0.0:5353", "0.0.0.0:0", (0, 90), 0),
            socket("0.0.0.0:5353", "0.0.0.0:0", (50, 90), 1),
        ],
        holders: (0..3).map(holder).collect(),
        ..Holdings::default()
    };
    let index = HoldingsIndex::of(&holdings);
    for (client, server, time, expected) in [
        ("192.0.2.1:4000", "192.0.2.9:53", 4, None),
        ("192.0.2.1:4000", "192.0.2.9:53", 5, Some(0)),
        ("192.0.2.1:4000", "192.0.2.9:53", 22, Some(0)),
        // It could be either.
        ("192.0.2.1:4000", "192.0.2.9:53", 24, None),
        ("192.0.2.1:4000", "192.0.2.9:53", 26, Some(1)),
        ("192.0.2.1:4000", "192.0.2.9:53", 45, Some(1)),
        ("192.0.2.1:4000", "192.0.2.8:53", 45, None),
        ("192.0.2.1:4000", "192.0.2.8:53", 75, Some(2)),
        ("192.0.2.1:4000", "192.0.2.8:53", 76, None),
        ("192.0.2.1:5000", "192.0.2.9:53", 45, None),
        ("192.0.2.2:5000", "192.0.2.9:53", 45, Some(2)),
        ("192.0.2.2:6000", "192.0.2.9:53", 45, None),
        ("192.0.2.1:7000", "192.0.2.9:53", 45, None),
        ("192.0.2.1:8000", "192.0.2.9:53", 45, Some(1)),
        ("[2001:db8::1]:8000", "[2001:db8::9]:53", 45, Some(1)),
        ("[2001:db8::1]:4000", "[2001:db8::9]:53", 65, None),
        ("192.0.2.1:5353", "224.0.0.251:5353", 30, Some(0)),
        ("192.0.2.1:5353", "224.0.0.251:5353", 70, None),
    ] {
        let flow = FlowKey {
            transport: Transport::Udp,
            client: client.parse().unwrap(),
            server: server.parse().unwrap(),
        };
        let expected = expected.map(Sender::Process);
        assert_eq!(index.sender(&flow, Timestamp(time * SECOND)), expected, "{client} {time}");
    }
}

/// A process that was begun at 100 ms holds a socket that was not there at 50 ms.
#[test]
fn nobody_sent_what_was_sent_before_they_were_born() {
    let check = |is_application: bool, main: Option<u32>, time: u64, expected: Option<Sender>| {
        let holder = Holder {
            process: Process { pid: 7, ..Process::default() },
            begun: Timestamp(100 * MILLISECOND),
            is_application,
        };
        let mut socket = socket("192.0.2.1:4000", "192.0.2.9:53", (1, 2), 0);
        socket.is_application = is_application;
        socket.since = Timestamp(50 * MILLISECOND);
        let holdings = Holdings {
            sockets: vec![socket.clone()],
            holders: vec![holder],
            main,
            ..Holdings::default()
        };
        let flow =
            FlowKey { transport: Transport::Udp, client: socket.local, server: socket.remote };
        let told = HoldingsIndex::of(&holdings).sender(&flow, Timestamp(time * MILLISECOND));
        assert_eq!(told, expected, "{is_application} {main:?} {time}");
    };
    let (it, application) = (Some(Sender::Process(0)), Some(Sender::Application));
    for (time, others, childs, firsts) in [
        (40, None, None, None),
        (60, None, application, application),
        // It may have been begun within ten milliseconds from then on.
        (105, None, application, it),
        (120, it, it, it),
        (1500, it, it, it),
    ] {
        check(false, Some(3), time, others);
        check(true, Some(3), time, childs);
        // The first of all has its sockets from nobody.
        check(true, Some(7), time, firsts);
        // Whoever has that id in another run is of no account.
        check(false, Some(7), time, others);
    }
}

#[test]
fn two_of_the_application_are_the_application() {
    let holder = |is_application| Holder {
        process: Process::default(),
        begun: Timestamp(0),
        is_application,
    };
    let both = |holders: [Option<usize>; 2], ours: [bool; 2]| {
        let socket = |at: usize| HeldSocket {
            holder: holders[at],
            is_application: ours[at],
            ..socket("0.0.0.0:5353", "0.0.0.0:0", (1, 9), 0)
        };
        let holdings = Holdings {
            sockets: vec![socket(0), socket(1)],
            holders: [true, true, false].map(holder).into(),
            ..Holdings::default()
        };
        let flow = FlowKey {
            transport: Transport::Udp,
            client: ([192, 0, 2, 1], 5353).into(),
            server: ([224, 0, 0, 251], 5353).into(),
        };
        HoldingsIndex::of(&holdings).sender(&flow, Timestamp(2 * SECOND))
    };
    let application = Some(Sender::Application);
    assert_eq!(both([Some(0), Some(0)], [true, true]), Some(Sender::Process(0)));
    assert_eq!(both([Some(0), Some(1)], [true, true]), application);
    assert_eq!(both([Some(0), None], [true, true]), application);
    assert_eq!(both([Some(0), Some(2)], [true, false]), None);
    assert_eq!(both([None, None], [true, false]), None);
    assert_eq!(both([None, None], [true, true]), application);
    // One that was handed to somebody else afterwards.
    assert_eq!(both([Some(2), Some(2)], [true, true]), application);
}
