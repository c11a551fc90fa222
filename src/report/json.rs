//! JSON for programs: one object a scenario, each on a line of its own
//! (`docs/result-format.md`).

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::Reporter;
use crate::contact::printable;
use crate::harness::Outcome;

/// One JSON object a scenario, divided by line feeds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json;

impl Reporter for Json {
    fn report(&self, outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
        let mut line = object(outcome)?;
        line.push(b'\n');
        out.write_all(&line)
    }
}

/// A value as JSON on one line, fit to be shown.
pub(super) fn object(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut line, Visible))?;
    Ok(line)
}

/// Compact, with every character escaped that a terminal might obey: JSON itself demands
/// that of the ASCII control characters alone.
struct Visible;

impl Formatter for Visible {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        for character in fragment.chars() {
            let mut utf8 = [0; 4];
            let plain: &str = character.encode_utf8(&mut utf8);
            if printable(plain) == plain {
                writer.write_all(plain.as_bytes())?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::report::sample;

    fn json(outcome: &Outcome) -> String {
        let mut out = Vec::new();
        Json.report(outcome, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_outcome_is_one_line_with_the_promised_keys() {
        let text = json(&sample::failed());
        assert_eq!(text.lines().count(), 1);
        let value: Value = serde_json::from_str(&text).unwrap();
        for pointer in [
            "/scenario",
            "/verdict",
            "/findings/0/code",
            "/findings/0/message",
            "/findings/0/contact",
            "/contacts/0/host",
            "/contacts/0/address",
            "/contacts/0/port",
            "/contacts/0/transport",
            "/contacts/0/protocol",
            "/contacts/0/phase",
            "/contacts/0/class",
            "/contacts/0/expected",
            "/contacts/0/process/name",
            "/contacts/0/process/pid",
            "/contacts/0/process/chain/0",
            "/contacts/0/evidence/0/kind",
            "/contacts/0/evidence/0/name",
            "/contacts/0/requests/0/method",
            "/contacts/0/requests/0/target",
            "/contacts/0/first",
            "/contacts/0/last",
            "/contacts/0/packets",
            "/contacts/0/bytes_out",
            "/contacts/0/bytes_in",
            "/lookups/0/name",
            "/lookups/0/type",
            "/lookups/0/answers/0",
            "/lookups/0/via",
            "/lookups/0/process",
            "/capture/packets",
            "/capture/lost",
        ] {
            assert!(value.pointer(pointer).is_some(), "{pointer} is missing in {text}");
        }
        assert_eq!(value["verdict"], "fail");
        assert_eq!(value["contacts"][0]["host"], "sip.ca1.voip.ms");
    }

    #[test]
    fn every_key_is_documented() {
        let documented = include_str!("../../docs/result-format.md");
        let value: Value = serde_json::from_str(&json(&sample::failed())).unwrap();
        let mut keys = BTreeSet::new();
        collect_keys(&value, &mut keys);
        for key in keys {
            assert!(documented.contains(&format!("`{key}`")), "{key} is not documented");
        }
    }

    fn collect_keys(value: &Value, keys: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    keys.insert(key.clone());
                    // What packets were is data, not a promise of keys.
                    if key != "other" {
                        collect_keys(value, keys);
                    }
                }
            }
            Value::Array(array) => array.iter().for_each(|value| collect_keys(value, keys)),
            _ => {}
        }
    }

    #[test]
    fn what_is_written_is_read_back_the_same() {
        for outcome in [sample::passed(), sample::failed(), sample::invalid(), sample::family()] {
            let text = json(&outcome);
            let read = crate::harness::read_results(text.as_bytes()).unwrap();
            assert_eq!(read, [outcome]);
            // Requests are equal where they ask for the same, so compare the text too.
            assert_eq!(json(&read[0]), text);
        }
    }

    #[test]
    fn a_terminal_has_nothing_to_obey() {
        let mut outcome = sample::passed();
        outcome.scenario = "a\u{1b}[2J\u{9b}\u{202e}\u{7f}\u{e0041}\"é".to_owned();
        let text = json(&outcome);
        assert!(text.trim_end().chars().all(|c| !c.is_control()), "{text}");
        assert!(!text.contains(['\u{202e}', '\u{e0041}']), "{text}");
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["scenario"], outcome.scenario.as_str());
    }
}
