//! Capture files, pcap and pcapng, read through libpcap.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use pcap::{Capture, Offline, Precision};

use super::source::{CaptureError, PacketSource, link_type};
use crate::packet::{LinkType, Packet, Timestamp};

/// An open capture file.
pub struct CaptureFile {
    path: PathBuf,
    capture: Capture<Offline>,
    link: LinkType,
    packets: u64,
    ended: bool,
}

impl CaptureFile {
    /// Opens a capture file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, CaptureError> {
        let path = path.as_ref();
        let failed = |reason: String| CaptureError::Open { path: path.to_owned(), reason };
        // libpcap takes `-` for standard input and leaves out the system's reason where the
        // file is a folder, so both are asked for here.
        let folder = std::fs::metadata(path).map_err(|error| failed(reason_of(&error)))?.is_dir();
        if folder {
            return Err(failed("it is a folder".to_owned()));
        }
        if path.to_str().is_none() {
            return Err(failed("libpcap opens no path that is not UTF-8".to_owned()));
        }
        let given = if path.as_os_str() == OsStr::new("-") { Path::new("./-") } else { path };
        let capture = Capture::from_file_with_precision(given, Precision::Nano)
            .map_err(|error| failed(told(&error, path)))?;
        let link = link_type(capture.get_datalink());
        Ok(Self { path: path.to_owned(), capture, link, packets: 0, ended: false })
    }
}

impl PacketSource for CaptureFile {
    fn next_packet(&mut self) -> Option<Result<Packet, CaptureError>> {
        if self.ended {
            return None;
        }
        match self.capture.next_packet() {
            Ok(packet) => {
                self.packets += 1;
                let seconds = u64::try_from(packet.header.ts.tv_sec).unwrap_or(0);
                // With Precision::Nano the field for microseconds holds nanoseconds.
                let nanoseconds = u32::try_from(packet.header.ts.tv_usec).unwrap_or(0);
                Some(Ok(Packet {
                    time: Timestamp::from_parts(seconds, nanoseconds),
                    link: self.link,
                    wire_len: packet.header.len,
                    data: packet.data.to_vec(),
                }))
            }
            Err(pcap::Error::NoMorePackets) => {
                self.ended = true;
                None
            }
            Err(error) => {
                self.ended = true;
                Some(Err(CaptureError::Damaged {
                    path: self.path.clone(),
                    packets: self.packets,
                    reason: told(&error, &self.path),
                }))
            }
        }
    }

    fn link(&self) -> LinkType {
        self.link
    }
}

impl Iterator for CaptureFile {
    type Item = Result<Packet, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_packet()
    }
}

/// The system's reason without the number that Rust puts after it.
fn reason_of(error: &std::io::Error) -> String {
    let text = error.to_string();
    let plain = text.split(" (os error").next().unwrap_or_default();
    plain.to_lowercase()
}

/// libpcap's reason, without the path that it sometimes puts before it: the error names it.
fn told(error: &pcap::Error, path: &Path) -> String {
    let text = match error {
        pcap::Error::PcapError(text) => text.clone(),
        other => other.to_string(),
    };
    match path.to_str().and_then(|path| text.strip_prefix(path)) {
        Some(rest) => rest.trim_start_matches([':', ' ']).to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A nanosecond capture file of raw IP with one record of each length.
    fn file(lengths: &[u32]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for word in [0xa1b2_3c4d_u32, 0x0004_0002, 0, 0, 65_535, 101] {
            bytes.extend(word.to_le_bytes());
        }
        for (at, &length) in (0_u32..).zip(lengths) {
            for word in [1_700_000_000 + at, 123_456_789, length, length + 10] {
                bytes.extend(word.to_le_bytes());
            }
            bytes.extend(vec![0x45; usize::try_from(length).unwrap()]);
        }
        bytes
    }

    fn read(bytes: &[u8]) -> (Vec<Packet>, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.pcap");
        std::fs::write(&path, bytes).unwrap();
        let mut packets = Vec::new();
        let mut failure = None;
        for packet in CaptureFile::open(&path).unwrap() {
            match packet {
                Ok(packet) => packets.push(packet),
                Err(error) => failure = Some(error.to_string()),
            }
        }
        (packets, failure.map(|text| text.replace(&path.display().to_string(), "FILE")))
    }

    #[test]
    fn a_file_gives_its_packets_to_the_nanosecond() {
        let (packets, failure) = read(&file(&[20, 4]));
        assert_eq!(failure, None);
        assert_eq!(packets.len(), 2);
        assert_eq!(packets[0].time.0, 1_700_000_000_123_456_789);
        assert_eq!(packets[0].link, LinkType::RAW);
        assert_eq!((packets[1].wire_len, packets[1].data.len()), (14, 4));
    }

    #[test]
    fn a_cut_file_gives_what_is_whole_and_then_an_error() {
        let mut bytes = file(&[20, 40]);
        bytes.truncate(bytes.len() - 7);
        let (packets, failure) = read(&bytes);
        assert_eq!(packets.len(), 1);
        let failure = failure.unwrap();
        assert!(failure.starts_with("the capture file FILE is damaged after packet 1: truncated"));
    }

    #[test]
    fn what_cannot_be_opened_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        std::fs::write(&path, "no capture at all, but long enough for a header").unwrap();
        for (path, reason) in [
            (path.as_path(), "unknown file format"),
            (folder.path(), "it is a folder"),
            (&folder.path().join("absent"), "no such file or directory"),
        ] {
            let error = CaptureFile::open(path).err().unwrap().to_string();
            assert!(error.contains(&path.display().to_string()), "{error}");
            assert!(error.contains(reason), "{error}");
        }
    }
}
