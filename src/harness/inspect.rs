//! A capture that somebody made, surveyed as a run's is: files in, contacts out, and judged by a
//! baseline where there is one.

mod chosen;
mod inspection;
mod judge;
mod own;
mod piece;
mod reading;

use std::ops::ControlFlow;
use std::path::PathBuf;

use ipnet::IpNet;

pub use chosen::{FilterFault, InspectError};
pub use inspection::{CaptureFacts, Damage, FileFacts, Inspection, InterfaceFacts};

use self::chosen::Chosen;
use self::piece::Piece;
use self::reading::Files;
use crate::contact::{PacketLine, PhaseSpan, RunRecord};
use crate::flow::{Lanes, Owners, Packets, Setting, Survey, Surveyor, survey_pieces};
use crate::packet::Timestamp;
use crate::query::{Query, View};
use crate::scenario::Scenario;

/// What to inspect, and how.
#[derive(Debug, Default)]
pub struct Inspect<'a> {
    /// The capture's files, in order of time; `-` is standard input.
    pub files: Vec<PathBuf>,
    /// A libpcap filter: what it does not let through is as if it were not there.
    pub filter: Option<String>,
    /// Which side is ours; whoever sends first in a flow where this is empty.
    pub local: Vec<IpNet>,
    /// Resolvers that the application was given: asking them makes no contact.
    pub resolvers: Vec<std::net::IpAddr>,
    /// The router's own addresses; where this is empty, those that the capture shows beyond doubt
    /// count.
    pub gateways: Vec<std::net::IpAddr>,
    /// Which rows of its view are wanted.
    pub query: Option<Query>,
    /// Whether a record of every flow is wanted.
    pub flows: bool,
    /// Whether every packet is to be listed.
    pub packets: bool,
    /// The scenario whose baseline the capture is held against.
    pub baseline: Option<&'a Scenario>,
}

/// Inspects a capture. Where packets are to be listed, `each` hears every line that the query
/// lets through, as soon as it is known, and can end it all.
///
/// A file that is damaged gives everything up to there; what cannot be read at all, or a filter
/// that is none, is an error.
pub fn inspect(
    wanted: &Inspect<'_>,
    each: &mut dyn FnMut(&PacketLine, Timestamp) -> ControlFlow<()>,
) -> Result<Inspection, InspectError> {
    let mut chosen = Chosen::new(wanted.filter.as_deref());
    let mut files = Files::open(&wanted.files)?;
    chosen.check(&files.links())?;
    let mut first = Piece::default();
    let is_any = files.next(first.block())?;
    // Where somebody says which side is ours, that holds.
    let own = wanted.local.is_empty().then(|| own::setting(first.block())).flatten();
    let mut facts = CaptureFacts { own: own.is_some(), ..CaptureFacts::default() };
    let run = run(wanted, files.sections());
    let place = own.unwrap_or_else(|| setting(wanted, run.as_ref()));
    let phases = run.map(|run| run.phases).unwrap_or_default();
    let setting = Setting { flows: wanted.flows, phases, ..place };
    // The list of packets is made on one thread.
    let lanes = if wanted.packets { Lanes::new(1) } else { Lanes::for_processors() };
    let mut first = Some((first, is_any));
    let next = |spare: Option<Piece>| {
        let mut piece = spare.unwrap_or_default();
        let is_any = match first.take() {
            Some((first, is_any)) => {
                piece = first;
                is_any
            }
            None => files.next(piece.block())?,
        };
        if !is_any {
            return Ok(None);
        }
        piece.choose(lanes, &mut chosen, &mut facts)?;
        Ok(Some(piece))
    };
    let mut surveyed = if wanted.packets {
        list(wanted, &setting, next, each)?
    } else {
        survey_pieces(&setting, lanes, next)?
    };
    surveyed.learn_names(files.names(), &setting, wanted.baseline.is_some());
    facts.runs = files.sections().iter().filter_map(|text| RunRecord::parse(text)).collect();
    facts.files = files.facts();
    Ok(conclude(wanted, surveyed, facts, setting.phases.clone()))
}

