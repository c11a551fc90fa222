//! The file of evidence: the packets of a run with what is known of them.

use std::fs::{Permissions, read_to_string};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::destination::folder_of;
use super::remarks::Remarks;
use super::{Kept, names};
use crate::capture::{
    Block, InterfaceCounts, InterfaceText, PcapNgWriter, Reader, SNAPLEN, SectionText,
};
use crate::contact::RunRecord;
use crate::harness::Outcome;
use crate::packet::LinkType;
use crate::sandbox::INTERFACE;

/// What there is in the spooled capture.
#[derive(Default)]
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
        let mut spooled = Spooled::default();
        self.each(&mut |block| {
            for packet in block.packets() {
                spooled.link.get_or_insert(packet.link);
                spooled.packets += 1;
                spooled.cut += u64::from(packet.wire_len as usize > packet.data.len());
            }
            Ok(())
        })?;
        let record = self.record(outcome, &spooled);
        let mut writer = PcapNgWriter::begin(out, &section(&record))?;
        writer.interface(&InterfaceText {
            name: INTERFACE.to_owned(),
            description: "the application's side of apptrace's sandbox".to_owned(),
            link: spooled.link.unwrap_or(LinkType::ETHERNET),
            snaplen: SNAPLEN,
        })?;
        writer.secrets(&self.known.keys.lines)?;
        let names = names::of(outcome);
        writer.names(names.iter().map(|(address, names)| (*address, names.as_slice())))?;
        let mut remarks = Remarks::new(&self.known.owners, &self.known.own, &outcome.phases);
        self.each(&mut |block| {
            block.packets().try_for_each(|packet| {
                let remark = remarks.on(&packet).map(|remark| remark.to_string());
                writer.packet(0, &packet, remark.as_deref())
            })
        })?;
        writer.statistics(
            0,
            &InterfaceCounts {
                start: outcome.phases.first().map_or(outcome.started, |span| span.start),
                end: outcome.phases.last().map_or(outcome.started, |span| span.end),
                received: spooled.packets.saturating_add(self.known.dropped),
                dropped: self.known.dropped,
            },
        )?;
        writer.finish().map(drop)
    }

    /// Every block of the spooled capture. Where it is damaged, as after a full disk, what is
    /// whole is saved all the same: the damage is a finding already.
    fn each(&self, take: &mut dyn FnMut(&Block) -> io::Result<()>) -> io::Result<()> {
        let mut reader = Reader::open(&self.path()).map_err(io::Error::other)?;
        let mut block = Block::new();
        while matches!(reader.next_block(&mut block), Ok(true)) {
            take(&block)?;
        }
        Ok(())
    }

    fn record(&self, outcome: &Outcome, spooled: &Spooled) -> RunRecord {
        RunRecord {
            scenario: outcome.scenario.clone(),
            verdict: outcome.verdict.to_string(),
            internet: outcome.internet.name().to_owned(),
            version: outcome.version.to_owned(),
            kernel: format!("{} {}", kernel("ostype"), kernel("osrelease")),
            packets: spooled.packets,
            lost: self.known.dropped,
            cut: spooled.cut,
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
