//! Contacts of processes that the application left behind.

use std::time::Duration;

use super::wording::printable;

/// What is known of a contact that a process made after the application itself had gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlived {
    /// The names from the application's first process down to the one that made it; empty where
    /// that is not known.
    pub chain: Vec<String>,
    /// Its id inside the sandbox.
    pub pid: Option<u32>,
    /// How long after the application had gone.
    pub after: Duration,
    /// How it had gone.
    pub since: Since,
}

/// How an application had gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// Its first process, of this name, had ended.
    Ended(String),
    /// It had been told to go.
    ToldToGo,
}

impl Outlived {
    /// Who it was and when, in a sentence: `sent by what was left behind (sh › nc, pid 7), 2.0 s
    /// after sh had ended`.
    pub fn sentence(&self) -> String {
        let after = self.after.as_secs_f64();
        let since = match &self.since {
            Since::Ended(name) => format!("{} had ended", printable(name)),
            Since::ToldToGo => "it was told to go".to_owned(),
        };
        format!("{} was left behind and sent this {after:.1} s after {since}", self.who())
    }

    /// The process with its chain: `nc (sh › nc, pid 7)`.
    pub fn who(&self) -> String {
        let names: Vec<String> = self.chain.iter().map(|name| printable(name)).collect();
        match (names.last(), self.pid) {
            (Some(name), Some(pid)) => format!("{name} ({}, pid {pid})", names.join(" › ")),
            (Some(name), None) => format!("{name} ({})", names.join(" › ")),
            (None, _) => "a process that is not known".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_left_behind_is_told_with_the_chain() {
        let known = Outlived {
            chain: ["sh", "setsid", "n\u{1b}c"].map(str::to_owned).to_vec(),
            pid: Some(7),
            after: Duration::from_millis(2049),
            since: Since::Ended("sh".to_owned()),
        };
        let unknown = Outlived {
            chain: Vec::new(),
            pid: None,
            after: Duration::ZERO,
            since: Since::ToldToGo,
        };
        let told = [known.sentence(), unknown.sentence()].join("\n");
        insta::assert_snapshot!(told, @r"
        n\u{1b}c (sh › setsid › n\u{1b}c, pid 7) was left behind and sent this 2.0 s after sh had ended
        a process that is not known was left behind and sent this 0.0 s after it was told to go
        ");
    }
}
