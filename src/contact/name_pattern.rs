//! Patterns over the names of programs: exact, or with `*` for any run of characters.

use std::fmt;
use std::str::FromStr;

use super::pattern::glob_matches;
use super::printable;

/// The longest file name there is (`NAME_MAX` in `linux/limits.h`).
const LONGEST: usize = 255;

/// Which programs a rule speaks of, by their executable's file name. Case counts, as it does in
/// file names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NamePattern(String);

/// Why a text is no pattern over the names of programs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NamePatternError {
    /// Nothing but white space.
    #[error("a process's name cannot be empty")]
    Empty,
    /// A path.
    #[error("a process is named by its executable's file name, without a path")]
    Path,
    /// A character that is not plainly visible.
    #[error("holds a character that is not visible, {0:?}")]
    Invisible(char),
    /// More bytes than a file name has.
    #[error("longer than a file name can be (255 bytes)")]
    TooLong,
}

impl NamePattern {
    /// Whether it speaks of a program of this name.
    pub fn matches(&self, name: &str) -> bool {
        glob_matches(self.0.as_bytes(), name.as_bytes())
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for NamePattern {
    type Err = NamePatternError;

    fn from_str(text: &str) -> Result<Self, NamePatternError> {
        if text.trim().is_empty() {
            return Err(NamePatternError::Empty);
        }
        if text.contains('/') {
            return Err(NamePatternError::Path);
        }
        if let Some(odd) =
            text.chars().find(|it| printable(it.encode_utf8(&mut [0; 4])) != it.to_string())
        {
            return Err(NamePatternError::Invisible(odd));
        }
        if text.len() > LONGEST {
            return Err(NamePatternError::TooLong);
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_whole_and_by_case() {
        for (pattern, name, fits) in [
            ("zoiper5", "zoiper5", true),
            ("zoiper5", "zoiper", false),
            ("zoiper5", "Zoiper5", false),
            ("python3*", "python3.11", true),
            ("python3*", "python3", true),
            ("*-https", "git-remote-https", true),
            ("*", "anything at all", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-d", false),
            ("Web Content", "Web Content", true),
        ] {
            let pattern: NamePattern = pattern.parse().unwrap();
            assert_eq!(pattern.matches(name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn what_names_no_program_is_refused() {
        for (text, error) in [
            ("", NamePatternError::Empty),
            ("  ", NamePatternError::Empty),
            ("/usr/bin/curl", NamePatternError::Path),
            ("a\u{1b}b", NamePatternError::Invisible('\u{1b}')),
            ("a\u{202e}b", NamePatternError::Invisible('\u{202e}')),
            (&"x".repeat(256), NamePatternError::TooLong),
        ] {
            assert_eq!(text.parse::<NamePattern>(), Err(error), "{text:?}");
        }
    }
}
