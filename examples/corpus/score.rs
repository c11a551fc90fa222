//! Found against known, counted.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use super::found::{Ends, Found, ends};
use super::truth::{Capture, Flow};
use super::{Excuse, Excused};

/// Kinds of which the truth may miss some: only what it has is asked for.
const RECALL_ALONE: [&str; 1] = ["dns-resolved"];

/// Why the truth of a capture is wrong.
struct Reasons<'a> {
    file: &'a str,
    excused: &'a Excused,
}

impl Reasons<'_> {
    fn of(&self, kind: &str, name: &str) -> Option<(&Excuse, &str)> {
        let reason = |name: &str| {
            let key = (self.file.to_owned(), kind.to_owned(), name.to_owned());
            self.excused.get_key_value(&key)
        };
        let (excuse, reason) = reason(name).or_else(|| reason("*"))?;
        Some((excuse, reason))
    }
}

/// The ends of a flow of the truth.
fn ends_of(flow: &Flow) -> Option<Ends> {
    let Flow(transport, from, source, to, destination, ..) = flow;
    let end = |address: &str, port| Some(SocketAddr::new(address.parse().ok()?, port));
    Some(ends(transport, end(from, *source)?, end(to, *destination)?))
}

/// How one kind of names did.
#[derive(Default)]
pub(super) struct Kind {
    /// In both.
    pub(super) both: usize,
    /// Found, and expected by the capture's own project alone.
    pub(super) vouched: usize,
    /// In the truth alone, and those of them that are its fault.
    pub(super) missed: (usize, usize),
    /// Found alone, and those of them that are the truth's fault.
    pub(super) extra: (usize, usize),
}

/// How all captures did.
#[derive(Default)]
pub(crate) struct Score {
    pub(super) captures: usize,
    pub(super) unreadable: Vec<String>,
    pub(super) kinds: BTreeMap<String, Kind>,
    /// Flows in both with as many packets, in both, in the truth alone, found alone.
    pub(super) flows: [usize; 4],
    /// How many of the last three are the truth's fault.
    pub(super) flow_faults: usize,
    /// Names and flows of the truth that the rules keep out of the comparison.
    pub(super) kept_out: [usize; 2],
    /// By mark: tshark's count, ours, what both agree on capture by capture, and by how much
    /// they differ where that is the truth's fault.
    pub(super) marks: BTreeMap<String, [u64; 4]>,
    pub(super) differences: Vec<(String, String)>,
    /// How many differences each fault of the truth explains.
    pub(super) reasons: BTreeMap<String, usize>,
    /// Which of the listed faults explained one.
    pub(super) used: BTreeSet<Excuse>,
}

impl Score {
    /// Compares what was found in a capture with what is known of it.
    pub(crate) fn compare(&mut self, capture: &Capture, found: &Found, excused: &Excused) {
        self.captures += 1;
        if let Some(failure) = &found.failure {
            self.unreadable.push(format!("{}: {failure}", capture.file));
        }
        self.kept_out[0] += capture.misread();
        let known = capture.names();
        let kinds: BTreeSet<&str> =
            known.keys().copied().chain(found.names.keys().copied()).collect();
        let reasons = Reasons { file: &capture.file, excused };
        let nothing = BTreeSet::new();
        let mut differences = Vec::new();
        for kind in kinds {
            let truth = known.get(kind).unwrap_or(&nothing);
            let ours = found.names.get(kind).unwrap_or(&nothing);
            let row = self.kinds.entry(kind.to_owned()).or_default();
            row.both += truth.intersection(ours).count();
            let alone = RECALL_ALONE.contains(&kind);
            let missed = truth.difference(ours).map(|name| (name, "missed"));
            let (vouched, extra): (Vec<_>, Vec<_>) =
                ours.difference(truth).partition(|name| capture.vouches(kind, name));
            row.vouched += vouched.len();
            let extra = extra.into_iter().filter(|_| !alone).map(|name| (name, "extra"));
            for (name, what) in missed.chain(extra) {
                let count = if what == "missed" { &mut row.missed } else { &mut row.extra };
                count.0 += 1;
                count.1 += usize::from(reasons.of(kind, name).is_some());
                differences.push((kind, what, name));
            }
        }
        for (kind, what, name) in differences {
            self.differ(kind, what.to_owned(), name, &reasons);
        }
        self.compare_flows(capture, found, &reasons);
        self.compare_marks(capture, found, &reasons);
    }

