//! Host mode: the application runs on the machine itself, in no sandbox.

use serde::{Deserialize, Serialize};

/// Where the application runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sandbox {
    /// In namespaces of its own, where there is nothing but it.
    #[default]
    Namespaces,
    /// On the machine itself.
    None,
}

impl Sandbox {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Namespaces, Self::None];

    /// The kind as users write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Namespaces => "namespaces",
            Self::None => "none",
        }
    }
}

/// What an application on the machine itself is watched by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostMode {
    /// The interfaces that are captured on; where there are none, all that are up.
    pub interfaces: Vec<String>,
    /// As whom it is launched; where that is not said, as whoever called sudo.
    pub user: Option<String>,
}
