//! Patterns over hosts: exact names, wildcards, addresses, CIDR blocks.

/// Which hosts a rule speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern(String);
