//! The scenario's own folder, from which files that it names are read.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use super::error::Problem;
use super::read::filled_text;
use super::tree::Node;
use crate::contact::quoted;

/// A longer file is no answer that a test needs.
const LONGEST: u64 = 1 << 20;

/// Where a scenario's files lie; without a place, none is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Folder<'a>(pub(super) Option<&'a Path>);

impl Folder<'_> {
    /// What the file holds that a value names.
    pub(super) fn read(self, node: &Node) -> Result<Vec<u8>, Problem> {
        let name = filled_text(node)?;
        let path = PathBuf::from(name);
        if path.is_absolute() || path.components().any(|part| part == Component::ParentDir) {
            return Err(Problem::new(node, format!("{} lies elsewhere", quoted(name)))
                .help("paths are relative to the scenario file's folder, and stay there"));
        }
        let Some(folder) = self.0 else { return Ok(Vec::new()) };
        let unreadable = |why: String| {
            Problem::new(node, format!("cannot read {}: {why}", quoted(name)))
                .help("paths are relative to the scenario file's folder")
        };
        let path = folder.join(path);
        let about = std::fs::metadata(&path).map_err(|error| unreadable(error.to_string()))?;
        // Opening a pipe would wait for a writer.
        if !about.is_file() {
            return Err(unreadable("it is no file".to_owned()));
        }
        let file = File::open(&path).map_err(|error| unreadable(error.to_string()))?;
        let mut content = Vec::new();
        let read = file.take(LONGEST + 1).read_to_end(&mut content);
        read.map_err(|error| unreadable(error.to_string()))?;
        if content.len() as u64 > LONGEST {
            return Err(unreadable("it is larger than 1 MiB".to_owned()));
        }
        Ok(content)
    }
}
