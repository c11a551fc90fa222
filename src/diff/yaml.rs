//! A rule as the YAML that a scenario would hold.

use crate::scenario::{ExpectRule, ProcessRule, RuleAction};

/// What stands for the reason that a person is to give.
const REASON: &str = "say here why this is right";

/// The rule as one line of YAML, ready to stand under `expect`.
pub(super) fn line(rule: &ExpectRule) -> String {
    let entries: Vec<String> =
        entries(rule).into_iter().map(|(key, value)| format!("{key}: {value}")).collect();
    format!("- {{ {} }}", entries.join(", "))
}

/// The rule as lines of YAML, a key each, ready to stand under `expect`, with a reason to be
/// filled in where it has none.
pub(super) fn block(rule: &ExpectRule) -> String {
    let mut rule = rule.clone();
    rule.reason.get_or_insert_with(|| REASON.to_owned());
    let lines: Vec<String> =
        entries(&rule).into_iter().map(|(key, value)| format!("{key}: {value}")).collect();
    format!("- {}", lines.join("\n  "))
}

/// Its keys and values, in the order in which people write them.
fn entries(rule: &ExpectRule) -> Vec<(&'static str, String)> {
    let form = match rule.action {
        RuleAction::Allow => "host",
        RuleAction::Deny => "deny",
    };
    let mut entries = vec![(form, scalar(&rule.host.to_string()))];
    if let Some(ports) = &rule.ports {
        let ports: Vec<String> = ports.0.iter().map(port_range).collect();
        entries.push(("port", several(&ports)));
    }
    if let Some(transport) = rule.transport {
        entries.push(("transport", transport.to_string()));
    }
    if let Some(phases) = &rule.phases {
        let phases: Vec<&str> = phases.iter().map(|phase| phase.name()).collect();
        entries.push(("phases", format!("[{}]", phases.join(", "))));
    }
    if let Some(process) = &rule.process {
        entries.push(("process", processes(process)));
    }
    if let Some(at_most) = rule.at_most {
        entries.push(("at-most", at_most.to_string()));
    }
    if rule.required {
        entries.push(("required", "true".to_owned()));
    }
    if let Some(reason) = &rule.reason {
        entries.push(("reason", scalar(reason)));
    }
    if let Some(until) = rule.until {
        entries.push(("until", until.to_string()));
    }
    entries
}

fn several(items: &[String]) -> String {
    match items {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    }
}

fn processes(rule: &ProcessRule) -> String {
    let names: Vec<String> = rule.names.iter().map(|name| scalar(&name.to_string())).collect();
    if rule.under { format!("{{ under: {} }}", several(&names)) } else { several(&names) }
}

fn port_range(range: &std::ops::RangeInclusive<u16>) -> String {
    match (range.start(), range.end()) {
        (first, last) if first == last => first.to_string(),
        (first, last) => format!("{first}-{last}"),
    }
}

/// A text as YAML reads it back: bare where it is plainly a host, in double quotes otherwise,
/// and in those with nothing that a terminal would obey.
fn scalar(text: &str) -> String {
    let plain = text.contains('.')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        // `1.5` and `1e5.2` would be numbers; what has a letter that no number has, or three
        // dots, is none.
        && (text.matches('.').count() == 3 || text.bytes().any(|b| matches!(b.to_ascii_lowercase(), b'g'..=b'w')));
    if plain {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            other
                if crate::contact::printable(other.encode_utf8(&mut [0; 4]))
                    != other.to_string() =>
            {
                quoted.push_str(&format!("\\U{:08X}", u32::from(other)));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    fn rules(text: &str) -> Vec<ExpectRule> {
        let text = format!("application: {{ command: [x] }}\nexpect:\n{text}\n");
        let scenario = Scenario::parse(text.as_bytes(), "x.yaml");
        scenario.unwrap_or_else(|error| panic!("{error}\n{text}")).expect.unwrap()
    }

    /// Whatever is written is read back as it was.
    #[test]
    fn every_key_is_written_as_it_is_read() {
        for text in [
            "- { host: a.test, port: [80, 400-500], transport: tcp, phases: [startup, idle] }",
            "- { host: \"*\", process: [curl, \"x: y\"], at-most: 3, required: true, until: 2026-12-31 }",
            "- { deny: 10.0.0.0/8, process: { under: \"git*\" }, reason: \"a \\\"b\\\"\\n\\tc \\u202e é\" }",
            "- { host: \"1.e5\", reason: 'null' }",
        ] {
            let [rule] = rules(text).try_into().unwrap();
            for written in [line(&rule), block(&rule)] {
                let [again] = rules(&written).try_into().unwrap();
                let reason = again.reason.clone().filter(|reason| reason != REASON);
                assert_eq!(ExpectRule { reason, ..again }, rule, "{written}");
                assert!(written.chars().all(
                    |c| c == '\n' || crate::contact::printable(&c.to_string()) == c.to_string()
                ));
            }
        }
    }
}
