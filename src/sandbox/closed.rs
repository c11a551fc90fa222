//! Ports that are closed: as rules, where the addresses are known; and as sets of addresses, to
//! which those of a name are added once it has some.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use ipnet::IpNet;

use super::SandboxError;
use super::nfnetlink::Batch;
use super::rule::{Rule, add_rule};
use super::rule_set::{add_set, add_to_set};

/// Ports that are closed: left to the kernel, which answers with a reset or an ICMP port
/// unreachable since nobody listens there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// Of whom.
    pub of: ClosedOf,
    /// These ports.
    pub ports: RangeInclusive<u16>,
    /// The IP protocol: 6 or 17.
    pub protocol: u8,
    /// Whether what is sent there vanishes, as behind a firewall.
    pub silent: bool,
}

/// Whose ports are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedOf {
    /// Everybody's.
    All,
    /// Those of these addresses.
    Block(IpNet),
    /// Those of the addresses that [`close`] adds under this number.
    Added(u32),
}

/// Closes ports that were to be closed under these numbers, of these addresses too, in the calling
/// thread's network namespace.
///
/// # Errors
/// Where the kernel refuses.
pub fn close(numbers: &[u32], addresses: &[IpAddr]) -> Result<(), SandboxError> {
    let mut batch = Batch::begin();
    for number in numbers {
        for address in addresses {
            add_to_set(&mut batch, &set(*number, address.is_ipv6()), *address);
        }
    }
    batch.send()
}

/// The rules for what is closed, in its order, and the sets that they look into.
pub(super) fn add_closed(batch: &mut Batch, chain: &[u8], closed: &[Closed]) {
    let mut numbers: Vec<u32> = closed
        .iter()
        .filter_map(|it| match it.of {
            ClosedOf::Added(number) => Some(number),
            _ => None,
        })
        .collect();
    numbers.dedup();
    for (place, number) in (0_u32..).zip(numbers) {
        for is_v6 in [false, true] {
            // The kernel wants a number that no other set of the batch has.
            add_set(batch, &set(number, is_v6), 2 * place + 1 + u32::from(is_v6), is_v6);
        }
    }
    for port in closed {
        let families: &[bool] = match port.of {
            ClosedOf::Added(_) => &[false, true],
            _ => &[false],
        };
        for is_v6 in families {
            add_rule(batch, chain, |rule| close_port(rule, port, *is_v6));
        }
    }
}

fn close_port(rule: &mut Rule, port: &Closed, is_v6: bool) {
    match port.of {
        ClosedOf::All => {}
        ClosedOf::Block(block) => rule.address_in(block),
        ClosedOf::Added(number) => rule.address_in_set(&set(number, is_v6), is_v6),
    }
    rule.protocol_is(port.protocol);
    rule.destination_port_in(&port.ports);
    if port.silent {
        rule.drop();
    } else {
        rule.accept();
    }
}

/// The name of a set, with its NUL.
fn set(number: u32, is_v6: bool) -> Vec<u8> {
    let family = if is_v6 { 6 } else { 4 };
    format!("closed-{number}-{family}\0").into_bytes()
}
