//! What a saved capture says of the run that made it: the comment of its section, a fact a line
//! (`docs/evidence.md`). Anybody can write one, so what is not exactly of this form is none.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::Serialize;

use super::plain_text::{escaped, unescaped};
use super::{Phase, PhaseSpan};
use crate::packet::Timestamp;

/// The run that a capture was saved of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunRecord {
    /// The scenario's name.
    pub scenario: String,
    /// What the run proved: `pass`, `fail` or `invalid`.
    pub verdict: String,
    /// What the network led to: `simulated`, `real` or `none`.
    pub internet: String,
    /// Where the application ran: in `namespaces`, or on the machine itself (`none`).
    pub sandbox: String,
    /// The version of apptrace.
    pub version: String,
    /// The kernel that it ran on.
    pub kernel: String,
    /// How many packets were captured.
    pub packets: u64,
    /// How many were lost.
    pub lost: u64,
    /// Of how many only a beginning was captured.
    pub cut: u64,
    /// The machine's own addresses, each with its network, where that is where it ran.
    pub local: Vec<IpNet>,
    /// The routers that the machine sent to.
    pub gateways: Vec<IpAddr>,
    /// The resolvers that its programs ask.
    pub resolvers: Vec<IpAddr>,
    /// When each phase was.
    #[serde(skip)]
    pub phases: Vec<PhaseSpan>,
}

/// The first line: that this is such a record, and the version of its form.
const HEAD: &str = "apptrace: evidence 1";
const PREFIX: &str = "apptrace: ";
/// The longest record that is read.
const LONGEST: usize = 16 << 10;

impl fmt::Display for RunRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        for (key, value) in [
            ("scenario", &self.scenario),
            ("verdict", &self.verdict),
            ("internet", &self.internet),
            ("sandbox", &self.sandbox),
            ("version", &self.version),
            ("kernel", &self.kernel),
        ] {
            write!(f, "\n{PREFIX}{key} {}", escaped(value, &[]))?;
        }
        let counts = [("packets", self.packets), ("lost", self.lost), ("cut", self.cut)];
        for (key, count) in counts {
            write!(f, "\n{PREFIX}{key} {count}")?;
        }
        self.local.iter().try_for_each(|it| write!(f, "\n{PREFIX}local {it}"))?;
        self.gateways.iter().try_for_each(|it| write!(f, "\n{PREFIX}gateway {it}"))?;
        self.resolvers.iter().try_for_each(|it| write!(f, "\n{PREFIX}resolver {it}"))?;
        for PhaseSpan { phase, start, end } in &self.phases {
            write!(f, "\n{PREFIX}phase {phase} from {start} to {end}")?;
        }
        Ok(())
    }
}

impl RunRecord {
    /// Reads a record; none where it is anything else. Lines of keys that are not known, as a
    /// later version may write, are passed over.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(HEAD).filter(|_| text.len() <= LONGEST)?;
        let mut lines = Vec::new();
        for line in rest.strip_prefix('\n')?.split('\n') {
            lines.push(line.strip_prefix(PREFIX)?.split_once(' ')?);
        }
        let all = |key| lines.iter().filter(move |(it, _)| *it == key).map(|(_, value)| *value);
        let one = |key| {
            let mut values = all(key);
            values.next().filter(|_| values.next().is_none())
        };
        let text = |key| unescaped(one(key)?, &[]);
        let count = |key| one(key)?.parse().ok();
        let phases: Option<Vec<PhaseSpan>> = all("phase").map(span).collect();
        let record = Self {
            scenario: text("scenario")?,
            verdict: text("verdict")?,
            internet: text("internet")?,
            sandbox: text("sandbox")?,
            version: text("version")?,
            kernel: text("kernel")?,
            packets: count("packets")?,
            lost: count("lost")?,
            cut: count("cut")?,
            local: addresses(all("local"))?,
            gateways: addresses(all("gateway"))?,
            resolvers: addresses(all("resolver"))?,
            phases: phases?,
        };
        // Each phase once, in their order.
        let follow = |pair: &[PhaseSpan]| match pair {
            [one, next] => one.phase < next.phase && one.end <= next.start,
            _ => true,
        };
        record.phases.windows(2).all(follow).then_some(record)
    }
}

/// At most so many addresses are read of a kind.
const MOST_ADDRESSES: usize = 256;

