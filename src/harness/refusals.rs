//! Applications that do not accept the run's certificates: a fact about them, no fault.

use super::Note;
use crate::contact::{Contact, TlsSide, printable, printable_word};
use crate::script::{Script, TlsAnswer, TlsRule};

/// What a reader should know about sessions that came to nothing, where the certificates were as
/// the script has them.
pub(super) fn notes<'a>(
    contacts: &'a [Contact],
    script: &'a Script,
) -> impl Iterator<Item = Note> + 'a {
    contacts.iter().filter_map(|contact| {
        let refusal = contact.tls.as_ref()?.refused.as_ref()?;
        let process = contact.process.as_ref().map_or("the application", |it| it.name.as_str());
        let host = contact.host.to_string();
        let why = match &refusal.alert {
            Some(alert) => format!("{} (alert {alert})", refusal.why),
            None => refusal.why.clone(),
        };
        let message =
            format!("tls-refused: {} and {}: {why}", printable(process), printable_word(&host));
        let hint = "what was to be sent within stays unknown; a program with a trust store of its \
                    own trusts the run's authority once `application.trust` names that store \
                    (docs/trust.md)";
        let is_flawed = |rule: &TlsRule| {
            matches!(rule.answer, TlsAnswer::Flawed(_)) && rule.host.matches(&contact.host)
        };
        let hint = match refusal.by {
            // As the scenario wants it.
            TlsSide::Server => None,
            TlsSide::Client if script.tls.iter().any(is_flawed) => {
                Some("the scenario has it shown a flawed certificate, under `overrides`")
            }
            TlsSide::Client => Some(hint),
        };
        Some(Note { message, hint: hint.map(str::to_owned) })
    })
}
