//! Which packets a filter lets through, and how an inspection fails.

use std::ops::Range;

use crate::capture::{CaptureError, Filter, FilterError};
use crate::packet::{LinkType, PacketView};

/// Why a capture could not be inspected.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// A file could not be read.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// The filter is none.
    #[error("{}", .0.reason)]
    Filter(FilterFault),
}

/// What is wrong with a filter, and where in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterFault {
    /// The bytes that are wrong.
    pub span: Range<usize>,
    /// Why.
    pub reason: String,
}

impl From<FilterError> for InspectError {
    fn from(error: FilterError) -> Self {
        Self::Filter(FilterFault { span: error.span, reason: error.reason })
    }
}

/// A filter, compiled for each link type as it comes up.
pub(super) struct Chosen {
    expression: Option<String>,
    filters: Vec<(LinkType, Filter)>,
}

impl Chosen {
    pub(super) fn new(expression: Option<&str>) -> Self {
        Self { expression: expression.map(str::to_owned), filters: Vec::new() }
    }

    /// Compiles the filter for the link types that are known beforehand, so that a wrong one is
    /// told before anything is printed; for Ethernet where none is known.
    pub(super) fn check(&mut self, links: &[LinkType]) -> Result<(), InspectError> {
        let fallback = [LinkType::ETHERNET];
        let links = if links.is_empty() { &fallback } else { links };
        links.iter().try_for_each(|link| self.filter(*link).map(drop))
    }

    /// Whether there is no filter at all.
    pub(super) fn is_everything(&self) -> bool {
        self.expression.is_none()
    }

    /// Whether a packet is let through.
    pub(super) fn lets_through(&mut self, packet: &PacketView<'_>) -> Result<bool, InspectError> {
        Ok(self.filter(packet.link)?.is_none_or(|filter| filter.matches(packet.data)))
    }

    /// A capture has one link type or a few, so looking through them is quickest.
    fn filter(&mut self, link: LinkType) -> Result<Option<&Filter>, InspectError> {
        let Some(expression) = &self.expression else { return Ok(None) };
        if !self.filters.iter().any(|(known, _)| *known == link) {
            self.filters.push((link, Filter::new(expression, link)?));
        }
        Ok(self.filters.iter().find(|(known, _)| *known == link).map(|(_, filter)| filter))
    }
}
