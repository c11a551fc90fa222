//! Which processes a rule of the baseline speaks of.

use std::fmt;

use crate::contact::{NamePattern, Process};

/// Which processes' contacts a rule speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessRule {
    /// One of these is the process's name; never empty.
    pub names: Vec<NamePattern>,
    /// Whether the name may also be that of a process above it.
    pub under: bool,
}

impl ProcessRule {
    /// Whether it speaks of what this process does. Of what nobody is known to have done it never
    /// does.
    pub fn fits(&self, process: Option<&Process>) -> bool {
        let named = |name: &String| self.names.iter().any(|pattern| pattern.matches(name));
        process.is_some_and(|process| {
            named(&process.name) || self.under && process.chain.iter().any(named)
        })
    }
}

/// In a sentence: `zoiper5 or zoiper6`, `zoiper5 and what it started`.
impl fmt::Display for ProcessRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.names.iter().enumerate() {
            let before = if index == 0 { "" } else { " or " };
            write!(f, "{before}{name}")?;
        }
        f.write_str(if self.under { " and what it started" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_speaks_of_a_process_or_of_all_below_it() {
        let process = |chain: &[&str]| Process {
            name: chain.last().map(|&name| name.to_owned()).unwrap_or_default(),
            chain: chain.iter().map(|&name| name.to_owned()).collect(),
            ..Process::default()
        };
        let rule = |names: &[&str], under| ProcessRule {
            names: names.iter().map(|name| name.parse().unwrap()).collect(),
            under,
        };
        for (names, under, chain, fits) in [
            (&["curl"][..], false, &["sh", "curl"][..], true),
            (&["sh"], false, &["sh", "curl"], false),
            (&["sh"], true, &["sh", "curl"], true),
            (&["curl"], true, &["sh", "curl"], true),
            (&["git*", "wget"], false, &["git", "git-remote-https"], true),
            (&["wget"], true, &["sh", "curl"], false),
        ] {
            assert_eq!(rule(names, under).fits(Some(&process(chain))), fits, "{names:?} {chain:?}");
        }
        assert!(!rule(&["*"], true).fits(None), "nobody is never guessed to be somebody");
        assert_eq!(rule(&["a", "b*"], true).to_string(), "a or b* and what it started");
    }
}
