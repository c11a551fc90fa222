//! The file of evidence: the packets of a run with what is known of them.

use std::fs::{Permissions, read_to_string};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::destination::folder_of;
use super::remarks::Remarks;
use super::{Kept, Known, names};
use crate::capture::{InterfaceCounts, InterfaceText, PcapNgWriter, SNAPLEN, SectionText};
use crate::contact::RunRecord;
use crate::harness::Outcome;
use crate::harness::merged::Merged;
use crate::packet::LinkType;

/// What there is in the spooled capture of an interface.
#[derive(Default, Clone)]
struct Spooled {
    link: Option<LinkType>,
    packets: u64,
    /// Longer packets than are kept whole.
    cut: u64,
}

impl Kept {
    /// Writes it under another name first, and then puts it in place, so that there is never
    /// half a file and nothing is lost of one that was there.
    pub(super) fn save_as(&self, target: &Path, outcome: &Outcome) -> io::Result<()> {
        let mut file = tempfile::Builder::new()
            .prefix(".apptrace-")
            // Less what the user's umask takes away.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder_of(target))?;
        self.write(BufWriter::new(file.as_file_mut()), outcome)?;
        file.persist(target).map(drop).map_err(|error| error.error)
    }

    fn write(&self, out: impl Write, outcome: &Outcome) -> io::Result<()> {
        // What is damaged, as after a full disk, ends there: that is a finding already.
        let paths = self.paths();
        let mut spooled = vec![Spooled::default(); paths.len()];
        for (at, packet) in Merged::open(&paths) {
            if let Some(spooled) = spooled.get_mut(at) {
                spooled.link.get_or_insert(packet.link);
                spooled.packets += 1;
                spooled.cut += u64::from(packet.wire_len as usize > packet.data.len());
            }
        }
        let record = self.record(outcome, &spooled);
        let mut writer = PcapNgWriter::begin(out, &section(&record))?;
        for (interface, spooled) in self.files.iter().zip(&spooled) {
            writer.interface(&InterfaceText {
                name: interface.interface.clone(),
                description: interface.description.clone(),
                link: spooled.link.unwrap_or(LinkType::ETHERNET),
                snaplen: SNAPLEN,
            })?;
        }
        writer.secrets(&self.known.keys.lines)?;
        let names = names::of(outcome);
        writer.names(names.iter().map(|(address, names)| (*address, names.as_slice())))?;
        let Known { owners, others, own, .. } = &self.known;
        let mut remarks = Remarks::new(owners, others.as_ref(), own, &outcome.phases);
        for (at, packet) in Merged::open(&paths) {
            let remark = remarks.on(&packet.view()).map(|remark| remark.to_string());
            let interface = u32::try_from(at).map_err(io::Error::other)?;
            writer.packet(interface, &packet.view(), remark.as_deref())?;
        }
        for (at, spooled) in (0_u32..).zip(&spooled) {
            let dropped = self.dropped(at as usize);
            let counts = InterfaceCounts {
                start: outcome.phases.first().map_or(outcome.started, |span| span.start),
                end: outcome.phases.last().map_or(outcome.started, |span| span.end),
                received: spooled.packets.saturating_add(dropped),
                dropped,
            };
            writer.statistics(at, &counts)?;
        }
        writer.finish().map(drop)
    }

    /// How many packets of an interface were dropped.
    fn dropped(&self, at: usize) -> u64 {
        let known = self.known.host.as_ref().and_then(|host| host.interfaces.get(at));
        known.map_or(self.known.dropped, |(_, _, dropped)| *dropped)
    }

    fn record(&self, outcome: &Outcome, spooled: &[Spooled]) -> RunRecord {
        let host = self.known.host.as_ref();
        RunRecord {
            scenario: outcome.scenario.clone(),
            verdict: outcome.verdict.to_string(),
            internet: outcome.internet.name().to_owned(),
            sandbox: outcome.sandbox.name().to_owned(),
            version: outcome.version.to_owned(),
            kernel: format!("{} {}", kernel("ostype"), kernel("osrelease")),
            packets: spooled.iter().map(|it| it.packets).sum(),
            lost: self.known.dropped,
            cut: spooled.iter().map(|it| it.cut).sum(),
            local: host.map(|host| host.addresses.clone()).unwrap_or_default(),
            gateways: host.map(|host| host.gateways.clone()).unwrap_or_default(),
            resolvers: host.map(|_| self.known.resolvers.clone()).unwrap_or_default(),
            phases: outcome.phases.clone(),
        }
    }
}

fn section(record: &RunRecord) -> SectionText {
    SectionText {
        comment: record.to_string(),
        hardware: std::env::consts::ARCH.to_owned(),
        system: format!("{} {}", record.kernel, kernel("version")),
        application: format!("apptrace {}", record.version),
    }
}

/// A word of the kernel's about itself (proc_sys_kernel(5)).
fn kernel(what: &str) -> String {
    let text = read_to_string(Path::new("/proc/sys/kernel").join(what)).unwrap_or_default();
    text.trim().to_owned()
}