/// The run that saved the capture. Where there are several files, what one says would not fit the
/// others.
fn run(wanted: &Inspect<'_>, sections: &[String]) -> Option<RunRecord> {
    match (wanted.files.as_slice(), sections) {
        ([_], [first, ..]) => RunRecord::parse(first),
        _ => None,
    }
}

/// What is known of the place where the capture was made.
fn setting(wanted: &Inspect<'_>, run: Option<&RunRecord>) -> Setting {
    // A run on the machine itself: whose flows are background, its comments say.
    if let Some(run) = run.filter(|run| run.sandbox == "none" && wanted.local.is_empty()) {
        return Setting {
            local: run.local.iter().map(IpNet::addr).collect(),
            subnets: run.local.iter().map(IpNet::trunc).collect(),
            gateway: run.gateways.clone(),
            resolvers: run.resolvers.clone(),
            others: Some(Owners::default()),
            ..Setting::default()
        };
    }
    let is_single = |net: &&IpNet| net.prefix_len() == net.max_prefix_len();
    Setting {
        local: wanted.local.iter().filter(is_single).map(IpNet::addr).collect(),
        local_networks: wanted.local.iter().filter(|net| !is_single(net)).copied().collect(),
        subnets: wanted.local.iter().filter(|net| !is_single(net)).copied().collect(),
        resolvers: wanted.resolvers.clone(),
        gateway: wanted.gateways.clone(),
        flows: wanted.flows,
        ..Setting::default()
    }
}

/// Lists every packet while it is surveyed.
fn list(
    wanted: &Inspect<'_>,
    setting: &Setting,
    mut next: impl FnMut(Option<Piece>) -> Result<Option<Piece>, InspectError>,
    each: &mut dyn FnMut(&PacketLine, Timestamp) -> ControlFlow<()>,
) -> Result<Survey, InspectError> {
    let mut surveyor = Surveyor::new(setting);
    let query = wanted.query.as_ref().filter(|query| query.view() == View::Packets);
    let mut spare = None;
    while let Some(mut piece) = next(spare.take())? {
        let start = piece.start();
        piece.take_attributed().into_iter().for_each(|said| surveyor.learn(said));
        for (packet, comments) in piece.remarked() {
            let line = PacketLine { comments, ..surveyor.take_listed(&packet) };
            let is_wanted = query.is_none_or(|query| query.matches(&line, start));
            if is_wanted && each(&line, start).is_break() {
                return Ok(surveyor.finish());
            }
        }
        spare = Some(piece);
    }
    Ok(surveyor.finish())
}

/// From the survey to the result.
fn conclude(
    wanted: &Inspect<'_>,
    survey: Survey,
    mut facts: CaptureFacts,
    phases: Vec<PhaseSpan>,
) -> Inspection {
    let start = facts.first.unwrap_or_default();
    let Survey { mut contacts, noise, mut lookups, mut flows, packets, other, overflow, .. } =
        survey;
    facts.packets = packets;
    facts.other = other;
    facts.overflow = overflow;
    facts.gateways = wanted.gateways.iter().copied().chain(survey.gateways).collect();
    facts.lost =
        facts.files.iter().flat_map(|file| &file.interfaces).filter_map(|it| it.dropped).sum();
    match wanted.query.as_ref().map(|query| (query, query.view())) {
        Some((query, View::Contacts)) => contacts.retain(|row| query.matches(row, start)),
        Some((query, View::Lookups)) => lookups.retain(|row| query.matches(row, start)),
        Some((query, View::Flows)) => flows.retain(|row| query.matches(row, start)),
        _ => {}
    }
    let mut inspection = Inspection { phases, ..Inspection::new(contacts, lookups, facts) };
    inspection.noise = noise;
    inspection.dhcp = survey.dhcp;
    inspection.chosen =
        wanted.query.is_some() || wanted.filter.is_some() || !wanted.local.is_empty();
    inspection.flows = wanted.flows.then_some(flows);
    inspection.note_limits(wanted.baseline.is_some());
    if let Some(scenario) = wanted.baseline {
        judge::judge(scenario, &mut inspection);
    }
    inspection
}
