//! A capture held against a scenario's baseline.

use std::collections::BTreeMap;

use super::Inspection;
use crate::contact::{AddressClass, Contact, Lookup, Phase, PhaseSpan, Protocol};
use crate::diff::{self, Code, Finding, Judged, Outlived, Since, Verdict};
use crate::harness::limits;
use crate::scenario::Scenario;

const DNS_PORT: u16 = 53;

/// Judges as a run is judged: departures fail, and a capture that is not whole proves nothing.
pub(super) fn judge(scenario: &Scenario, inspection: &mut Inspection) {
    let contacts = std::mem::take(&mut inspection.contacts);
    let is_resolver = |contact: &Contact| is_local_resolver(contact, &inspection.lookups);
    let (resolvers, mut contacts): (Vec<_>, Vec<_>) = contacts.into_iter().partition(is_resolver);
    let mut findings = damage(inspection);
    let hint = "look at a part of the capture, by `--filter` or in pieces";
    findings.extend(limits::findings(&inspection.capture.overflow, hint));
    let judged = Judged {
        expect: scenario.expect.as_deref(),
        // When it was captured, whenever it is looked at: the verdict stays the same.
        day: inspection.capture.first.unwrap_or_default().day(),
        outlived: &outlived(&contacts, &inspection.phases),
    };
    findings.extend(diff::compare(&mut contacts, &judged));
    findings.sort_by_key(|finding| (!finding.code.invalidates(), finding.code));
    inspection.verdict = Some(Verdict::from_findings(&findings));
    inspection.scenario = Some(scenario.name.clone());
    inspection.findings = Some(findings);
    inspection.contacts = contacts;
    inspection.resolvers = resolvers.len();
    inspection.noise.splice(0..0, resolvers);
}

/// What was sent when the run that saved the capture had told the application to go.
fn outlived(contacts: &[Contact], phases: &[PhaseSpan]) -> BTreeMap<usize, Outlived> {
    let told = phases.iter().find(|span| span.phase == Phase::Shutdown);
    let Some(told) = told else { return BTreeMap::new() };
    let late = contacts.iter().enumerate().filter(|(_, contact)| contact.phase == Phase::After);
    let of = |contact: &Contact| Outlived {
        chain: contact.process.as_ref().map(|it| it.chain.clone()).unwrap_or_default(),
        pid: contact.process.as_ref().map(|it| it.pid),
        after: contact.first.since(told.start),
        since: Since::ToldToGo,
    };
    late.map(|(index, contact)| (index, of(contact))).collect()
}

/// Whether a contact is with a resolver of the network's own: a lookup there is what makes the
/// contacts behind it, and in a run it is none either. One beyond the gateway was chosen by
/// somebody, perhaps by the application.
fn is_local_resolver(contact: &Contact, lookups: &[Lookup]) -> bool {
    contact.port == Some(DNS_PORT)
        && contact.protocol == Some(Protocol::Dns)
        && matches!(contact.class, AddressClass::LocalNetwork | AddressClass::Gateway)
        && lookups
            .iter()
            .any(|lookup| lookup.via.is_unicast() && Some(lookup.server) == contact.address)
}

/// What makes the capture prove nothing.
fn damage(inspection: &Inspection) -> Vec<Finding> {
    let lost = |message: String, hint: &str| {
        Finding::new(Code::PacketsLost, message, Some(hint.to_owned()))
    };
    let capture = &inspection.capture;
    let damaged = capture.files.iter().filter_map(|file| file.damage.as_ref()).map(|damage| {
        lost(damage.message.clone(), "capture again, and let the capturing program end by itself")
    });
    let mut findings: Vec<Finding> = damaged.collect();
    if capture.lost > 0 {
        let message = format!("{} packets were dropped while capturing", capture.lost);
        findings.push(lost(message, "capture again with a larger buffer or a narrower filter"));
    }
    if capture.read == 0 && capture.files.iter().all(|file| file.damage.is_none()) {
        let message = "the capture holds no packets, so nothing was observed".to_owned();
        findings.push(lost(message, "see whether it was made on the right interface"));
    }
    findings
}
