//! Which rule of the script has its turn: the first that fits, each with a count of how often
//! it did.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::serve::World;
use crate::contact::{FlowKey, Host};
use crate::script::{DnsRule, DnsType, HttpAnswer, ResetAfter, Script, SipRule, TlsAnswer, Turns};

/// So many hosts whose certificate was refused are remembered.
const MOST_REFUSING: usize = 4096;

/// How often each rule fitted, and what else the script's rules remember.
#[derive(Debug, Default)]
pub(super) struct Progress {
    dns: Vec<AtomicU64>,
    http: Vec<AtomicU64>,
    sip: Vec<AtomicU64>,
    resets: Vec<AtomicU64>,
    tls: Vec<AtomicU64>,
    /// Hosts in whose name a client refused a certificate.
    refusing: Mutex<HashSet<Host>>,
}

impl Progress {
    /// At its beginning.
    pub(super) fn of(script: &Script) -> Self {
        let zeros = |length| std::iter::repeat_with(AtomicU64::default).take(length).collect();
        Self {
            dns: zeros(script.dns.len()),
            http: zeros(script.http.len()),
            sip: zeros(script.sip.len()),
            resets: zeros(script.resets.len()),
            tls: zeros(script.tls.len()),
            refusing: Mutex::default(),
        }
    }
}

/// The first of the rules that fits and has its turn.
fn first<'a, T>(
    rules: &'a [T],
    counts: &[AtomicU64],
    fits: impl Fn(&T) -> bool,
    turns: impl Fn(&T) -> Turns,
) -> Option<&'a T> {
    let mut known = rules.iter().zip(counts).filter(|(rule, _)| fits(rule));
    let has_turn = known.find(|(rule, count)| {
        let before = count.fetch_add(1, Ordering::Relaxed);
        turns(rule).include(before)
    });
    has_turn.map(|(rule, _)| rule)
}

fn has_port(ports: &[std::ops::RangeInclusive<u16>], port: u16) -> bool {
    ports.is_empty() || ports.iter().any(|range| range.contains(&port))
}

impl World {
    /// What the script answers to a request.
    pub(super) fn scripted_http(
        &self,
        host: &Host,
        port: u16,
        method: &str,
        path: &str,
    ) -> Option<&HttpAnswer> {
        let fits = |answer: &HttpAnswer| answer.fits(host, port, method, path);
        first(&self.script.http, &self.progress.http, fits, |answer| answer.turns)
    }

    /// What the script answers to a SIP request.
    pub(super) fn scripted_sip(&self, host: &Host, port: u16, method: &str) -> Option<&SipRule> {
        let fits = |rule: &SipRule| {
            let is_named = rule.methods.is_empty() || rule.methods.iter().any(|it| it == method);
            rule.host.matches(host) && has_port(&rule.ports, port) && is_named
        };
        first(&self.script.sip, &self.progress.sip, fits, |rule| rule.turns)
    }

    /// What the script answers to a query; the type is none where a rule cannot name it.
    pub(super) fn scripted_dns(&self, host: &Host, kind: Option<DnsType>) -> Option<&DnsRule> {
        let fits = |rule: &DnsRule| {
            let is_asked = |known: &DnsType| Some(*known) == kind;
            // Whatever is asked for, an alias is the answer (RFC 1034 section 3.6.2).
            let is_alias = rule.types == [DnsType::Cname];
            rule.host.matches(host)
                && (rule.types.is_empty() || is_alias || rule.types.iter().any(is_asked))
        };
        first(&self.script.dns, &self.progress.dns, fits, |rule| rule.turns)
    }

    /// When the script has a connection reset.
    pub(super) fn scripted_reset(&self, flow: &FlowKey) -> Option<ResetAfter> {
        if self.script.resets.is_empty() {
            return None;
        }
        let address = Host::Address(flow.server.ip());
        let name = self.name(flow.server.ip()).map(Host::Name);
        let rule = first(
            &self.script.resets,
            &self.progress.resets,
            |rule| {
                let is_meant = rule.host.as_ref().is_none_or(|pattern| {
                    pattern.matches(&address) || name.as_ref().is_some_and(|it| pattern.matches(it))
                });
                is_meant && has_port(&rule.ports, flow.server.port())
            },
            |rule| rule.turns,
        );
        rule.map(|rule| rule.after)
    }

    /// How the script has a TLS client met.
    pub(super) fn scripted_tls(&self, host: &Host, port: u16) -> Option<TlsAnswer> {
        let refusing =
            || self.progress.refusing.lock().is_ok_and(|refusing| refusing.contains(host));
        let rule = first(
            &self.script.tls,
            &self.progress.tls,
            |rule| {
                rule.host.matches(host)
                    && has_port(&rule.ports, port)
                    && (rule.answer != TlsAnswer::UntouchedAfterRefusal || refusing())
            },
            |rule| rule.turns,
        );
        rule.map(|rule| rule.answer)
    }

    /// Remembers that a client refused the certificate of a host.
    pub(super) fn note_refusal(&self, host: Host) {
        if let Ok(mut refusing) = self.progress.refusing.lock()
            && refusing.len() < MOST_REFUSING
        {
            refusing.insert(host);
        }
    }
}
