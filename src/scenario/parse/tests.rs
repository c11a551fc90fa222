//! Scenario files that parse, and faults that are told in the right place.

use std::path::PathBuf;
use std::time::Duration;

use crate::contact::{Phase, Transport};
use crate::scenario::{Internet, Override, PortList, RuleAction, Scenario, SignalName};
use crate::script::Closing;

pub(super) const APPLICATION: &str = "application: { command: [x] }\n";

/// The example of the issue that asked for scenarios, with every key there is.
const FULL: &str = r#"name: zoiper
description: A softphone whose one account registers itself.
application:
  command: [zoiper5]
  stand-in: [apptrace, stand-in, zoiper]
  environment: { LANG: C.UTF-8, "PORT": "8080" }
  files:
    .config/x.toml: { content: "a = 1\n", mode: 0644 }
    ./plain: text
  working-directory: .config
  visible: [../bin, /opt/zoiper]
  trust: [.config/cacert.pem, /opt/zoiper/cacerts]
  terminal: true
  root: true
  exit-status: [0, 143]
phases:
  before: 2s
  startup: { quiet: 2s, at-most: 1m 30s }
  idle: 10s
  shutdown: { signal: INT, at-most: 500ms }
  after: 0
network:
  internet: simulated
  overrides:
    - resolve: { host: Update.example.org., addresses: [198.51.100.7, "2001:db8::7"] }
    - unresolvable: "*.example.net"
    - http: { host: www.example.org, path: /version, status: 503, body: "down" }
    - refuse: { host: sip.example.org, port: "5060-5070", transport: tcp }
expect:
  - { host: sip.ca1.voip.ms, port: 5060, transport: udp, phases: [startup, idle] }
  - host: www.asteriskguru.com
    port: [80, 443, "8000-8010"]
    at-most: 1
    required: true
    reason: the version counter
  - example.org
  - { deny: "*.doubleclick.net" }
  - { allow: 203.0.113.0/24, phases: idle }
  - { host: 198.51.100.9, action: deny }
  - { host: a.test, process: { under: zoiper5 }, until: 2026-12-31 }
"#;

#[test]
fn every_key_is_read() {
    let scenario = Scenario::parse(FULL.as_bytes(), "scenarios/x.yaml").unwrap();
    assert_eq!(scenario.name, "zoiper");
    let application = &scenario.application;
    assert_eq!(application.command, ["zoiper5"]);
    assert_eq!(application.stand_in.as_deref().unwrap().len(), 3);
    assert_eq!(application.environment["PORT"], "8080");
    let modes: Vec<_> =
        application.files.iter().map(|(path, file)| (path.to_str().unwrap(), file.mode)).collect();
    assert_eq!(modes, [(".config/x.toml", 0o644), ("plain", 0o600)]);
    assert_eq!(application.trust, [".config/cacert.pem", "/opt/zoiper/cacerts"].map(PathBuf::from));
    assert_eq!(application.exit_status, [0, 143]);
    assert!(application.terminal && application.root);
    let phases = &scenario.phases;
    assert_eq!(phases.startup.at_most, Duration::from_secs(90));
    assert_eq!(phases.shutdown.signal, SignalName::Int);
    assert_eq!(phases.shutdown.at_most, Duration::from_millis(500));
    assert_eq!(phases.after, Duration::ZERO);
    assert_eq!(scenario.network.internet, Internet::Simulated);
    assert_eq!(
        scenario.network.overrides[3],
        Override::Close(Closing {
            host: Some("sip.example.org".parse().unwrap()),
            ports: vec![5060..=5070],
            transport: Some(Transport::Tcp),
            silent: false,
        })
    );
    let rules = scenario.expect.unwrap();
    let lines: Vec<usize> = rules.iter().map(|rule| rule.line).collect();
    assert_eq!(lines, [30, 31, 36, 37, 38, 39, 40]);
    assert_eq!(rules[1].ports, Some(PortList(vec![80..=80, 443..=443, 8000..=8010])));
    assert!(rules[1].required && rules[1].at_most == Some(1));
    assert_eq!(rules[3].action, RuleAction::Deny);
    assert_eq!(rules[4].phases, Some(vec![Phase::Idle]));
    assert_eq!(rules[5].action, RuleAction::Deny);
    assert!(rules[6].process.as_ref().is_some_and(|process| process.under));
    assert_eq!(rules[6].until, Some(jiff::civil::date(2026, 12, 31)));
}

