//! The relay to the machine's network, or the wall where there is none, brought up inside the
//! sandbox: the one place where it, the packet queue and the machine's sockets meet.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use jiff::civil::Date;

use super::failure::Failure;
use super::hearing::Hearing;
use super::message::{Behind, Order};
use super::resolvers;
use super::run::Job;
use super::session::Trouble;
use crate::contact::{Fate, Transport};
use crate::internet::Authority;
use crate::internet::relay::{BlockLog, Gate, Outside, Permit, Reach, Relay};
use crate::sandbox::{
    Asked, Networks, Place, Plan, Queue, SandboxError, Uplink, addresses, hold, keys, serve,
    subnets,
};
use crate::scenario::{ExpectRule, Internet, RuleAction};

/// What the stage is to set up for a job on a day.
pub(super) fn order(
    job: &Job,
    mut plan: Plan,
    capture: PathBuf,
    keep_keys: bool,
    day: Date,
) -> Result<Order, Trouble> {
    let resolvers = match job.internet {
        Internet::Simulated => {
            let authority = Authority::create()
                .map_err(|error| Trouble::Sandbox { message: error.to_string(), hint: None })?;
            plan.trust(authority.certificate().to_owned());
            let behind = Behind::Simulated { script: job.script.clone(), authority };
            return Ok(Order { plan, behind, capture, keep_keys });
        }
        Internet::None => Vec::new(),
        Internet::Real => {
            // TLS is not taken off there; with its keys the capture can be read all the same.
            let path = keys::default_path(plan.launch.user);
            plan.launch.environment.entry(keys::VARIABLE.to_owned()).or_insert(path);
            resolvers::of_machine()
        }
    };
    let behind = Behind::Relay(reach(job, resolvers, day));
    Ok(Order { plan, behind, capture, keep_keys })
}

/// The way out to the machine's network, to be handed to the stage, where there is to be one.
/// What it asks for is made by a thread that stays in the machine's network.
pub(super) fn uplink(order: &Order) -> Result<Option<OwnedFd>, SandboxError> {
    match &order.behind {
        Behind::Relay(reach) if !reach.resolvers.is_empty() => {
            let (its, ours) = Uplink::pair()?;
            thread::spawn(move || serve(&ours));
            Ok(Some(its))
        }
        _ => Ok(None),
    }
}

fn reach(job: &Job, resolvers: Vec<SocketAddr>, day: Date) -> Reach {
    let expect = job.expect.as_deref().filter(|_| job.enforce);
    Reach {
        resolvers,
        resolver: IpAddr::V4(addresses::GATEWAY_V4),
        neighbours: subnets(),
        enforced: expect.map(|rules| permits(rules, day)),
    }
}

/// Rules whose time is over permit nothing. Who asks is not known in time, so that what is denied
/// to one process alone is let by here, and found afterwards.
fn permits(rules: &[ExpectRule], day: Date) -> Vec<Permit> {
    let holds = |rule: &&ExpectRule| {
        let is_for_one = rule.action == RuleAction::Deny && rule.process.is_some();
        !rule.is_expired(day) && !is_for_one
    };
    rules.iter().filter(holds).map(permit).collect()
}

fn permit(rule: &ExpectRule) -> Permit {
    Permit {
        allows: rule.action == RuleAction::Allow,
        host: rule.host.clone(),
        ports: rule.ports.as_ref().map(|ports| ports.0.clone()).unwrap_or_default(),
        transport: rule.transport,
    }
}

/// A relay that listens behind the gate, and is not serving yet.
pub(super) struct Ready {
    relay: Relay,
    queue: Queue,
}

/// Brings it up on the calling thread, which is in the internet's network namespace afterwards.
pub(super) fn open(reach: Reach, networks: &Networks) -> Result<Ready, Failure> {
    networks.enter(Place::Internet)?;
    let relay = Relay::open(reach).map_err(Failure::new)?;
    // Before the rules: what they send to a queue that nobody has taken is lost.
    let queue = Queue::open()?;
    hold(relay.port())?;
    Ok(Ready { relay, queue })
}

impl Ready {
    /// Serves until the process ends.
    pub(super) fn serve(self, uplink: Option<Uplink>, hearing: Arc<Hearing>, log: BlockLog) {
        let outside = uplink.map(|uplink| Box::new(Sockets(uplink)) as Box<dyn Outside>);
        // It ends with the process, or could not begin: then nothing passes the gate.
        let _ = self.relay.serve(Arc::new(Held(self.queue)), outside, hearing, log);
    }
}

struct Held(Queue);

impl Gate for Held {
    fn receive(&self, buffer: &mut [u8]) -> io::Result<Option<(u32, Vec<u8>)>> {
        Ok(self.0.receive(buffer)?.map(|held| (held.id, held.packet)))
    }

    fn decide(&self, number: u32, fate: Fate) {
        // The kernel has dropped it already where it does not know the number.
        let _ = self.0.decide(number, fate);
    }
}

struct Sockets(Uplink);

impl Outside for Sockets {
    fn socket(&self, transport: Transport, is_v6: bool) -> io::Result<OwnedFd> {
        self.0.socket(match (transport, is_v6) {
            (Transport::Tcp, false) => Asked::TcpV4,
            (Transport::Tcp, true) => Asked::TcpV6,
            (Transport::Udp, false) => Asked::UdpV4,
            (Transport::Udp, true) => Asked::UdpV6,
            _ => return Err(io::ErrorKind::Unsupported.into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    #[test]
    fn only_rules_that_hold_permit() {
        let text = b"application: { command: [x] }
expect:
  - a.test
  - { host: b.test, until: 2026-06-30 }
  - { host: c.test, process: curl }
  - { deny: d.test }
  - { deny: e.test, process: curl }
  - { deny: f.test, until: 2026-06-30 }
";
        let rules = Scenario::parse(text, "x.yaml").unwrap().expect.unwrap();
        for (day, hosts) in [
            ("2026-06-30", &["a.test", "b.test", "c.test", "d.test", "f.test"][..]),
            ("2026-07-01", &["a.test", "c.test", "d.test"]),
        ] {
            let permits = permits(&rules, day.parse().unwrap());
            let shown: Vec<String> = permits.iter().map(|it| it.host.to_string()).collect();
            assert_eq!(shown, hosts, "{day}");
        }
    }
}
