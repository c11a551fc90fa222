//! Overrides that are refused, each with the place and the words.

use super::refusals::check_rest;

#[test]
fn scripted_departures() {
    let inside = |text: &str| format!("network:\n  overrides:\n  - {text}\n");
    let cases = [
        ("http: { host: a.b, method: §get }", "write `GET`"),
        ("http: { host: a.b, method: §[] }", "the list of methods is empty"),
        ("http: { host: a.b, headers: { §\"a b\": c } }", "cannot name a header field"),
        ("http: { host: a.b, headers: { §Content-Type: c } }", "write `content-type` beside"),
        ("http: { host: a.b, headers: { A: §\"b\\n\" } }", "visible ASCII"),
        ("http: { host: a.b, body: x, §file: y }", "`file` beside `body`"),
        ("http: { host: a.b, file: §../y }", "lies elsewhere"),
        ("http: { host: a.b, status: 204, §file: y }", "has no body"),
        ("http: { host: a.b, times: §0 }", "0 is out of range"),
        ("http: { host: a.b, §time: 1 }", "did you mean `times`?"),
        ("http: { host: a.b, delay: §3 }", "write `3s`"),
        ("dns: §{ host: a.b }", "the key `answer` is missing"),
        ("dns: { host: §192.0.2.1, answer: nodata }", "a host name or a wildcard"),
        ("dns: { host: a.b, answer: §nxdomian }", "did you mean `nxdomain`?"),
        ("dns: { host: a.b, answer: nodata, §records: [x] }", "`records` beside `answer`"),
        ("dns: { host: a.b, §records: [x] }", "records are of one type"),
        ("dns: { host: a.b, type: MX, records: [§mail.a.b] }", "10 mail.example.org"),
        ("dns: { host: a.b, type: SRV, records: [§0 0 x a.b] }", "0 5 5060"),
        ("dns: { host: a.b, type: CNAME, records: §[a.c, a.d] }", "more than 1 record"),
        ("dns: { host: a.b, type: A, records: [§\"::1\"] }", "an IPv4 address"),
        ("dns: { host: a.b, type: §NS, answer: nodata }", "expected `A`, `AAAA`"),
        ("sip: §{ host: a.b }", "the key `challenge` is missing"),
        ("sip: { host: a.b, challenge: r, §status: 503 }", "`status` beside `challenge`"),
        ("sip: { host: a.b, status: §401 }", "write `challenge: REALM`"),
        ("sip: { host: a.b, status: §180 }", "180 is out of range"),
        ("sip: { host: a.b, status: 503, §password: x }", "no challenge that it belongs to"),
        ("sip: { host: a.b, challenge: §'a\"b' }", "without quotes"),
        ("sip: { host: a.b, challenge: r, algorithm: §MD6 }", "did you mean `MD5`?"),
        ("sip: { host: a.b, challenge: r, algorithm: [MD5, §MD5] }", "stands here twice"),
        ("sip: { host: a.b, challenge: r, method: §[REGISTER, CANCEL] }", "never challenged"),
        ("sip: { host: a.b, challenge: r, stale-after: §0s }", "ever be let in"),
        ("sip: { host: a.b, status: 503, method: §ACK }", "`ACK` is never answered"),
        ("sip: { host: a.b, status: 503, method: §register }", "write `REGISTER`"),
        ("drop: §{ host: a.b }", "the key `port` is missing"),
        ("reset: §{ sent: 1 }", "every connection would be reset"),
        ("reset: { host: a.b, §sent: 1, received: 2 }", "`sent` beside `received`"),
        ("tls: { host: a.b, answer: §expierd }", "did you mean `expired`?"),
        ("tls: §{ host: a.b }", "the key `answer` is missing"),
    ];
    let whole: Vec<(String, String, &str)> = cases
        .iter()
        .map(|(text, words)| {
            // The mark stands before what is at fault.
            let column = text.find('§').unwrap() + "  - ".len() + 1;
            (inside(&text.replace('§', "")), format!("3:{column}"), *words)
        })
        .collect();
    check_rest(&whole.iter().map(|(t, p, w)| (t.as_str(), p.as_str(), *w)).collect::<Vec<_>>());
}
