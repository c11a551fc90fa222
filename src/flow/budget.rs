//! How much memory all flows together may take for what is not read yet.

/// All streams and handshakes together may hold this many bytes; one that would take more is
/// not read on, and counted.
pub(super) const MOST_STREAM_BYTES: usize = 32 << 20;

/// What is taken of it.
#[derive(Debug)]
pub(super) struct Budget {
    most: usize,
    held: usize,
}

impl Budget {
    /// Nothing is taken yet.
    pub(super) fn new(most: usize) -> Self {
        Self { most, held: 0 }
    }

    /// Whether it is too much that a flow which held `before` now holds `after`.
    pub(super) fn is_exceeded(&self, before: usize, after: usize) -> bool {
        after > before && self.held + (after - before) > self.most
    }

    /// A flow that held `before` now holds `after`.
    pub(super) fn exchange(&mut self, before: usize, after: usize) {
        self.held = (self.held + after).saturating_sub(before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let mut budget = Budget::new(100);
        assert!(!budget.is_exceeded(0, 100));
        budget.exchange(0, 60);
        assert!(budget.is_exceeded(0, 41));
        assert!(!budget.is_exceeded(60, 100));
        // Whoever holds less than before never exceeds it.
        assert!(!budget.is_exceeded(60, 10));
        budget.exchange(60, 10);
        assert!(!budget.is_exceeded(0, 90));
        assert!(budget.is_exceeded(0, 91));
    }
}
