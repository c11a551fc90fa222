//! The packets of several captures that were made at once, in order of time.

use std::iter::Peekable;
use std::path::PathBuf;

use crate::capture::{CaptureError, CaptureFile};
use crate::packet::Packet;

/// The packets, each with the place of its file. What cannot be read ends its file.
pub(super) struct Merged {
    files: Vec<Peekable<CaptureFile>>,
    broken: Option<CaptureError>,
}

impl Merged {
    /// Opens the files.
    pub(super) fn open(paths: &[PathBuf]) -> Self {
        let (mut files, mut broken) = (Vec::new(), None);
        for path in paths {
            match CaptureFile::open(path) {
                Ok(file) => files.push(file.peekable()),
                Err(error) => broken = broken.or(Some(error)),
            }
        }
        Self { files, broken }
    }

    /// Why not everything could be read, where something could not.
    pub(super) fn into_trouble(self) -> Option<CaptureError> {
        self.broken
    }
}

impl Iterator for Merged {
    type Item = (usize, Packet);

    fn next(&mut self) -> Option<Self::Item> {
        for file in &mut self.files {
            // An error is a file's last word.
            while let Some(Err(_)) = file.peek() {
                if let Some(Err(error)) = file.next() {
                    self.broken.get_or_insert(error);
                }
            }
        }
        let times = self.files.iter_mut().enumerate().filter_map(|(at, file)| match file.peek() {
            Some(Ok(packet)) => Some((packet.time, at)),
            _ => None,
        });
        let (_, at) = times.min()?;
        let packet = self.files.get_mut(at)?.next()?.ok()?;
        Some((at, packet))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_come_in_order_of_time() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, seconds: &[u32], cut: usize| {
            let mut bytes = Vec::new();
            for word in [0xa1b2_3c4d_u32, 0x0004_0002, 0, 0, 65_535, 1] {
                bytes.extend(word.to_le_bytes());
            }
            for second in seconds {
                for word in [*second, 0, 4, 4] {
                    bytes.extend(word.to_le_bytes());
                }
                bytes.extend([0; 4]);
            }
            bytes.truncate(bytes.len() - cut);
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let paths = [write("a", &[1, 4, 6], 0), write("b", &[2, 3, 7], 2), write("c", &[], 0)];
        let mut merged = Merged::open(&paths);
        let order: Vec<_> =
            merged.by_ref().map(|(at, packet)| (at, packet.time.0 / 1_000_000_000)).collect();
        assert_eq!(order, [(0, 1), (1, 2), (1, 3), (0, 4), (0, 6)]);
        assert!(merged.into_trouble().unwrap().to_string().contains("truncated"));
        let absent = Merged::open(&[folder.path().join("absent")]);
        assert!(absent.into_trouble().is_some());
    }
}
