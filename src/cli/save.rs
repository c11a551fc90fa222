//! Where captures are saved: what the command line says of it, tried out before anything runs.

use std::path::{Path, PathBuf};

use apptrace::harness::SaveTo;

use super::error::{CliError, Kind};

/// Reads the option's value: a folder, or a file where its name ends as that of pcapng does.
pub(super) fn destination(path: &Path) -> Result<SaveTo, CliError> {
    if path.is_dir() {
        return Ok(SaveTo::Folder(path.to_owned()));
    }
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("pcapng" | "ntar") => Ok(SaveTo::File(path.to_owned())),
        Some("pcap" | "cap" | "dmp") => {
            let error = format!("cannot save a capture as {}", path.display());
            Err(CliError::new(
                Kind::Usage,
                format!("{error}: pcap has no place for processes, names and keys"),
            )
            .hint(format!("name it {}, or name a folder", path.with_extension("pcapng").display())))
        }
        _ => Ok(SaveTo::Folder(path.to_owned())),
    }
}

/// Where these runs' captures go, each tried out.
pub(super) fn for_runs<'a>(
    path: Option<&PathBuf>,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<Option<SaveTo>, CliError> {
    let Some(to) = path.map(|path| destination(path)).transpose()? else { return Ok(None) };
    let names: Vec<&str> = names.into_iter().collect();
    if let (SaveTo::File(file), [_, _, ..]) = (&to, names.as_slice()) {
        let error = format!("{} captures do not fit into {}", names.len(), file.display());
        return Err(CliError::new(Kind::Usage, error)
            .hint("name a folder: each capture gets its scenario's name in it"));
    }
    names.into_iter().try_for_each(|name| check(&to, name))?;
    Ok(Some(to))
}

/// Tries out whether the capture of this name can be saved.
pub(super) fn check(to: &SaveTo, name: &str) -> Result<(), CliError> {
    let hint = "name a folder that you may write in, or a file in it that ends in .pcapng, with \
                --save-capture";
    to.check(name).map_err(|error| CliError::new(Kind::Files, error).hint(hint))
}
