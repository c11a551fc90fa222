//! Texts that are refused, each with the place and the words.

use super::tests::APPLICATION;
use crate::scenario::Scenario;

/// Each text is refused at the place, with the words.
fn check(cases: &[(&str, &str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(text, place, words)| {
            let told = match Scenario::parse(text.as_bytes(), "x.yaml") {
                Ok(_) => "accepted".to_owned(),
                Err(error) => error.to_string(),
            };
            let right = told.starts_with(&format!("x.yaml:{place}: ")) && told.contains(words);
            (!right).then(|| format!("{text:.300}\n  expected {place} {words}\n  was told {told}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same after an application that is in order, lines counted from the text given.
pub(super) fn check_rest(cases: &[(&str, &str, &str)]) {
    let whole: Vec<(String, String, &str)> = cases
        .iter()
        .map(|(text, place, words)| {
            let (line, column) = place.split_once(':').unwrap();
            let line = line.parse::<usize>().unwrap() + 1;
            (format!("{APPLICATION}{text}"), format!("{line}:{column}"), *words)
        })
        .collect();
    check(&whole.iter().map(|(t, p, w)| (t.as_str(), p.as_str(), *w)).collect::<Vec<_>>());
}

#[test]
fn keys_types_and_names() {
    check(&[
        ("", "1:1", "the file holds no scenario"),
        ("# nothing\n", "2:1", "the file holds no scenario"),
        ("[]", "1:1", "found a list"),
        ("name: a\n", "1:1", "the key `application` is missing"),
        ("naem: a\n", "1:1", "naem: unknown key `naem`; did you mean `name`?"),
        ("\u{feff}naem: a\n", "1:1", "did you mean `name`?"),
        ("é: a\n", "1:1", "expected `name`, `description`"),
        ("name: a\nname: b\n", "2:1", "name: `name` stands here twice"),
        ("1: a\n", "1:1", "expected text, found the number 1"),
        ("? [a]\n: b\n", "1:3", "expected text, found a list"),
        (
            "application: { comand: [x] }",
            "1:16",
            "application.comand: unknown key `comand`; did you mean `command`?",
        ),
        ("application: { command: x -v }", "1:25", "write `[x, -v]`"),
        (
            "application:\n  command: [sleep, 10]\n",
            "2:20",
            "application.command[1]: expected text, found the number 10; put it in quotes: \"10\"",
        ),
        ("application: { command: [] }", "1:25", "the command is empty"),
        ("application: { command: [x], stand_in: [y] }", "1:30", "did you mean `stand-in`?"),
        ("application: { command: [\"a\\0\"] }", "1:26", "NUL"),
        (
            "application: { command: [x], environment: { A=B: c } }",
            "1:45",
            "cannot name a variable",
        ),
        ("application: { command: [x], files: { /etc/x: y } }", "1:39", "`/etc/x` is absolute"),
        ("application: { command: [x], files: { a/../../x: y } }", "1:39", "climbs out"),
        ("application: { command: [x], files: { a: y, ./a: z } }", "1:45", "at odds with `a`"),
        ("application: { command: [x], files: { a: y, a/b: z } }", "1:45", "at odds with `a`"),
        (
            "application: { command: [x], files: { a: { content: y, mode: 644 } } }",
            "1:62",
            "leading zero",
        ),
        ("application: { command: [x], trust: cacert.pem }", "1:37", "a list of trust stores"),
        ("application: { command: [x], trust: [../cacerts] }", "1:38", "climbs out"),
        ("application: { command: [x], trust: [certs/] }", "1:38", "names a folder, not a file"),
        ("application: { command: [x], trust: [a, ./a] }", "1:41", "`./a` stands here twice"),
        ("application: { command: [x], exit-status: 256 }", "1:43", "256 is out of range"),
        (
            "application: { command: [x], root: yes }",
            "1:36",
            "expected `true` or `false`, found the text `yes`",
        ),
        ("application: &a { command: [x], root: *a }", "1:28", "nested too deeply"),
        ("application: &a { command: [x] }\nphases: *a", "1:19", "phases.command: unknown key"),
    ]);
    check_rest(&[
        ("name: ../x", "1:7", "begins with a dot"),
        ("name: a/b", "1:7", "it holds '/'"),
        ("name: \"\\e[31m\"", "1:7", "it holds '\\u{1b}'"),
        ("description: \"\\e[31m\"", "1:14", "control character"),
        ("description:\n  - a", "2:3", "description: expected text, found a list"),
    ]);
    let error = Scenario::parse(APPLICATION.as_bytes(), "a b.yaml").unwrap_err().to_string();
    assert!(error.contains("the file's name, `a b`"), "{error}");
}

#[test]
fn phases_networks_and_rules() {
    check_rest(&[
        (
            "phases:\n  startup: { quite: 2s }",
            "2:14",
            "phases.startup.quite: unknown key `quite`; did you mean `quiet`?",
        ),
        ("phases:\n  startup: { quiet: 30s, at-most: 20s }", "2:21", "cannot come about"),
        ("phases: { idle: 5 }", "1:17", "5 has no unit; for seconds write `5s`"),
        ("phases: { idle: -5s }", "1:17", "negative"),
        ("phases: { idle: 25h }", "1:17", "longer than 24 h"),
        ("phases: { idle: soon }", "1:17", "expected a length of time"),
        ("phases: { idle: }", "1:17", "found nothing"),
        ("phases: { shutdown: { signal: term } }", "1:31", "did you mean `TERM`?"),
        (
            "network: { enforce: true }",
            "1:12",
            "there is nothing to enforce: the internet is `simulated`",
        ),
        ("network: { internet: real, enforce: true }", "1:28", "there is no baseline to enforce"),
        (
            "network: { internet: none, overrides: [ { unresolvable: a.b } ] }",
            "1:28",
            "network.overrides: `overrides` would have no effect: the internet is `none`",
        ),
        (
            "network: { conditions: { loss: 1% }, internet: real }",
            "1:12",
            "`conditions` would have no effect: the internet is `real`",
        ),
        ("network: { internet: nnoe }", "1:22", "did you mean `none`?"),
        (
            "network: { overrides: [ { resolve: { host: \"*.a.b\", addresses: [1.2.3.4] } } ] }",
            "1:44",
            "one host name",
        ),
        (
            "network: { overrides: [ { resolve: { host: a.b, addresses: [] } } ] }",
            "1:60",
            "has an address",
        ),
        ("network: { overrides: [ { refuse: { host: a.b } } ] }", "1:35", "`port` is missing"),
        ("network: { overrides: [ { refused: { port: 1 } } ] }", "1:27", "did you mean `refuse`?"),
        ("network: { overrides: [ { http: { host: a.b, status: 99 } } ] }", "1:54", "out of range"),
        (
            "network:\n  overrides:\n  - unresolvable: a.b\n  - resolve: { host: A.b, addresses: [1.2.3.4] }",
            "4:5",
            "network.overrides[1]: an earlier override",
        ),
        (
            "network:\n  overrides:\n  - refuse: { port: 1-5 }\n  - refuse: { port: 5, transport: udp }",
            "4:5",
            "an earlier override",
        ),
        (
            "expect:\n  - { host: a.b, port: [80, 70000] }",
            "2:29",
            "expect[0].port[1]: 70000 is no port",
        ),
        ("expect:\n  - { host: a.b, port: 9-5 }", "2:24", "backwards"),
        ("expect:\n  - { host: \"é.b\", port: 0 }", "2:13", "ASCII form"),
        ("expect:\n  - { reason: \"é\", host: a.b, port: 0 }", "2:37", "0 is no port"),
        ("expect:\n  - { port: 80 }", "2:5", "the key `host` is missing"),
        ("expect:\n  - host: a.b\n    port:\n", "3:10", "found nothing"),
        ("expect:\n  - a.b\n  - *.example.org\n", "3:6", "needs quotes: \"*.example.org\""),
        ("expect:\n  - { host: a.b, deny: c.d }", "2:18", "`deny` beside `host`"),
        ("expect:\n  - { deny: c.d, action: allow }", "2:18", "`action` beside `deny`"),
        ("expect:\n  - { deny: c.d, required: true }", "2:28", "cannot be required"),
        ("expect:\n  - { deny: c.d, at-most: 2 }", "2:18", "no number"),
        ("expect:\n  - { host: c.d, at-most: 0 }", "2:27", "allows nothing"),
        ("expect:\n  - { host: c.d, port: 1, transport: icmp }", "2:18", "`icmp` has no port"),
        ("expect:\n  - { host: c.d, phases: [idel] }", "2:27", "did you mean `idle`?"),
        ("expect:\n  - { host: c.d, phases: [] }", "2:26", "the list of phases is empty"),
        ("expect:\n  - { host: c.d, phases: [before] }", "2:27", "not been launched"),
        (
            "expect:\n  - { host: c.d,\n      phases: [startup, idle] }\nphases: { idle: 0s }",
            "3:25",
            "expect[0].phases[1]: `idle` lasts no time",
        ),
        ("expect:\n  - { host: c.d, until: 2026-02-30 }", "2:25", "`2026-02-30` is no day"),
        ("expect:\n  - { host: c.d, until: 20261231 }", "2:25", "a day such as `2026-12-31`"),
        ("expect:\n  - { host: c.d, until: 2026-12-31T00:00 }", "2:25", "a day such as"),
        ("expect:\n  - { host: c.d, until: tomorrow }", "2:25", "found the text `tomorrow`"),
        ("expect:\n  - { host: c.d, process: /usr/bin/curl }", "2:27", "write `curl`"),
        ("expect:\n  - { host: c.d, process: [a, \"\"] }", "2:31", "cannot be empty"),
        ("expect:\n  - { host: c.d, process: [] }", "2:27", "the list of processes is empty"),
        ("expect:\n  - { host: c.d, process: 7 }", "2:27", "put it in quotes"),
        ("expect:\n  - { host: c.d, process: { below: a } }", "2:29", "expected `under`"),
        ("expect: &r\n  - &x { host: c.d, port: x }\n  - *x", "2:27", "expect[0].port"),
    ]);
}

#[test]
fn texts_that_are_no_yaml() {
    check(&[
        ("a: [1, 2\n", "2:1", "did not find expected ',' or ']'"),
        ("a: b\n\tc: d\n", "2:1", "spaces, never tabs"),
        ("a: *b", "1:4", "unknown anchor"),
        ("a: !b c", "1:4", "tags such as"),
        ("a: b\n--- \nc: d", "3:1", "a second document"),
        ("a\0b", "1:2", "'\\0' cannot stand in YAML"),
        ("a: \"\\ud800\"", "1:7", "invalid Unicode"),
        (&"[".repeat(1 << 20), "1:201", "nested too deeply"),
        (&"- ".repeat(1 << 18), "1:257", "nested too deeply"),
    ]);
    let error = |bytes: &[u8]| Scenario::parse(bytes, "x.yaml").unwrap_err().to_string();
    assert_eq!(
        error(b"a: b\n \xff"),
        "x.yaml:2:2: the byte 0xff is not UTF-8; save the file as UTF-8"
    );
    assert!(error(&vec![b'#'; (1 << 20) + 1]).contains("larger than 1048576 bytes"));
    let missing = Scenario::load(std::path::Path::new("/nonexistent/x.yaml")).unwrap_err();
    assert!(
        missing.to_string().starts_with("/nonexistent/x.yaml: cannot read the scenario: No such")
    );
}

#[test]
fn aliases_cannot_multiply_without_bound() {
    let mut values = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..20 {
        let inner = vec![format!("*a{}", level - 1); 9].join(",");
        values.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
    }
    let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(900_000), "*a,".repeat(20_000));
    check(&[(&values, "1:20", "too many values"), (&text, "1:4", "too much text")]);
}

#[test]
fn snapshots_and_variants() {
    check_rest(&[
        ("network: { conditions: { latncy: 1s } }", "1:26", "did you mean `latency`?"),
        ("network: { conditions: { latency: 61s } }", "1:35", "longer than a minute"),
        ("network: { conditions: { jitter: 1s } }", "1:34", "before they are sent"),
        ("network: { conditions: { loss: 0.1 } }", "1:32", "such as `1%`"),
        ("network: { conditions: { loss: 100% } }", "1:32", "such as `1%`"),
        ("network: { conditions: { loss: NaN% } }", "1:32", "such as `1%`"),
        ("network: { conditions: { bandwidth: 1000 } }", "1:37", "such as `500 kbit/s`"),
        ("network: { conditions: { bandwidth: 1 MB/s } }", "1:37", "such as `500 kbit/s`"),
        ("network: { conditions: { bandwidth: 1 bit/s } }", "1:37", "from 1 kbit/s"),
        ("snapshot: { processes: some }", "1:24", "`true` or `false`"),
        ("snapshot: { requests: path }", "1:23", "did you mean `paths`?"),
        ("snapshot: { redact: { path: x } }", "1:13", "there are no requests to redact"),
        ("snapshot: { requests: paths, redact: { query: [v] } }", "1:40", "shows no query"),
        ("snapshot: { requests: full, redact: { query: [a=b] } }", "1:47", "one query parameter"),
        (
            "snapshot: { requests: paths, redact: { path: [\"/x\", \"(\"] } }",
            "1:53",
            "snapshot.redact.path[1]: `(` is no regular expression: unclosed group",
        ),
        ("snapshot: { requests: paths, redact: { path: x* } }", "1:46", "matches the empty text"),
        ("variants: {}", "1:11", "no variant is named"),
        ("variants: { a: 1 }", "1:16", "found the number 1"),
        ("variants: { a/b: }", "1:13", "cannot be a variant's name"),
        ("variants: { stand-in: }", "1:13", "choose another name"),
        ("variants: { a: { name: x } }", "1:18", "variants.a.name: unknown key `name`"),
        (
            "variants:\n  a: { network: { internet: real, conditions: { loss: 1% } } }",
            "2:35",
            "variants.a.network.conditions: `conditions` would have no effect",
        ),
        (
            "network: { internet: none }\nvariants:\n  a: { network: { overrides: [ { unresolvable: a.b } ] } }",
            "3:19",
            "variants.a.network.overrides: `overrides` would have no effect",
        ),
        (
            "variants:\n  a: { phases: { startup: { quiet: 30s } } }\nphases: { startup: { at-most: 20s } }",
            "2:36",
            "variants.a.phases.startup.quiet: a quiet of 30s",
        ),
        (
            "variants:\n  a:\n    network: { overrides: [{ http: { host: a.b, stauts: 1 } }] }",
            "3:49",
            "variants.a.network.overrides[0].http.stauts: unknown key",
        ),
    ]);
}
