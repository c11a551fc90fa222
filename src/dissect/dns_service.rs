//! Service bindings (RFC 9460): how a service is reached, and under which public name its
//! ClientHello is encrypted (RFC 9848).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use super::dns_data::Field;
use super::dns_name::Names;
use super::text::{escape, host_name};

/// A service binding.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Binding {
    /// Zero makes it an alias (section 2.4.2).
    pub priority: u16,
    /// The host that offers the service; `.` is the owner itself.
    pub target: Arc<str>,
    /// Which protocols it speaks (section 7.1).
    pub alpn: Vec<String>,
    /// Its port, where it is not the usual one (section 7.2).
    pub port: Option<u16>,
    /// Where it may be reached without another lookup (section 7.3).
    pub hints: Vec<IpAddr>,
    /// The public name of the configuration for an encrypted ClientHello: what stands in the
    /// open in place of the host's name.
    pub outer: Option<String>,
}

/// The form of section 2.1.
impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.priority, self.target)?;
        if !self.alpn.is_empty() {
            write!(f, " alpn={}", self.alpn.join(","))?;
        }
        if let Some(port) = self.port {
            write!(f, " port={port}")?;
        }
        for (key, six) in [("ipv4hint", false), ("ipv6hint", true)] {
            let hints = self.hints.iter().filter(|hint| hint.is_ipv6() == six);
            let hints: Vec<String> = hints.map(ToString::to_string).collect();
            if !hints.is_empty() {
                write!(f, " {key}={}", hints.join(","))?;
            }
        }
        match &self.outer {
            Some(name) => write!(f, " ech={name}"),
            None => Ok(()),
        }
    }
}

/// At most this many values are kept of one parameter.
const MOST: usize = 32;

/// Reads a binding (section 2.2); parameters that cannot be read end it.
pub(super) fn binding(field: &Field<'_>, names: &mut Names<'_>) -> Option<Binding> {
    let priority = u16::from_be_bytes(*field.raw().first_chunk()?);
    let (target, next) = field.name(2, names)?;
    let mut binding = Binding { priority, target, ..Binding::default() };
    let mut rest = field.raw().get(next - field.start..)?;
    while let Some((key, value, after)) = parameter(rest) {
        match key {
            1 => binding.alpn = protocols(value),
            3 => binding.port = value.first_chunk().map(|&port| u16::from_be_bytes(port)),
            4 => binding.hints.extend(
                value
                    .as_chunks()
                    .0
                    .iter()
                    .take(MOST)
                    .map(|&four| IpAddr::from(Ipv4Addr::from(four))),
            ),
            5 => binding.outer = public_name(value),
            6 => binding.hints.extend(
                value.as_chunks().0.iter().take(MOST).map(|&six| IpAddr::from(Ipv6Addr::from(six))),
            ),
            _ => {}
        }
        rest = after;
    }
    Some(binding)
}

fn parameter(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let (&[a, b, c, d], rest) = bytes.split_first_chunk()?;
    let (value, after) = rest.split_at_checked(usize::from(u16::from_be_bytes([c, d])))?;
    Some((u16::from_be_bytes([a, b]), value, after))
}

fn protocols(mut value: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    while let Some((&length, rest)) = value.split_first()
        && let Some((protocol, rest)) = rest.split_at_checked(usize::from(length))
        && found.len() < MOST
    {
        found.push(escape(protocol));
        value = rest;
    }
    found
}

/// The public name of the first configuration of the version in use (RFC 9849 section 4).
fn public_name(value: &[u8]) -> Option<String> {
    let (_, mut configurations) = value.split_first_chunk::<2>()?;
    while let Some((&[a, b, c, d], rest)) = configurations.split_first_chunk() {
        let (contents, after) = rest.split_at_checked(usize::from(u16::from_be_bytes([c, d])))?;
        if u16::from_be_bytes([a, b]) == 0xfe0d {
            // Its identifier and the scheme of its key, then the key and the ciphers, each
            // behind its length, then how long a name may be, then the name.
            let (_, rest) = contents.split_at_checked(3)?;
            let (_, rest) = counted(rest)?;
            let (_, rest) = counted(rest)?;
            let (_, rest) = rest.split_first()?;
            let (&length, rest) = rest.split_first()?;
            return rest.get(..usize::from(length)).map(host_name);
        }
        configurations = after;
    }
    None
}

fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}
