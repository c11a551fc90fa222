//! Documented limits that a survey reached: what could not be kept may have held a contact.

use std::collections::BTreeMap;

use crate::diff::{Code, Finding};

/// What went beyond each limit, in a sentence.
pub(super) fn sentence(what: &str, count: u64) -> String {
    match what {
        "flows" => format!("flows let go before their end for want of room: {count}"),
        "fragments" => format!("fragments that contradict each other or found no room: {count}"),
        "heard" => format!(
            "requests, lookups and TLS sessions beyond what the simulated internet tells: {count}"
        ),
        "streams" => format!("streams not read on for want of memory: {count}"),
        what => format!("{what} that found no room and were not kept: {count}"),
    }
}

/// Whether a contact may be missing for it. Requests are not judged, and what DHCP's clients say of
/// themselves is not either.
pub(super) fn invalidates(what: &str) -> bool {
    !matches!(what, "requests" | "dhcp-clients")
}

/// The findings that make a verdict invalid.
pub(super) fn findings(overflow: &BTreeMap<&'static str, u64>, hint: &str) -> Vec<Finding> {
    let limits = overflow.iter().filter(|(what, _)| invalidates(what));
    let finding = |(what, count): (&&'static str, &u64)| {
        Finding::new(Code::LimitReached, sentence(what, *count), Some(hint.to_owned()))
    };
    limits.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::Verdict;

    #[test]
    fn what_was_not_kept_proves_nothing() {
        for (what, verdict) in [
            ("contacts", Verdict::Invalid),
            ("lookups", Verdict::Invalid),
            ("names", Verdict::Invalid),
            ("flows", Verdict::Invalid),
            ("streams", Verdict::Invalid),
            ("fragments", Verdict::Invalid),
            ("processes", Verdict::Invalid),
            ("requests", Verdict::Pass),
            ("dhcp-clients", Verdict::Pass),
        ] {
            let found = findings(&BTreeMap::from([(what, 3)]), "look at less");
            assert_eq!(Verdict::from_findings(&found), verdict, "{what}");
        }
        assert_eq!(findings(&BTreeMap::new(), ""), []);
    }
}
