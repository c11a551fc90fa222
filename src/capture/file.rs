//! A capture file's packets one by one, each with its bytes, for whoever reads small files.

use std::path::Path;

use super::block::Block;
use super::reader::Reader;
use super::source::CaptureError;
use crate::packet::Packet;

/// An open capture file.
pub struct CaptureFile {
    reader: Reader,
    block: Block,
    /// How many packets of the block were handed out.
    taken: usize,
}

impl CaptureFile {
    /// Opens a capture file.
    ///
    /// # Errors
    /// Where the file cannot be opened, or is no capture file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, CaptureError> {
        let reader = Reader::open(path.as_ref())?;
        Ok(Self { reader, block: Block::new(), taken: 0 })
    }
}

/// After an error there are no more packets.
impl Iterator for CaptureFile {
    type Item = Result<Packet, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.taken == self.block.len() {
            self.taken = 0;
            match self.reader.next_block(&mut self.block) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
        let packet = self.block.packet(self.taken)?;
        self.taken += 1;
        Some(Ok(packet.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::LinkType;

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
        assert_eq!(
            failure,
            "the capture file FILE is damaged after packet 1, at byte 60: truncated: 49 of at \
             least 56 bytes of a record"
        );
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