#[test]
fn what_is_left_out_has_its_default() {
    let scenario = Scenario::parse(APPLICATION.as_bytes(), "scenarios/curl.plain.yaml").unwrap();
    assert_eq!(scenario.name, "curl.plain");
    assert_eq!(scenario.application.exit_status, [0]);
    assert_eq!(scenario.phases.before, Duration::from_secs(1));
    assert_eq!(scenario.phases.startup.quiet, Duration::from_secs(2));
    assert_eq!(scenario.expect, None);
    for (startup, quiet, at_most) in
        [("quiet: 30s", 30, 30), ("at-most: 1s", 1, 1), ("quiet: 1s", 1, 20), ("", 2, 20)]
    {
        let text = format!("{APPLICATION}phases: {{ startup: {{ {startup} }} }}\n");
        let phases = Scenario::parse(text.as_bytes(), "x.yaml").unwrap().phases;
        assert_eq!(phases.startup.quiet.as_secs(), quiet, "{startup}");
        assert_eq!(phases.startup.at_most.as_secs(), at_most, "{startup}");
    }
}

fn rendered(text: &str) -> String {
    Scenario::parse(text.as_bytes(), "scenarios/x.yaml").unwrap_err().render(false)
}

#[test]
fn faults_are_shown_with_their_line() {
    let text = format!("{APPLICATION}phases:\n  startup: {{ quite: 2s, at-most: 20s }}\n");
    insta::assert_snapshot!(rendered(&text), @r#"
error: phases.startup.quite: unknown key `quite`
 --> scenarios/x.yaml:3:14
  |
3 |   startup: { quite: 2s, at-most: 20s }
  |              ^^^^^
  |
  = help: did you mean `quiet`?
"#);
    let text =
        format!("{APPLICATION}expect:\n  - {{ reason: \"é\", host: a.test, port: 70000 }}\n");
    insta::assert_snapshot!(rendered(&text), @r#"
error: expect[0].port: 70000 is no port, expected a port from 1 to 65535 or a range such as `5060-5070`
 --> scenarios/x.yaml:3:40
  |
3 |   - { reason: "é", host: a.test, port: 70000 }
  |                                        ^^^^^
"#);
    let text = format!(
        "{APPLICATION}expect: [{} {{ deny: a.test, required: true }}]\n",
        "a.test, ".repeat(30)
    );
    insta::assert_snapshot!(rendered(&text), @r#"
error: expect[30].required: a denied contact cannot be required
 --> scenarios/x.yaml:2:277
  |
 ::: 
2 | est, a.test, a.test, a.test, a.test, a.test, a.test,  { deny: a.test, required: true }]
  |                                                                                 ^^^^
"#);
    insta::assert_snapshot!(rendered("application:\n  command: [a\u{1b}b]\n"), @r#"
error: the character '\u{1b}' cannot stand in YAML
 --> scenarios/x.yaml:2:14
  |
2 |   command: [a�b]
  |              ^^
"#);
    let error = Scenario::load(std::path::Path::new("/nonexistent/x.yaml")).unwrap_err();
    insta::assert_snapshot!(error.render(false), @"error: /nonexistent/x.yaml: cannot read the scenario: No such file or directory (os error 2)");
    let colored = Scenario::parse(b"a: b", "x.yaml").unwrap_err().render(true);
    assert!(colored.contains("\u{1b}["));
}

/// The blocks of a document that are marked as YAML.
fn yaml_blocks(document: &str) -> Vec<&str> {
    let mut blocks = document.split("```yaml\n").skip(1);
    std::iter::from_fn(|| blocks.next().and_then(|rest| rest.split("```").next())).collect()
}

#[test]
fn the_documentation_parses() {
    let document = include_str!("../../../docs/scenario-format.md");
    let blocks = yaml_blocks(document);
    assert!(blocks.len() >= 4);
    for block in blocks {
        Scenario::parse(block.as_bytes(), "doc.yaml").unwrap_or_else(|error| panic!("{error}"));
    }
}
