//! A line that is slow, narrow or lossy: the queueing discipline *netem* on the internet's end of
//! the pair, so that whatever is sent to the application passes it, written as a raw rtnetlink
//! message (include/uapi/linux/{rtnetlink,pkt_sched}.h, tc-netem(8)).

use std::os::fd::AsRawFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto, socket,
};

use super::SandboxError;
use super::impairment::{Impairment, MOST_WAITING, SEED};
use super::link::LINK_INDEX;
use super::nfnetlink::Attributes;

const RTM_NEWQDISC: u16 = 36;
const TC_H_ROOT: u32 = u32::MAX;
const TCA_KIND: u16 = 1;
const TCA_OPTIONS: u16 = 2;
const TCA_NETEM_RATE: u16 = 6;
const TCA_NETEM_RATE64: u16 = 8;
const TCA_NETEM_LATENCY64: u16 = 10;
const TCA_NETEM_JITTER64: u16 = 11;
const TCA_NETEM_PRNG_SEED: u16 = 14;
/// Impairs what the internet's side sends. The calling thread must be in its namespace.
///
/// # Errors
/// Where the kernel refuses: it may have no sch_netem.
pub(super) fn install(impairment: &Impairment) -> Result<(), SandboxError> {
    let failed = |errno| SandboxError::Impair { errno };
    let netlink = socket(
        AddressFamily::Netlink,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC,
        SockProtocol::NetlinkRoute,
    )
    .map_err(failed)?;
    let kernel = NetlinkAddr::new(0, 0);
    sendto(netlink.as_raw_fd(), &message(impairment), &kernel, MsgFlags::empty())
        .map_err(failed)?;
    let mut answer = [0; 4096];
    let length = recv(netlink.as_raw_fd(), &mut answer, MsgFlags::empty()).map_err(failed)?;
    // The acknowledgement: an nlmsghdr, then an error number that is 0 where all went well.
    match answer.get(16..20).filter(|_| length >= 20).and_then(|code| code.try_into().ok()) {
        Some(code) => match i32::from_ne_bytes(code) {
            0 => Ok(()),
            code => Err(failed(Errno::from_raw(-code))),
        },
        None => Err(failed(Errno::EBADMSG)),
    }
}

/// The request: nlmsghdr, tcmsg, attributes.
fn message(impairment: &Impairment) -> Vec<u8> {
    let mut attributes = Attributes::default();
    attributes.bytes(TCA_KIND, b"netem\0");
    attributes.bytes(TCA_OPTIONS, &options(impairment));
    let attributes = attributes.as_bytes();
    let flags = libc::NLM_F_REQUEST | libc::NLM_F_ACK | libc::NLM_F_CREATE | libc::NLM_F_EXCL;
    let mut bytes = Vec::new();
    bytes.extend(((16 + 20 + attributes.len()) as u32).to_ne_bytes());
    bytes.extend(RTM_NEWQDISC.to_ne_bytes());
    bytes.extend((flags as u16).to_ne_bytes());
    // Sequence number and port; tcmsg's family, index, handle, parent, info.
    for number in [1, 0, 0, LINK_INDEX, 0, TC_H_ROOT, 0] {
        bytes.extend(number.to_ne_bytes());
    }
    bytes.extend(attributes);
    bytes
}

/// A tc_netem_qopt and the attributes that follow it. Latency and jitter stand in the latter
/// alone: in the former they are counted in ticks of a clock of the kernel's own.
fn options(impairment: &Impairment) -> Vec<u8> {
    let share = u64::from(impairment.loss) * u64::from(u32::MAX) / 1_000_000;
    let loss = u32::try_from(share).unwrap_or(u32::MAX);
    let mut bytes: Vec<u8> =
        [0, MOST_WAITING, loss, 0, 0, 0].into_iter().flat_map(u32::to_ne_bytes).collect();
    let nanoseconds = |time: Duration| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
    let mut more = Attributes::default();
    more.bytes(TCA_NETEM_LATENCY64, &nanoseconds(impairment.latency).to_ne_bytes());
    more.bytes(TCA_NETEM_JITTER64, &nanoseconds(impairment.jitter).to_ne_bytes());
    more.bytes(TCA_NETEM_PRNG_SEED, &SEED.to_ne_bytes());
    if let Some(rate) = impairment.rate {
        // A tc_netem_rate: rate, packet overhead, cell size, cell overhead.
        let short = u32::try_from(rate).unwrap_or(u32::MAX);
        let plain: Vec<u8> = [short, 0, 0, 0].into_iter().flat_map(u32::to_ne_bytes).collect();
        more.bytes(TCA_NETEM_RATE, &plain);
        if rate > u64::from(u32::MAX) {
            more.bytes(TCA_NETEM_RATE64, &rate.to_ne_bytes());
        }
    }
    bytes.extend(more.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of so many bytes at a place, in the machine's order.
    fn number<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
        bytes[at..at + N].try_into().expect("so many bytes")
    }

    #[test]
    fn a_request_says_what_is_wanted() {
        let impairment = Impairment {
            latency: Duration::from_millis(100),
            jitter: Duration::from_millis(10),
            loss: 500_000,
            rate: Some(125_000),
        };
        let bytes = message(&impairment);
        assert_eq!(u32::from_ne_bytes(number(&bytes, 0)) as usize, bytes.len());
        assert_eq!(u16::from_ne_bytes(number(&bytes, 4)), RTM_NEWQDISC);
        assert_eq!(u32::from_ne_bytes(number(&bytes, 20)), 2, "the interface");
        assert_eq!(u32::from_ne_bytes(number(&bytes, 28)), TC_H_ROOT);
        assert_eq!(&bytes[40..46], b"netem\0");
        let options = options(&impairment);
        assert_eq!(&bytes[52..], options, "behind the attribute's head");
        assert_eq!(u32::from_ne_bytes(number(&options, 8)), u32::MAX / 2);
        assert_eq!(u16::from_ne_bytes(number(&options, 26)), TCA_NETEM_LATENCY64);
        assert_eq!(i64::from_ne_bytes(number(&options, 28)), 100_000_000);
        assert_eq!(i64::from_ne_bytes(number(&options, 40)), 10_000_000);
        assert_eq!(u32::from_ne_bytes(number(&options, 64)), 125_000);
    }

    #[test]
    fn a_rate_beyond_the_old_fields_is_told_in_the_new_one() {
        let fast = options(&Impairment { rate: Some(12_500_000_000), ..Impairment::default() });
        let plain = options(&Impairment { rate: Some(1), ..Impairment::default() });
        assert_eq!(fast.len(), plain.len() + 12);
        assert_eq!(u64::from_ne_bytes(number(&fast, fast.len() - 8)), 12_500_000_000);
    }
}
