//! What a survey is to know of the machine: its addresses, which flows are the application's,
//! and which are others'.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use super::Seen;
use crate::contact::FlowKey;
use crate::flow::{Owner, Owners, Setting, flow_of};
use crate::harness::merged::Merged;
use crate::harness::resolvers::{behind, of_machine};
use crate::packet::Timestamp;
use crate::sandbox::machine::{HoldingsIndex, Sender};

/// After so long a silence a flow may be another's: ports are used again.
const SILENCE: u64 = 5_000_000_000;
/// So many flows are remembered at once.
const MOST: usize = 1 << 17;

/// What is known of the place where the packets of these files were captured.
pub(in crate::harness) fn setting(seen: &Seen, files: &[PathBuf]) -> Setting {
    let is_own = |address: IpAddr| seen.addresses.iter().any(|own| own.addr() == address);
    let index = HoldingsIndex::of(&seen.holdings);
    let owner = |at: usize| {
        // Beyond the last of them is the application, where it is not known which of its processes.
        let process = seen.holdings.holders.get(at).map(|it| it.process.clone());
        Owner { process, since: Timestamp(0), until: None }
    };
    let application = seen.holdings.holders.len();
    let all: Vec<Owner> = (0..=application).map(owner).collect();
    let (mut owners, mut others) = (Owners::new(all.clone()), Owners::new(all));
    let mut last: HashMap<FlowKey, Timestamp> = HashMap::new();
    for (_, packet) in Merged::open(files) {
        let Some(flow) = flow_of(&packet.view()).filter(|flow| is_own(flow.client.ip())) else {
            continue;
        };
        if last.len() >= MOST {
            last.clear();
        }
        let before = last.insert(flow, packet.time);
        if before.is_some_and(|before| packet.time.0.saturating_sub(before.0) < SILENCE) {
            continue;
        }
        let (of, place) = match index.sender(&flow, packet.time) {
            None => continue,
            Some(Sender::Application) => (&mut owners, application),
            Some(Sender::Process(place)) => {
                let holder = seen.holdings.holders.get(place);
                let is_ours = holder.is_some_and(|holder| holder.is_application);
                (if is_ours { &mut owners } else { &mut others }, place)
            }
        };
        of.begun(flow, packet.time, place);
    }
    Setting {
        local: seen.addresses.iter().map(ipnet::IpNet::addr).collect(),
        subnets: seen.addresses.iter().map(ipnet::IpNet::trunc).collect(),
        gateway: seen.gateways.clone(),
        resolvers: resolvers(),
        own_names: nix::unistd::gethostname()
            .map(|name| vec![name.to_string_lossy().into_owned()])
            .unwrap_or_default(),
        owners,
        others: Some(others),
        ..Setting::default()
    }
}

/// Those that the machine's programs ask, and whom one on the machine itself asks in its turn.
fn resolvers() -> Vec<IpAddr> {
    let mut all: Vec<IpAddr> = of_machine().iter().map(SocketAddr::ip).collect();
    if all.iter().any(IpAddr::is_loopback) {
        all.extend(behind().iter().map(SocketAddr::ip));
    }
    all.sort_unstable();
    all.dedup();
    all
}
