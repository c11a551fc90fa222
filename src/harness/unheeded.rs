//! What a scenario scripts for the simulated internet, and is run in another, where it has no
//! effect: whoever reads the result should know.

use super::Note;
use super::run::Job;
use crate::scenario::Internet;

/// What had no effect in a run.
pub(super) fn note(job: &Job) -> Option<Note> {
    if job.internet == Internet::Simulated {
        return None;
    }
    let overrides = match job.script.overrides() {
        0 => None,
        1 => Some("1 override".to_owned()),
        count => Some(format!("{count} overrides")),
    };
    let conditions = job.script.conditions.map(|_| "`conditions`".to_owned());
    let what: Vec<String> = overrides.into_iter().chain(conditions).collect();
    (!what.is_empty()).then(|| Note {
        message: format!(
            "without effect with `internet: {}`: {} under `network`",
            job.internet.name(),
            what.join(" and ")
        ),
        hint: Some("they script the simulated internet alone".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::scenario::Scenario;

    #[test]
    fn what_has_no_effect_is_told() {
        let text = |network: &str| {
            let text = format!("application: {{ command: [x] }}\nnetwork: {{ {network} }}\n");
            Scenario::parse(text.as_bytes(), "x.yaml").expect("a scenario")
        };
        let script = "overrides: [{ unresolvable: a.b }, { sip: { host: a.b, status: 503 } }]";
        let both = format!("{script}, conditions: {{ loss: 1% }}");
        for (network, internet, told) in [
            ("", Internet::Real, None),
            ("overrides: []", Internet::Real, None),
            (&*both, Internet::Simulated, None),
            (
                "conditions: { loss: 1% }",
                Internet::None,
                Some("without effect with `internet: none`: `conditions` under `network`"),
            ),
            (
                script,
                Internet::Real,
                Some("without effect with `internet: real`: 2 overrides under `network`"),
            ),
            (
                &both,
                Internet::Real,
                Some(
                    "without effect with `internet: real`: 2 overrides and `conditions` under \
                     `network`",
                ),
            ),
        ] {
            let job = Job::from_scenario(&text(network), Some(Path::new("x.yaml")));
            let note = note(&job.with_internet(internet));
            assert_eq!(note.map(|note| note.message).as_deref(), told, "{network}");
        }
    }
}
