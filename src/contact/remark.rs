//! What apptrace remarks on a packet in a saved capture: who sent its flow, and in which phase.
//! It stands in a packet's comment (`docs/evidence.md`), for people and to be read back. Anybody
//! can write such a comment, so whatever is not exactly of this form is none.

use std::fmt;

use super::plain_text::{escaped, unescaped};
use super::{KnownBy, Phase, Process};

/// A remark on a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// The packet's flow was sent in this phase, by this process or by nobody who is known.
    Sent {
        /// Who sent it.
        process: Option<Process>,
        /// In which phase.
        phase: Phase,
        /// Whether it is none of the application's.
        background: bool,
    },
    /// The packet's flow was sent in this phase by the application, but it is not known by which
    /// of its processes.
    Application {
        /// In which phase.
        phase: Phase,
    },
    /// The harness itself sent it.
    Own,
}

/// The longest remark that is read.
const LONGEST: usize = 4096;
/// The longest chain of processes that is read.
const LONGEST_CHAIN: usize = 64;

const PROCESS: &str = "apptrace: process ";
const UNKNOWN: &str = "apptrace: unattributed, phase ";
const APPLICATION: &str = "apptrace: unattributed, of the application, phase ";
const BACKGROUND: &str = ", background";
const OWN: &str = "apptrace: a packet of its own";

/// What separates the parts of a remark does not stand in them.
const RESERVED: [char; 4] = [',', '>', '(', ')'];

/// `apptrace: process zoiper5 (pid 12, thread 14), sh > zoiper5, known by call, phase startup`.
impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str(OWN),
            Self::Application { phase } => write!(f, "{APPLICATION}{phase}"),
            Self::Sent { process: None, phase, .. } => write!(f, "{UNKNOWN}{phase}"),
            Self::Sent { process: Some(process), phase, background } => {
                write!(f, "{PROCESS}{} (pid {}", escaped(&process.name, &RESERVED), process.pid)?;
                if let Some(thread) = process.thread {
                    write!(f, ", thread {thread}")?;
                }
                let chain = process.chain.iter().map(|name| escaped(name, &RESERVED));
                let chain = chain.collect::<Vec<_>>().join(" > ");
                write!(f, "), {chain}, known by {}", process.known_by.name())?;
                f.write_str(if *background { BACKGROUND } else { "" })?;
                write!(f, ", phase {phase}")
            }
        }
    }
}

impl Remark {
    /// Reads a remark; none where it is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        if text == OWN {
            return Some(Self::Own);
        }
        if let Some(phase) = text.strip_prefix(APPLICATION) {
            return Phase::from_name(phase).map(|phase| Self::Application { phase });
        }
        if let Some(phase) = text.strip_prefix(UNKNOWN) {
            let phase = Phase::from_name(phase)?;
            return Some(Self::Sent { process: None, phase, background: false });
        }
        let (name, rest) = text.strip_prefix(PROCESS)?.split_once(" (pid ")?;
        let (ids, rest) = rest.split_once("), ")?;
        let (pid, thread) = match ids.split_once(", thread ") {
            Some((pid, thread)) => (pid, Some(number(thread)?)),
            None => (ids, None),
        };
        let (chain, rest) = rest.split_once(", known by ")?;
        let (known_by, phase) = rest.split_once(", phase ")?;
        let (known_by, background) = match known_by.strip_suffix(BACKGROUND) {
            Some(known_by) => (known_by, true),
            None => (known_by, false),
        };
        let process = Process {
            name: unescaped(name, &RESERVED)?,
            pid: number(pid)?,
            chain: chain_of(chain)?,
            thread,
            known_by: KnownBy::from_name(known_by)?,
        };
        let phase = Phase::from_name(phase)?;
        Some(Self::Sent { process: Some(process), phase, background })
    }
}

fn chain_of(text: &str) -> Option<Vec<String>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let chain: Option<Vec<String>> =
        text.split(" > ").map(|name| unescaped(name, &RESERVED)).collect();
    chain.filter(|chain| chain.len() <= LONGEST_CHAIN)
}

