//! Services beside HTTP, asked by clients that people use: each must get so far that it is
//! content, and what it said is part of the result.

use serde_json::{Value, json};

use crate::support::result::{contact, list};
use crate::support::{Project, Ran};

const CLIENTS: &str = include_str!("services.py");

fn trace(words: &[&str]) -> (Ran, Value) {
    let project = Project::new();
    project.write("services.py", CLIENTS);
    let ran = project
        .apptrace(&[&["trace", "--phases", "none", "--format", "json", "--"], words].concat());
    let result = ran.expect_code(0).json();
    (ran, result)
}

fn python<'a>(services: &[&'a str]) -> Vec<&'a str> {
    [&["/usr/bin/python3", "services.py"], services].concat()
}

/// Method, target and length of what was sent, of each request.
fn requests(contact: &Value) -> Vec<String> {
    let shown = list(contact, "requests").iter().map(|request| {
        let text = |key: &str| request[key].as_str().unwrap_or_default();
        let bytes = request["body"]["bytes"].as_u64();
        let bytes = bytes.map_or(String::new(), |bytes| format!(" {bytes}"));
        format!("{} {}{bytes}", text("method"), text("target"))
    });
    shown.collect()
}

#[test]
fn mail_is_taken_to_the_end_and_its_envelope_told() {
    let (ran, result) = trace(&python(&["smtp", "smtp_starttls", "smtps"]));
    ran.complains("smtp is content").complains("smtp_starttls is content");
    ran.complains("smtps is content");
    for (host, port) in [("smtp.example", 25), ("submission.example", 587), ("smtps.example", 465)]
    {
        let contact = contact(&result, host, Some(port), "tcp");
        let requests = requests(contact);
        assert_eq!(requests[..2], ["MAIL me@mail.example", "RCPT you@far.example"], "{contact:#}");
        assert!(requests[2].starts_with("DATA you@far.example 1"), "{contact:#}");
        let is_secure = port != 25;
        assert_eq!(contact["tls"]["version"] == "1.3", is_secure, "{contact:#}");
        assert_eq!(contact["tls"]["refused"], Value::Null, "{contact:#}");
        let shown = contact.to_string();
        assert!(!shown.contains("secret"), "{shown}");
    }
}

#[test]
fn a_mailbox_is_found_empty() {
    let (ran, result) = trace(&python(&["pop3", "pop3s", "imap", "imaps"]));
    for service in ["pop3", "pop3s", "imap", "imaps"] {
        ran.complains(&format!("{service} is content"));
    }
    for (host, port, expected) in [
        ("pop.example", 110, &["STAT ", "LIST "][..]),
        ("pops.example", 995, &["STAT ", "LIST "]),
        ("imap.example", 143, &["LOGIN me", "SELECT INBOX", "APPEND Sent"]),
        ("imaps.example", 993, &["LOGIN me", "SELECT INBOX", "APPEND Sent"]),
    ] {
        let contact = contact(&result, host, Some(port), "tcp");
        let requests = requests(contact);
        for (request, expected) in requests.iter().zip(expected) {
            assert!(request.starts_with(expected), "{contact:#}");
        }
        assert_eq!(requests.len(), expected.len(), "{contact:#}");
        assert_eq!(contact["tls"]["version"], "1.3", "{contact:#}");
    }
}

#[test]
fn files_are_taken_and_given_over_connections_of_their_own() {
    let (ran, result) = trace(&python(&["ftp", "ftps"]));
    ran.complains("ftp is content").complains("ftps is content");
    for host in ["ftp.example", "ftps.example"] {
        let contact = contact(&result, host, Some(21), "tcp");
        let expected = ["USER me", "NLST ", "STOR up.bin 70000", "RETR down.bin"];
        assert_eq!(requests(contact), expected, "{contact:#}");
    }
}

#[test]
fn a_client_learns_its_address_by_stun() {
    let (ran, result) = trace(&python(&["stun"]));
    ran.complains("stun is content");
    for transport in ["udp", "tcp"] {
        let contact = contact(&result, "stun.example", Some(3478), transport);
        assert_eq!(contact["protocol"], "stun", "{contact:#}");
    }
}

