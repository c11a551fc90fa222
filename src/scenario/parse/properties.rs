//! Whatever bytes a file holds, it is read or refused at a place inside it, never more.

use proptest::prelude::*;

use crate::scenario::Scenario;

const VALID: &str = "name: zoiper
application:
  command: [zoiper5, \"-v\"]
  files: { .config/x.toml: { content: \"a = 1\", mode: 0600 } }
phases:
  startup: &s { quiet: 2s, at-most: 20s }
  idle: 10s
network:
  overrides: [ { unresolvable: a.test }, { dns: { host: b.test, type: MX, records: [10 m.test] } },
    { sip: { host: c.test, challenge: c.test, user: a, password: b, algorithm: [SHA-256, MD5], stale-after: 5s } } ]
  conditions: { latency: 10ms, loss: 0.5%, bandwidth: 1.5 Mbit/s }
snapshot: { requests: full, redact: { query: [v], path: \"/[0-9a-f]+\" } }
variants:
  up:
  down: { network: { overrides: [ { tls: { host: \"*\", answer: expired, times: 2 } } ] } }
expect:
  - { host: sip.ca1.voip.ms, port: 5060, transport: udp, phases: [startup, idle] }
  - { host: \"*.example.org\", port: [80, \"8000-8010\"], at-most: 1, reason: 'é' }
  - { deny: 10.0.0.0/8 }
  - { host: a.test, process: { under: [\"x*\", y] }, until: 2026-12-31 }
";

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let Err(error) = Scenario::parse(bytes, "x.yaml") else { return Ok(()) };
    let shown = error.render(false);
    prop_assert!(!shown.is_empty());
    let text = error.to_string();
    prop_assert!(!text.chars().any(char::is_control), "{text:?}");
    if let Some(fault) = error.fault() {
        let lines = String::from_utf8_lossy(bytes).matches('\n').count() + 1;
        prop_assert!((1..=lines).contains(&fault.line), "{fault:?}");
        prop_assert!((1..=bytes.len() + 1).contains(&fault.column), "{fault:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&bytes)?;
    }

    #[test]
    fn any_yaml_punctuation(text in "[a*&!|>%@'\"?:,{}\\[\\]\\- \n\t#0~<=é\u{feff}\u{85}\r]{0,60}") {
        check(text.as_bytes())?;
    }

    #[test]
    fn mutated_scenarios(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..6_usize, any::<u8>(), "[a-z*&!|>%'\"?:,{}\\[\\]\\- \n\t#0-9é]{0,4}"), 1..6)
    ) {
        let mut bytes = VALID.as_bytes().to_vec();
        for (place, cut, byte, text) in edits {
            let at = place.index(bytes.len() + 1);
            let end = (at + cut).min(bytes.len());
            let put = if byte < 16 { vec![byte] } else { text.into_bytes() };
            bytes.splice(at..end, put);
        }
        check(&bytes)?;
    }

    #[test]
    fn lines_in_another_order(mut lines in Just(VALID.lines().collect::<Vec<_>>()).prop_shuffle(), kept in 0..20_usize) {
        lines.truncate(kept);
        check(lines.join("\n").as_bytes())?;
    }
}

#[test]
fn the_scenario_they_start_from_is_valid() {
    assert!(Scenario::parse(VALID.as_bytes(), "x.yaml").is_ok());
}
