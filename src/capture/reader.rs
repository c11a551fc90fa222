//! Reading capture files piece by piece, whatever their format.

use std::fs::File;
use std::io::{Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::block::Block;
use super::facts::{Cut, Facts};
use super::format::{Format, Found, Then};
use super::source::CaptureError;

/// As many bytes as any format needs to be known by, and as any file's header has.
const HEADER: usize = 24;

/// A capture file that is read from its beginning to its end.
pub struct Reader {
    path: PathBuf,
    input: Box<dyn Read + Send>,
    format: Format,
    facts: Facts,
    /// What was read and is no whole record yet.
    rest: Vec<u8>,
    /// How far whole records reach.
    offset: u64,
    /// To be passed over before anything else is read.
    skip: u64,
    /// How much that was when it began.
    skipping: u64,
    /// Somebody may still be writing it: what there is is handed on without waiting for more.
    live: bool,
    state: State,
}

enum State {
    Reading,
    /// The error stands at the end of what could be read.
    Failed(CaptureError),
    Ended,
}

impl Reader {
    /// Opens a capture file; `-` is standard input.
    ///
    /// # Errors
    /// Where the file cannot be opened, or is no capture file.
    pub fn open(path: &Path) -> Result<Self, CaptureError> {
        if path.as_os_str() == "-" {
            let input = Box::new(std::io::stdin());
            return Self::from_read("standard input", input).map(|reader| reader.live());
        }
        let failed = |reason: String| CaptureError::Open { path: path.to_owned(), reason };
        let file = File::open(path).map_err(|error| failed(reason_of(&error)))?;
        let kind = file.metadata().map(|metadata| metadata.file_type());
        if kind.as_ref().is_ok_and(std::fs::FileType::is_dir) {
            return Err(failed("it is a folder".to_owned()));
        }
        let reader = Self::from_read(path, Box::new(file))?;
        Ok(if kind.is_ok_and(|kind| kind.is_file()) { reader } else { reader.live() })
    }

    fn live(self) -> Self {
        Self { live: true, ..self }
    }

    /// Reads a capture file from wherever it comes; `name` stands for it in errors.
    ///
    /// # Errors
    /// Where its beginning cannot be read, or is none of a capture file.
    pub fn from_read(
        name: impl Into<PathBuf>,
        input: Box<dyn Read + Send>,
    ) -> Result<Self, CaptureError> {
        let path = name.into();
        Self::begun(&path, input).map_err(|reason| CaptureError::Open { path, reason })
    }

    fn begun(path: &Path, mut input: Box<dyn Read + Send>) -> Result<Self, String> {
        let mut start = beginning(&mut input)?;
        let compressed = start.starts_with(&[0x1f, 0x8b]);
        if compressed {
            // A file of several members is one file (RFC 1952 section 2.2).
            let whole = Cursor::new(start).chain(input);
            input =
                Box::new(MultiGzDecoder::new(std::io::BufReader::with_capacity(1 << 16, whole)));
            start = beginning(&mut input)?;
        }
        let Some((format, header)) = Format::announced(&start)? else {
            return Err(match start.len() {
                0 => "it is empty".to_owned(),
                1..HEADER => "it is too short for a capture file".to_owned(),
                _ => "unknown file format".to_owned(),
            });
        };
        let facts = Facts { compressed, ..format.facts() };
        let rest = start.split_off(header.min(start.len()));
        Ok(Self {
            path: path.to_owned(),
            input,
            format,
            facts,
            rest,
            offset: header as u64,
            skip: 0,
            skipping: 0,
            live: false,
            state: State::Reading,
        })
    }

    /// What the file says of itself, as far as it was read.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Fills the block with the next packets; false where there are no more.
    ///
    /// # Errors
    /// Where the file is cut off or contradicts itself, after everything before that place was
    /// handed out. Then there is no more.
    pub fn next_block(&mut self, block: &mut Block) -> Result<bool, CaptureError> {
        block.clear(self.facts.packets + 1);
        while matches!(self.state, State::Reading) && block.is_empty() {
            self.fill(block);
        }
        self.facts.packets += block.len() as u64;
        self.facts.bytes = self.offset;
        if !block.is_empty() {
            return Ok(true);
        }
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Failed(error) => Err(error),
            State::Reading | State::Ended => Ok(false),
        }
    }

    /// Reads until the block is full and finds its records.
    fn fill(&mut self, block: &mut Block) {
        let mut filled = self.rest.len();
        block.grow(filled);
        if let Some(start) = block.bytes.get_mut(..filled) {
            start.copy_from_slice(&self.rest);
        }
        self.rest.clear();
        loop {
            let ended = self.read_into(&mut block.bytes, &mut filled);
            let bytes = block.bytes.get(..filled).unwrap_or_default();
            let (records, comments) = (&mut block.records, &mut block.comments);
            let mut found = Found { records, comments, facts: &mut self.facts };
            let step = self.format.find(bytes, &mut found);
            let packets = self.facts.packets + block.records.len() as u64;
            let rest = bytes.get(step.consumed..).unwrap_or_default();
            self.offset += step.consumed as u64;
            match (step.then, ended) {
                (Then::Bad(reason), _) => return self.fail(packets, reason),
                (Then::Skip(length), _) => {
                    let here = length.min(rest.len() as u64);
                    (self.skip, self.skipping) = (length - here, length);
                    self.rest.extend_from_slice(rest.get(here as usize..).unwrap_or_default());
                    return;
                }
                (Then::Need(_), Some(Err(reason))) => return self.fail(packets, reason),
                (Then::Need(_), Some(Ok(()))) if rest.is_empty() => {
                    self.state = State::Ended;
                    return;
                }
                (Then::Need(needed), Some(Ok(()))) => {
                    let there = rest.len();
                    return self.fail(
                        packets,
                        format!("truncated: {there} of at least {needed} bytes of a record"),
                    );
                }
                (Then::Need(needed), None) if step.consumed == 0 => {
                    // No more than twice what is there, lest a length alone take the memory.
                    let room = needed.min(filled.saturating_mul(2)).max(filled + 1);
                    block.grow(room);
                }
                (Then::Need(_), None) => {
                    self.rest.extend_from_slice(rest);
                    return;
                }
            }
        }
    }

    /// Reads until the buffer is full; else how the input ended.
    fn read_into(&mut self, buffer: &mut [u8], filled: &mut usize) -> Option<Result<(), String>> {
        while self.skip > 0 {
            match std::io::copy(&mut self.input.by_ref().take(self.skip), &mut std::io::sink()) {
                Ok(0) => return Some(Err("truncated: a block that is passed over".to_owned())),
                Ok(passed) => self.skip = self.skip.saturating_sub(passed),
                Err(error) => return Some(Err(reason_of(&error))),
            }
        }
        self.offset += std::mem::take(&mut self.skipping);
        while let Some(room) = buffer.get_mut(*filled..).filter(|room| !room.is_empty()) {
            match self.input.read(room) {
                Ok(0) => return Some(Ok(())),
                Ok(read) => {
                    *filled += read;
                    if self.live {
                        return None;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Some(Err(reason_of(&error))),
            }
        }
        None
    }

    fn fail(&mut self, packets: u64, reason: String) {
        let offset = self.offset;
        self.facts.truncated_at = Some(Cut { offset, packets });
        self.state = State::Failed(CaptureError::Damaged {
            path: self.path.clone(),
            packets,
            offset,
            reason,
        });
    }
}

/// As much of the beginning as a header takes.
fn beginning(input: &mut Box<dyn Read + Send>) -> Result<Vec<u8>, String> {
    let mut start = Vec::with_capacity(HEADER);
    match input.by_ref().take(HEADER as u64).read_to_end(&mut start) {
        // What a compressed file gives before it breaks off may still be a header.
        Ok(_) => Ok(start),
        Err(error) if start.is_empty() => Err(reason_of(&error)),
        Err(_) => Ok(start),
    }
}

/// The system's reason without the number that Rust puts after it.
fn reason_of(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}