/// Addresses, or networks, each as it is written.
fn addresses<'a, T: FromStr + fmt::Display>(
    texts: impl Iterator<Item = &'a str>,
) -> Option<Vec<T>> {
    let read = |text: &str| text.parse::<T>().ok().filter(|it| it.to_string() == text);
    let all: Option<Vec<T>> = texts.take(MOST_ADDRESSES + 1).map(read).collect();
    all.filter(|all| all.len() <= MOST_ADDRESSES)
}

fn span(text: &str) -> Option<PhaseSpan> {
    let (phase, rest) = text.split_once(" from ")?;
    let (start, end) = rest.split_once(" to ")?;
    let (start, end) = (moment(start)?, moment(end)?);
    (start <= end).then_some(PhaseSpan { phase: Phase::from_name(phase)?, start, end })
}

fn moment(text: &str) -> Option<Timestamp> {
    let moment: jiff::Timestamp = text.parse().ok()?;
    let moment = u64::try_from(moment.as_nanosecond()).ok().map(Timestamp)?;
    (moment.to_string() == text).then_some(moment)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record() -> RunRecord {
        let at = |seconds: u64| Timestamp::from_parts(1_790_000_000 + seconds, 5);
        let span = |phase, start, end| PhaseSpan { phase, start: at(start), end: at(end) };
        RunRecord {
            scenario: "zoiper".to_owned(),
            verdict: "fail".to_owned(),
            internet: "simulated".to_owned(),
            sandbox: "none".to_owned(),
            version: "0.1.0".to_owned(),
            kernel: "Linux 6.18.5".to_owned(),
            packets: 61,
            lost: 0,
            cut: 0,
            local: vec!["192.0.2.7/24".parse().unwrap()],
            gateways: vec!["fe80::1".parse().unwrap()],
            resolvers: Vec::new(),
            phases: vec![span(Phase::Before, 0, 1), span(Phase::Startup, 1, 3)],
        }
    }

    #[test]
    fn a_record_is_read_back() {
        insta::assert_snapshot!(record(), @r"
        apptrace: evidence 1
        apptrace: scenario zoiper
        apptrace: verdict fail
        apptrace: internet simulated
        apptrace: sandbox none
        apptrace: version 0.1.0
        apptrace: kernel Linux 6.18.5
        apptrace: packets 61
        apptrace: lost 0
        apptrace: cut 0
        apptrace: local 192.0.2.7/24
        apptrace: gateway fe80::1
        apptrace: phase before from 2026-09-21T14:13:20.000000005Z to 2026-09-21T14:13:21.000000005Z
        apptrace: phase startup from 2026-09-21T14:13:21.000000005Z to 2026-09-21T14:13:23.000000005Z
        ");
        assert_eq!(RunRecord::parse(&record().to_string()), Some(record()));
        let later = format!("{}\napptrace: colour blue", record());
        assert_eq!(RunRecord::parse(&later), Some(record()));
    }

    #[test]
    fn what_is_not_exactly_of_the_form_is_none() {
        let whole = record().to_string();
        for (from, to) in [
            ("evidence 1", "evidence 2"),
            ("scenario zoiper", "scenario zo\u{1b}iper"),
            ("lost 0", "lost none"),
            ("lost 0", "lost 0\napptrace: lost 0"),
            ("lost 0", "lost 0\nlost 0"),
            ("apptrace: lost 0\n", ""),
            ("phase startup", "phase before"),
            ("local 192.0.2.7/24", "local 192.0.2.7"),
            ("gateway fe80::1", "gateway fe80:0::1"),
            ("14:13:23.000000005Z", "14:13:20.000000005Z"),
            ("20.000000005Z", "20.000000005z"),
        ] {
            let other = whole.replacen(from, to, 1);
            assert_ne!(other, whole);
            assert_eq!(RunRecord::parse(&other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn every_name_comes_back(scenario in any::<String>(), kernel in any::<String>()) {
            let record = RunRecord { scenario, kernel, ..record() };
            prop_assume!(record.to_string().len() <= LONGEST);
            prop_assert_eq!(RunRecord::parse(&record.to_string()), Some(record));
        }

        #[test]
        fn no_text_is_too_strange(text in any::<String>(), at in any::<prop::sample::Index>()) {
            let known = record().to_string();
            let at = at.index(known.len());
            RunRecord::parse(&text);
            RunRecord::parse(&format!("{}{text}{}", &known[..at], &known[at..]));
        }
    }
}
