//! What of a result goes into the snapshot, as far as the scenario chooses it.

/// What the snapshot holds beside hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRules {
    /// Whether the names of the processes that made the contacts.
    pub processes: bool,
    /// How much of the requests.
    pub requests: RequestDetail,
    /// Parameters of a URL's query whose values are replaced by `*`.
    pub redact_query: Vec<String>,
    /// Regular expressions, each valid, whose matches in a path are replaced by `*`.
    pub redact_path: Vec<String>,
}

impl Default for SnapshotRules {
    fn default() -> Self {
        Self {
            processes: true,
            requests: RequestDetail::default(),
            redact_query: Vec::new(),
            redact_path: Vec::new(),
        }
    }
}

/// How much of the requests goes into the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RequestDetail {
    /// None of them, hosts alone.
    #[default]
    Hosts,
    /// Method and path.
    Paths,
    /// Method, URL with its query, and the type of the content.
    Full,
}