    fn compare_flows(&mut self, capture: &Capture, found: &Found, reasons: &Reasons<'_>) {
        let known = capture.flows.iter().filter_map(|flow| Some((ends_of(flow)?, flow)));
        let (mut flows, mut patchwork) = (BTreeMap::new(), BTreeSet::new());
        for (ends, flow) in known {
            if capture.is_patchwork(flow) {
                patchwork.insert(ends.clone());
            }
            *flows.entry(ends).or_insert(0) += flow.5 + flow.7;
        }
        let all: BTreeSet<&Ends> = flows.keys().chain(found.flows.keys()).collect();
        for ends in all {
            let (known, ours) = (flows.get(ends), found.flows.get(ends));
            let at = match (known, ours) {
                (known, ours) if known == ours => 0,
                _ if patchwork.contains(ends) => {
                    self.kept_out[1] += 1;
                    continue;
                }
                (Some(_), Some(_)) => 1,
                (Some(_), None) => 2,
                (None, _) => 3,
            };
            self.flows[at] += 1;
            if at > 0 {
                let name = format!("{} {} {}", ends.0, ends.1, ends.2);
                let reason = reasons.of("flow", &name);
                self.flow_faults += usize::from(reason.is_some());
                let count = |packets: Option<&u64>| packets.copied().unwrap_or(0);
                let (known, ours) = (count(known), count(ours));
                self.differ("flow", format!("truth {known}, found {ours}"), &name, reasons);
            }
        }
    }

    fn compare_marks(&mut self, capture: &Capture, found: &Found, reasons: &Reasons<'_>) {
        let marks: BTreeSet<&String> =
            capture.tcp_analysis.keys().chain(found.marks.keys()).collect();
        for mark in marks {
            let truth = capture.tcp_analysis.get(mark).copied().unwrap_or(0);
            let ours = found.marks.get(mark).copied().unwrap_or(0);
            let row = self.marks.entry(mark.clone()).or_default();
            row[0] += truth;
            row[1] += ours;
            row[2] += truth.min(ours);
            if truth != ours {
                let fault = reasons.of("mark", mark).is_some();
                row[3] += if fault { truth.abs_diff(ours) } else { 0 };
                self.differ("mark", format!("truth {truth}, found {ours}"), mark, reasons);
            }
        }
    }

    fn differ(&mut self, kind: &str, what: String, name: &str, reasons: &Reasons<'_>) {
        let reason = reasons.of(kind, name);
        if let Some((excuse, reason)) = reason {
            *self.reasons.entry(reason.to_owned()).or_default() += 1;
            self.used.insert(excuse.clone());
        }
        let reason = reason.map(|(_, why)| format!(" ({why})")).unwrap_or_default();
        let line = format!("{what}\t{}\t{kind}\t{name}{reason}", reasons.file);
        self.differences.push((kind.to_owned(), line));
    }

    /// Adds another part's score.
    pub(crate) fn add(&mut self, other: Self) {
        self.captures += other.captures;
        self.unreadable.extend(other.unreadable);
        self.differences.extend(other.differences);
        self.used.extend(other.used);
        for (kind, row) in other.kinds {
            let sum = self.kinds.entry(kind).or_default();
            sum.both += row.both;
            sum.vouched += row.vouched;
            sum.missed = (sum.missed.0 + row.missed.0, sum.missed.1 + row.missed.1);
            sum.extra = (sum.extra.0 + row.extra.0, sum.extra.1 + row.extra.1);
        }
        self.flow_faults += other.flow_faults;
        for (sum, count) in self.kept_out.iter_mut().zip(other.kept_out) {
            *sum += count;
        }
        for (reason, count) in other.reasons {
            *self.reasons.entry(reason).or_default() += count;
        }
        for (sum, count) in self.flows.iter_mut().zip(other.flows) {
            *sum += count;
        }
        for (mark, row) in other.marks {
            let sum = self.marks.entry(mark).or_default();
            for (sum, count) in sum.iter_mut().zip(row) {
                *sum += count;
            }
        }
    }
}

impl Kind {
    /// Recall and precision in percent, with or without what is the truth's fault.
    pub(super) fn rates(&self, fair: bool) -> (f64, f64) {
        let left = |(all, fault): (usize, usize)| if fair { all - fault } else { all };
        let rate = |right: usize, wrong: usize| {
            let whole = right + wrong;
            if whole == 0 { 100.0 } else { 100.0 * right as f64 / whole as f64 }
        };
        (rate(self.both, left(self.missed)), rate(self.both + self.vouched, left(self.extra)))
    }
}
