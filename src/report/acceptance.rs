//! The rule that a finding is about, and the YAML that would accept it.

use std::path::Path;

use anstyle::Style;

use super::page::Page;
use super::wrap::wrap;
use crate::contact::printable;
use crate::diff::Finding;
use crate::harness::Outcome;

impl Page {
    /// The rule that was departed from, or why there is none.
    pub(super) fn rule(&mut self, outcome: &Outcome, finding: &Finding) {
        let file = scenario_file(outcome);
        match &finding.rule {
            Some(rule) => {
                self.say("rule", &format!("line {}{file}:", rule.line));
                self.say("", &printable(&rule.text));
            }
            None if finding.contact.is_some() && finding.accept.is_some() => {
                let text = match &outcome.source {
                    None => "there is none: a trace has no baseline".to_owned(),
                    Some(_) if !has_baseline(outcome, finding) => {
                        format!("there is none: the scenario{file} has no baseline (`expect`)")
                    }
                    Some(_) => format!("none under `expect`{file} speaks of it"),
                };
                self.say("rule", &text);
            }
            None => {}
        }
    }

    /// The YAML that would accept it. Its lines stand alone and as they are, to be copied.
    pub(super) fn acceptance(&mut self, outcome: &Outcome, finding: &Finding) {
        self.blank();
        let file = scenario_file(outcome);
        let Some(accept) = &finding.accept else {
            self.hint(finding.hint.as_deref());
            self.blank();
            return;
        };
        let text = match &finding.rule {
            Some(rule) => {
                format!("to accept it, put this in place of the rule on line {}{file}:", rule.line)
            }
            None if outcome.source.is_some() && !has_baseline(outcome, finding) => format!(
                "to accept it, put this under `expect:`{file}, which has no baseline yet, with \
                 the reason filled in; as the only rule it would have every other contact be a \
                 finding too:"
            ),
            None if outcome.source.is_some() => {
                format!("to accept it, put this under `expect:`{file}, with the reason filled in:")
            }
            None => "to accept it, put this under `expect:` in a scenario, with the reason \
                     filled in:"
                .to_owned(),
        };
        for line in wrap(&text, self.width() - 4, |it| it == ' ') {
            self.lines.push(format!("    {line}"));
        }
        self.blank();
        for line in accept.lines() {
            let line = self.paint(Style::new().bold(), &printable(line));
            self.lines.push(format!("  {line}"));
        }
        self.blank();
    }
}

/// ` of scenarios/zoiper.yaml`; nothing where there is no such file.
fn scenario_file(outcome: &Outcome) -> String {
    let shown = |file: &Path| format!(" of {}", printable(&file.display().to_string()));
    outcome.source.as_deref().map(shown).unwrap_or_default()
}

/// Whether contacts were judged: without a baseline none is expected or not.
fn has_baseline(outcome: &Outcome, finding: &Finding) -> bool {
    let mut about = finding.about().iter().filter_map(|&index| outcome.contacts.get(index));
    about.any(|contact| contact.expected.is_some())
}
