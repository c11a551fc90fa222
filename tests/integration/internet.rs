//! The simulated internet, asked by a real program from inside: every address and port
//! answers, and each contact comes with its evidence, its requests, its class and its process.

use serde_json::{Value, json};

use crate::support::client::said;
use crate::support::result::{contact, list};
use crate::support::{Project, User, client};

#[test]
fn every_port_of_every_address_answers_and_makes_a_contact() {
    let project = Project::new();
    let (mut actions, mut expected) = (Vec::new(), Vec::new());
    for host in ["203.0.113.77", "10.11.12.13", "169.254.9.9", "2001:db8::77", "fd00::1"] {
        for port in [1, 27, 4711, 65_535] {
            for transport in ["tcp", "udp"] {
                actions.push(format!("{transport} {host} {port} hello"));
                expected.push((host, port, transport));
            }
        }
    }
    // Together they take as long as one: each waits for an answer that does not come.
    let script: Vec<String> =
        actions.iter().map(|action| format!("perl client.pl {action} &")).collect();
    let script = format!("{} wait", script.join("\n"));
    project.write("client.pl", include_str!("support/client.pl"));
    let words = ["trace", "--phases", "none", "--format", "json", "--", "sh", "-c", &script];
    let ran = project.apptrace(&words);
    let result = ran.expect_code(0).json();
    for action in &actions {
        assert_eq!(said(&ran, action), "silent", "{action}");
    }
    for (host, port, transport) in &expected {
        let contact = contact(&result, host, Some(*port), transport);
        assert_eq!(contact["evidence"][0]["kind"], "address", "{contact:#}");
        assert_eq!(contact["process"]["name"], "perl", "{contact:#}");
    }
    assert_eq!(list(&result, "contacts").len(), expected.len(), "{result:#}");
}

/// A DNS query (RFC 1035) of type A for `www.example`, with the number 7.
const QUERY: &str =
    r"\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x00\x00\x01\x00\x01";

#[test]
fn names_are_resolved_over_udp_and_tcp_by_any_server() {
    let project = Project::new();
    let over_udp = format!("udp 203.0.113.53 53 {QUERY}");
    let over_tcp = format!(r"tcp 2001:db8::53 53 \x00\x1d{QUERY}");
    let ran = client::trace(&project, &[&over_udp, &over_tcp, "name www.example"]);
    let result = ran.expect_code(0).json();
    // The number, a response without error, the address at the end.
    for (answer, header) in [
        (said(&ran, &over_udp), r"\x00\x07\x81\x80"),
        (said(&ran, &over_tcp), r"\x00-\x00\x07\x81\x80"),
    ] {
        assert!(answer.starts_with(header), "{answer}");
        assert!(answer.ends_with(r"\x00\x04\xc6\x12\x00\x01"), "{answer}");
    }
    assert_eq!(said(&ran, "name www.example"), "198.18.0.1 2001:db8:198:18::1");
    for (server, via) in [("203.0.113.53", "dns"), ("2001:db8::53", "dns-tcp")] {
        let lookup = list(&result, "lookups").iter().find(|it| {
            it["via"] == via && {
                let asked = it["server"].as_str().unwrap_or_default();
                asked.contains(server)
            }
        });
        let lookup = lookup.unwrap_or_else(|| panic!("{server} {via}: {result:#}"));
        assert_eq!(lookup["name"], "www.example", "{lookup:#}");
        assert_eq!(lookup["answers"], json!(["198.18.0.1"]), "{lookup:#}");
    }
}