/// A number as it is written: digits alone, and no zero before them.
fn number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn process(name: &str, chain: &[&str]) -> Process {
        let chain = chain.iter().map(|name| (*name).to_owned()).collect();
        Process { name: name.to_owned(), pid: 12, chain, ..Process::default() }
    }

    #[test]
    fn a_remark_is_read_back() {
        let sent = |process| Remark::Sent {
            process: Some(process),
            phase: Phase::Startup,
            background: false,
        };
        let plain = process("zoiper5", &["sh", "zoiper5"]);
        let threaded = Process {
            thread: Some(14),
            known_by: KnownBy::SocketTable,
            ..process("a, b (c) > d", &["a, b (c) > d"])
        };
        for (remark, text) in [
            (
                sent(plain),
                "apptrace: process zoiper5 (pid 12), sh > zoiper5, known by call, phase startup",
            ),
            (
                sent(threaded),
                r"apptrace: process a\u{2c} b \u{28}c\u{29} \u{3e} d (pid 12, thread 14), a\u{2c} b \u{28}c\u{29} \u{3e} d, known by socket-table, phase startup",
            ),
            (
                sent(process("x", &[])),
                "apptrace: process x (pid 12), , known by call, phase startup",
            ),
            (
                Remark::Sent { process: None, phase: Phase::Idle, background: false },
                "apptrace: unattributed, phase idle",
            ),
            (
                Remark::Sent {
                    process: Some(process("ntpd", &["init", "ntpd"])),
                    phase: Phase::Before,
                    background: true,
                },
                "apptrace: process ntpd (pid 12), init > ntpd, known by call, background, phase before",
            ),
            (
                Remark::Application { phase: Phase::Idle },
                "apptrace: unattributed, of the application, phase idle",
            ),
            (Remark::Own, "apptrace: a packet of its own"),
        ] {
            assert_eq!(remark.to_string(), text);
            assert_eq!(Remark::parse(text), Some(remark), "{text}");
        }
    }

    #[test]
    fn what_is_not_exactly_of_the_form_is_none() {
        for text in [
            "",
            "apptrace: process x (pid 12), x, known by call, phase startup ",
            "apptrace: process x (pid 012), x, known by call, phase startup",
            "apptrace: process x (pid -1), x, known by call, phase startup",
            "apptrace: process x (pid 4294967296), x, known by call, phase startup",
            "apptrace: process x (pid 1, thread ), x, known by call, phase startup",
            "apptrace: process x (pid 1), x, known by hearsay, phase startup",
            "apptrace: process x (pid 1), x, known by call, phase later",
            "apptrace: process \u{1b}[2J (pid 1), x, known by call, phase startup",
            "apptrace: process x (pid 1), x>y, known by call, phase startup",
            "Apptrace: process x (pid 1), x, known by call, phase startup",
            "apptrace: unattributed, phase ",
            "apptrace: unattributed, of the application, phase later",
        ] {
            assert_eq!(Remark::parse(text), None, "{text}");
        }
        let deep = vec!["x"; LONGEST_CHAIN + 1].join(" > ");
        let text = format!("apptrace: process x (pid 1), {deep}, known by call, phase startup");
        assert_eq!(Remark::parse(&text), None);
    }

    proptest! {
        #[test]
        fn every_process_comes_back(
            name in any::<String>(),
            pid in any::<u32>(),
            chain in prop::collection::vec(".{0,12}", 0..8),
            thread in any::<Option<u32>>(),
            phase in prop::sample::select(&Phase::ALL[..]),
            background in any::<bool>(),
        ) {
            // A chain of one nameless process cannot be told from none; there is no such program.
            prop_assume!(chain != [String::new()]);
            let known_by = KnownBy::SocketTable;
            let process = Process { name, pid, chain, thread, known_by };
            let remark = Remark::Sent { process: Some(process), phase, background };
            let text = remark.to_string();
            prop_assume!(text.len() <= LONGEST);
            prop_assert_eq!(Remark::parse(&text), Some(remark));
        }

        #[test]
        fn no_text_is_too_strange(text in any::<String>(), at in any::<prop::sample::Index>()) {
            let known = "apptrace: process a (pid 1, thread 2), b > c, known by call, phase idle";
            let at = at.index(known.len());
            for text in [text.clone(), format!("{}{text}{}", &known[..at], &known[at..])] {
                // What is read is written in the same way.
                if let Some(remark) = Remark::parse(&text) {
                    prop_assert_eq!(remark.to_string(), text);
                }
            }
        }
    }
}
