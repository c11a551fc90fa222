//! The processes of an application.

use serde::{Deserialize, Serialize};

use crate::packet::Timestamp;

/// The process that made a contact.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Process {
    /// The executable's file name.
    pub name: String,
    /// Its id as the application sees it, inside the sandbox.
    pub pid: u32,
    /// The names from the application's first process down to this one.
    pub chain: Vec<String>,
    /// The thread that made it, by its id inside the sandbox, where it is not the process's
    /// first one and is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<u32>,
    /// How it is known.
    #[serde(default)]
    pub known_by: KnownBy,
}

/// How it is known which process made a contact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KnownBy {
    /// It was held at the system call that made it.
    #[default]
    Call,
    /// It held the socket when the socket tables were looked at afterwards: weaker evidence,
    /// since whoever has gone by then is not found.
    SocketTable,
}

impl KnownBy {
    /// Its name as it stands in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::SocketTable => "socket-table",
        }
    }

    /// The one of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Call, Self::SocketTable].into_iter().find(|it| it.name() == name)
    }
}

/// One process of the application's tree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessRecord {
    /// Its id inside the sandbox.
    pub pid: u32,
    /// Its parent's id inside the sandbox; none where the parent was not seen.
    pub parent: Option<u32>,
    /// The file name of the program that it executed last.
    pub name: String,
    /// That program's path, as far as it is known.
    #[serde(default)]
    pub executable: Option<String>,
    /// Its arguments, the program's own name first.
    pub arguments: Vec<String>,
    /// Its working directory when it was first seen.
    #[serde(default)]
    pub directory: Option<String>,
    /// The programs that it executed before that one, the earliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Image>,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen alive.
    pub last_seen: Timestamp,
    /// When it ended; none where it was not seen to end.
    #[serde(default)]
    pub ended: Option<Timestamp>,
}

/// A program that a process executed, until it executed another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// The executable's file name.
    pub name: String,
    /// Its path, as far as it is known.
    pub executable: Option<String>,
    /// Its arguments, the program's own name first.
    pub arguments: Vec<String>,
}

impl ProcessRecord {
    /// The arguments with which this process executed the program of this file name, the last
    /// time that it did; none where it did not.
    pub fn arguments_of(&self, name: &str) -> Option<&[String]> {
        if self.name == name {
            return Some(&self.arguments);
        }
        let earlier = self.earlier.iter().rev().find(|image| image.name == name);
        earlier.map(|image| image.arguments.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_of_a_process_has_its_arguments() {
        let image = |name: &str| Image {
            name: name.to_owned(),
            executable: None,
            arguments: vec![name.to_owned(), "-x".to_owned()],
        };
        let record = ProcessRecord {
            name: "curl".to_owned(),
            arguments: vec!["curl".to_owned()],
            earlier: vec![image("sh")],
            ..ProcessRecord::default()
        };
        for (name, expected) in [("curl", Some(1)), ("sh", Some(2)), ("git", None)] {
            assert_eq!(record.arguments_of(name).map(<[String]>::len), expected, "{name}");
        }
    }
}