fn looked_up<'a>(result: &'a Value, name: &str, kind: &str) -> &'a Value {
    let mut lookups = list(result, "lookups").iter();
    let found = lookups.find(|it| it["name"] == name && it["type"] == kind && it["via"] == "doh");
    found.unwrap_or_else(|| panic!("no {name} {kind} in {result:#}"))
}

#[test]
fn names_asked_for_over_https_are_lookups() {
    let (ran, result) = trace(&python(&["doh"]));
    ran.complains("doh is content");
    looked_up(&result, "www.example.com", "A");
    looked_up(&result, "json.example", "AAAA");
    // curl asks by POST and HTTP/2, and goes to whom it was told.
    let (_, result) =
        trace(&["curl", "-sS", "--doh-url", "https://doh.example/q", "http://far.example/x"]);
    let lookup = looked_up(&result, "far.example", "A");
    assert!(lookup["answers"][0].as_str().unwrap().starts_with("198.18."), "{lookup:#}");
    let far = contact(&result, "far.example", Some(80), "tcp");
    assert_eq!(requests(far), ["GET /x"]);
}

#[test]
fn a_broker_takes_what_is_published() {
    let (_, result) = trace(&["curl", "-sS", "-d", "hello", "mqtt://broker.example/a/b"]);
    let broker = contact(&result, "broker.example", Some(1883), "tcp");
    assert_eq!(broker["protocol"], "mqtt", "{broker:#}");
    let requests = requests(broker);
    assert!(requests[0].starts_with("CONNECT curl"), "{broker:#}");
    assert_eq!(requests[1], "PUBLISH a/b 5", "{broker:#}");
}

#[test]
fn an_ssh_client_hears_that_there_is_no_session() {
    let words = "ssh -o StrictHostKeyChecking=no me@host.example || true";
    let (ran, result) = trace(&["sh", "-c", words]);
    ran.complains("no session in a simulated internet");
    assert_eq!(contact(&result, "host.example", Some(22), "tcp")["protocol"], json!("ssh"));
}

#[test]
fn services_are_found_by_their_records() {
    let (ran, result) = trace(&python(&["records"]));
    ran.complains("records is content");
    for (name, kind) in [("_sip._udp.sip.example", "SRV"), ("mail.example", "MX")] {
        let mut lookups = list(&result, "lookups").iter();
        assert!(lookups.any(|it| it["name"] == name && it["type"] == kind), "{result:#}");
    }
}

#[test]
fn a_subscription_within_tls_is_told_and_notified() {
    let (ran, result) = trace(&python(&["sips"]));
    ran.complains("sips is content");
    let contact = contact(&result, "sips.example", Some(5061), "tcp");
    let request = &contact["requests"][0];
    assert_eq!(requests(contact), ["SUBSCRIBE sips:me@sips.example"], "{contact:#}");
    assert_eq!(request["contact"], "sips:me@192.0.2.2:5061", "{contact:#}");
}

#[test]
fn databases_carry_out_what_they_are_told() {
    let (ran, result) = trace(&python(&["mysql", "mysql_tls"]));
    ran.complains("mysql is content").complains("mysql_tls is content");
    for host in ["mysql.example", "mysqls.example"] {
        let contact = contact(&result, host, Some(3306), "tcp");
        let requests = requests(contact);
        assert_eq!(requests[0], "LOGIN me", "{contact:#}");
        assert!(requests.contains(&"QUERY INSERT INTO t VALUES ('x')".to_owned()), "{contact:#}");
        assert!(!contact.to_string().contains("secret"), "{contact:#}");
        assert_eq!(contact["tls"]["version"] == "1.3", host == "mysqls.example", "{contact:#}");
    }
    for (mode, version) in [("require", json!("1.3")), ("disable", Value::Null)] {
        let uri = format!("postgresql://me:secret@pg.example/db?sslmode={mode}");
        let (ran, result) = trace(&["psql", "-c", "select 1", "-c", "begin; end", &uri]);
        ran.complains("(0 rows)").complains("COMMIT");
        let contact = contact(&result, "pg.example", Some(5432), "tcp");
        assert_eq!(requests(contact)[..2], ["LOGIN me", "QUERY select 1"], "{contact:#}");
        assert_eq!(contact["tls"]["version"], version, "{contact:#}");
    }
    for options in ["-2", "-3"] {
        let script = format!(
            "redis-cli {options} -h redis.example -a secret set a b && \
             redis-cli {options} -h redis.example get a"
        );
        let (ran, result) = trace(&["sh", "-c", &script]);
        ran.complains("OK");
        // Each of the two processes makes a contact of its own.
        let [set, get] = list(&result, "contacts") else { panic!("two contacts: {result:#}") };
        assert!(requests(set).contains(&"SET a".to_owned()), "{set:#}");
        assert!(requests(get).contains(&"GET a".to_owned()), "{get:#}");
        assert_ne!(set["process"]["pid"], get["process"]["pid"], "{result:#}");
        assert!(!format!("{set}{get}").contains("secret"), "{result:#}");
    }
}

