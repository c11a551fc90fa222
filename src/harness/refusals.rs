//! Applications that do not accept the run's certificates: a fact about them, no fault.

use super::Note;
use crate::contact::{Contact, TlsSide, printable, printable_word};

/// What a reader should know about sessions that came to nothing.
pub(super) fn notes(contacts: &[Contact]) -> impl Iterator<Item = Note> {
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
        let is_its_own_choice = refusal.by == TlsSide::Client;
        Some(Note { message, hint: is_its_own_choice.then(|| hint.to_owned()) })
    })
}