/// Requests of the application protocols: what is sent to whom, the answer's beginning, and
/// the contact that it makes.
#[test]
fn protocols_get_their_answer_and_are_read() {
    let project = Project::new();
    let sip = |method: &str, via: &str| {
        let lines = [
            format!("{method} sip:sip.example SIP/2.0"),
            format!("Via: SIP/2.0/{via} 192.0.2.2;branch=z9hG4bKx"),
            "From: <sip:a@sip.example>;tag=1".to_owned(),
            "To: <sip:a@sip.example>".to_owned(),
            "Call-ID: 7".to_owned(),
            format!("CSeq: 1 {method}"),
            "Content-Length: 0".to_owned(),
        ];
        // Blanks part the client's operands.
        format!(r"{}\x0d\x0a\x0d\x0a", lines.join(r"\x0d\x0a")).replace(' ', r"\x20")
    };
    let http = r"GET\x20/path?q=1\x20HTTP/1.1\x0d\x0aHost:\x20web.example\x0d\x0a\x0d\x0a";
    let ntp = format!(r"\x23{}", r"\x00".repeat(47));
    struct Case {
        action: String,
        answer: &'static str,
        contact: (&'static str, u16, &'static str),
        protocol: &'static str,
        evidence: (&'static str, &'static str),
        request: Value,
    }
    let case = |action: String, answer, contact, protocol, evidence, request| Case {
        action,
        answer,
        contact,
        protocol,
        evidence,
        request,
    };
    let request = |method: &str, target: &str| json!([{ "method": method, "target": target }]);
    let cases = [
        case(
            format!("tcp web.example 8080 {http}"),
            "HTTP/1.1 200 OK",
            ("web.example", 8080, "tcp"),
            "http",
            ("http-host", "web.example"),
            request("GET", "/path?q=1"),
        ),
        case(
            format!("udp sip.example 5060 {}", sip("REGISTER", "UDP")),
            "SIP/2.0 200 OK",
            ("sip.example", 5060, "udp"),
            "sip",
            ("sip-uri", "sip.example"),
            request("REGISTER", "sip:sip.example"),
        ),
        case(
            format!("tcp sip.example 5070 {}", sip("OPTIONS", "TCP")),
            "SIP/2.0 200 OK",
            ("sip.example", 5070, "tcp"),
            "sip",
            ("sip-uri", "sip.example"),
            request("OPTIONS", "sip:sip.example"),
        ),
        case(
            format!("udp time.example 123 {ntp}"),
            // Version 4, a server, stratum 2.
            r"$\x02",
            ("time.example", 123, "udp"),
            "ntp",
            ("dns", "time.example"),
            json!([]),
        ),
        case(
            "tcp tls.example 443 @tls.example".to_owned(),
            // A fatal alert: sessions are not terminated yet.
            r"\x15\x03",
            ("tls.example", 443, "tcp"),
            "tls",
            ("tls-sni", "tls.example"),
            json!([]),
        ),
        case(
            // Nobody resolved this name: it is evidence, and the host remains the address.
            "tcp 203.0.113.9 8443 @hidden.example".to_owned(),
            r"\x15\x03",
            ("203.0.113.9", 8443, "tcp"),
            "tls",
            ("tls-sni", "hidden.example"),
            json!([]),
        ),
    ];
    let actions: Vec<&str> = cases.iter().map(|case| case.action.as_str()).collect();
    let ran = client::trace(&project, &actions);
    let result = ran.expect_code(0).json();
    for case in &cases {
        let answer = said(&ran, &case.action);
        assert!(answer.starts_with(case.answer), "{}: {answer}", case.action);
        let (host, port, transport) = case.contact;
        let contact = contact(&result, host, Some(port), transport);
        assert_eq!(contact["protocol"], case.protocol, "{contact:#}");
        assert_eq!(contact["class"], "outward", "{contact:#}");
        let requests = contact["requests"].as_array().into_iter().flatten();
        let requests: Vec<_> =
            requests.map(|it| json!({ "method": it["method"], "target": it["target"] })).collect();
        assert_eq!(json!(requests), case.request, "{contact:#}");
        assert_eq!(contact["process"]["name"], "perl", "{contact:#}");
        assert_eq!(contact["process"]["chain"], json!(["perl"]), "{contact:#}");
        let (kind, name) = case.evidence;
        let mut pieces = list(contact, "evidence").iter();
        assert!(pieces.any(|it| it["kind"] == kind && it["name"] == name), "{contact:#}");
    }
}

#[test]
fn ntp_gives_the_machines_time() {
    let project = Project::new();
    let ask = format!(r"udp time.example 123 \x23{}", r"\x00".repeat(47));
    let ran = client::trace(&project, &["time", &ask, "time"]);
    let bytes = unescaped(said(ran.expect_code(0), &ask));
    assert_eq!(bytes.len(), 48, "{ran:#?}");
    // Seconds since 1900 (RFC 5905 section 6), and from there to 1970.
    let seconds = u32::from_be_bytes([bytes[40], bytes[41], bytes[42], bytes[43]]);
    let told = u64::from(seconds) - 2_208_988_800;
    let times: Vec<u64> =
        ran.stderr.lines().filter_map(|line| line.strip_prefix("time -> ")?.parse().ok()).collect();
    let [before, after] = times[..] else { panic!("{ran:#?}") };
    assert!((before..=after).contains(&told), "{told} is not between {before} and {after}");
}

/// The bytes that the client shows as `\xHH`.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(hex) = rest.strip_prefix(r"\x") {
            bytes.push(u8::from_str_radix(&hex[..2], 16).unwrap());
            rest = &hex[2..];
        } else {
            bytes.push(first as u8);
            rest = &rest[1..];
        }
    }
    bytes
}

#[test]
fn what_goes_to_a_group_or_to_all_is_a_contact_of_its_class() {
    let project = Project::new();
    let cases = [
        ("255.255.255.255", 6666, "broadcast"),
        ("192.0.2.3", 6667, "local-network"),
        ("239.255.255.250", 1900, "multicast"),
        ("224.0.0.251", 5353, "multicast"),
        ("ff02::fb", 5353, "multicast"),
        ("192.0.2.1", 4711, "gateway"),
        ("192.168.1.1", 4711, "local-network"),
        ("169.254.1.1", 4711, "link-local"),
        ("198.51.100.1", 4711, "outward"),
    ];
    let actions: Vec<String> =
        cases.iter().map(|(host, port, _)| format!("send {host} {port} hello")).collect();
    let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
    let ran = client::trace(&project, &[&actions[..], &["pause 0.5"]].concat());
    let result = ran.expect_code(0).json();
    for (host, port, class) in cases {
        assert_eq!(contact(&result, host, Some(port), "udp")["class"], class, "{host}");
    }
}

/// ping is no part of a bare Debian; the echo request is the same whoever sends it.
#[test]
fn an_echo_request_is_a_contact_and_is_answered() {
    // Type 8, code 0, checksum (RFC 1071), identifier and number.
    let script = r#"use Socket; socket(S, PF_INET, SOCK_DGRAM, 1) or die "socket: $!\n";
        send(S, pack('CCnnn', 8, 0, 0xf7fd, 1, 1), 0, sockaddr_in(0, inet_aton('echo.example')));
        my $set = ''; vec($set, fileno(S), 1) = 1;
        print select($set, undef, undef, 10) ? "answered\n" : "silent\n";"#;
    let words = ["trace", "--phases", "none", "--format", "json", "--", "perl", "-e", script];
    for user in User::all() {
        let ran = Project::of(user).apptrace(&words);
        let result = ran.expect_code(0).json();
        assert_eq!(ran.stderr, "answered\n", "{user:?}");
        let contact = contact(&result, "echo.example", None, "icmp");
        assert_eq!(contact["class"], "outward", "{contact:#}");
    }
}