#[test]
fn a_directory_is_found_empty() {
    for (options, version) in
        [("-H ldap://ldap.example", Value::Null), ("-ZZ -H ldap://ldap.example", json!("1.3"))]
    {
        let script =
            format!("ldapsearch {options} -x -D cn=me -w secret -b dc=example -LLL '(uid=x)'");
        let (_, result) = trace(&["sh", "-c", &script]);
        let contact = contact(&result, "ldap.example", Some(389), "tcp");
        assert_eq!(requests(contact), ["LOGIN cn=me", "SEARCH dc=example"], "{contact:#}");
        assert_eq!(contact["tls"]["version"], version, "{contact:#}");
    }
}

#[test]
fn who_waits_for_a_greeting_gets_that_of_the_port() {
    let (ran, result) = trace(&python(&["greetings"]));
    ran.complains("greetings is content");
    let sieve = contact(&result, "sieve.example", Some(4190), "tcp");
    assert_eq!(requests(sieve), ["PUTSCRIPT mine 6"], "{sieve:#}");
    assert_eq!(sieve["tls"]["version"], "1.3", "{sieve:#}");
    let (_, result) = trace(&["rsync", "rsync://rsync.example/"]);
    assert_eq!(requests(contact(&result, "rsync.example", Some(873), "tcp")), ["LIST "]);
    let (ran, result) = trace(&["sh", "-c", "rsync rsync://rsync.example/data x || true"]);
    ran.complains("Unknown module 'data'");
    assert_eq!(requests(contact(&result, "rsync.example", Some(873), "tcp")), ["MODULE data"]);
}

/// What curl prints of an answer, with the options given.
fn curl(options: &str) -> String {
    let (ran, _) =
        trace(&["sh", "-c", &format!("curl -sS -i {options} https://web.example/x.json")]);
    ran.stderr
}

#[test]
fn http_is_answered_as_its_clients_hope() {
    for (options, expected) in [
        ("-I", "content-length: 3"),
        ("-r 0-1", "content-range: bytes 0-1/3"),
        ("-H 'Accept: image/*'", "content-type: image/gif"),
        ("-H 'Accept: text/event-stream'", "retry: 86400000"),
        (
            "-X OPTIONS -H 'Origin: https://page.example' -H 'Access-Control-Request-Method: PUT'",
            "access-control-allow-methods: PUT",
        ),
        ("--http1.1 -H 'Expect: 100-continue' -d x", "HTTP/1.1 100 Continue"),
        ("--http1.1 -H 'Transfer-Encoding: chunked' -d hello", "HTTP/1.1 200 OK"),
        (
            "-H 'Content-Type: application/ocsp-request' -d 0",
            "content-type: application/ocsp-response",
        ),
    ] {
        let said = curl(options);
        assert!(said.contains(expected), "{options}: {said}");
    }
}

#[test]
fn a_revocation_list_is_of_the_runs_authority() {
    let words = "curl -sS http://crl.example/a.crl | openssl crl -inform DER -noout -issuer";
    let (ran, _) = trace(&["sh", "-c", words]);
    ran.complains("apptrace simulated internet");
}

#[test]
fn a_client_of_quic_is_refused_at_once_and_seen() {
    let (ran, result) = trace(&python(&["quic"]));
    ran.complains("quic is content");
    assert_eq!(contact(&result, "quic.example", Some(443), "udp")["protocol"], "quic");
}
