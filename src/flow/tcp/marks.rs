//! The marks of one segment together.

use std::ops::{BitOr, BitOrAssign};

use crate::contact::Mark;

/// A set of marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Marks(u32);

impl Marks {
    /// No mark: an ordinary segment.
    pub const NONE: Self = Self(0);

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this mark is in the set.
    pub fn has(self, mark: Mark) -> bool {
        self.0 & (1 << mark as u8) != 0
    }

    /// The marks to show: without those that another one says more exactly.
    pub fn shown(self) -> impl Iterator<Item = Mark> {
        let exact = self.has(Mark::FastRetransmission) || self.has(Mark::SpuriousRetransmission);
        self.iter().filter(move |mark| !(exact && *mark == Mark::Retransmission))
    }

    /// Each mark of the set.
    pub fn iter(self) -> impl Iterator<Item = Mark> {
        Mark::ALL.into_iter().filter(move |mark| self.has(*mark))
    }
}

impl From<Mark> for Marks {
    fn from(mark: Mark) -> Self {
        Self(1 << mark as u8)
    }
}

impl FromIterator<Mark> for Marks {
    fn from_iter<I: IntoIterator<Item = Mark>>(marks: I) -> Self {
        marks.into_iter().fold(Self::NONE, |set, mark| set | mark.into())
    }
}

impl BitOr for Marks {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign<Mark> for Marks {
    fn bitor_assign(&mut self, mark: Mark) {
        *self = *self | mark.into();
    }
}
