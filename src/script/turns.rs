//! When a rule's turn is: after so many, and for so many, that it fits.

use serde::{Deserialize, Serialize};

/// Which of the requests, queries or connections that a rule fits it applies to; those that it
/// does not go on to the next rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Turns {
    /// So many are let by first.
    pub after: u32,
    /// Then it applies to so many; to all where absent.
    pub times: Option<u32>,
}

impl Turns {
    /// Whether it applies to the one before which so many have been.
    pub fn include(&self, before: u64) -> bool {
        let after = u64::from(self.after);
        before >= after && self.times.is_none_or(|times| before - after < u64::from(times))
    }

    /// Whether no other rule gets a turn.
    pub fn are_all(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_has_its_turns() {
        for (after, times, taken) in [
            (0, None, [true, true, true, true]),
            (2, None, [false, false, true, true]),
            (0, Some(1), [true, false, false, false]),
            (1, Some(2), [false, true, true, false]),
        ] {
            let turns = Turns { after, times };
            assert_eq!([0, 1, 2, 3].map(|before| turns.include(before)), taken, "{turns:?}");
        }
    }
}
