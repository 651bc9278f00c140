//! The one limit on memory of an instance: what it holds itself, and what this process keeps
//! for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What one instance may hold, in bytes.
#[derive(Debug)]
pub(super) struct MemoryAccount {
    most: usize,
    /// Its memories and tables, its requests that are on their way.
    held: AtomicUsize,
    /// What it has handles of, when that was counted last.
    kept: AtomicUsize,
    refused: AtomicBool,
}

/// Bytes of an account, until it is dropped.
#[derive(Debug)]
pub(super) struct Charge {
    account: Arc<MemoryAccount>,
    bytes: usize,
}

impl MemoryAccount {
    /// So many bytes.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            held: AtomicUsize::new(0),
            kept: AtomicUsize::new(0),
            refused: AtomicBool::new(false),
        })
    }

    /// Takes so many bytes for good, unless that is more than there are.
    pub(super) fn take(&self, bytes: usize) -> bool {
        let kept = self.kept.load(Ordering::Relaxed);
        let taken = self
            .held
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
                let held = held.checked_add(bytes)?;
                (held.checked_add(kept)? <= self.most).then_some(held)
            });
        if taken.is_err() {
            self.refused.store(true, Ordering::Relaxed);
        }
        taken.is_ok()
    }

    /// The same until the charge is dropped.
    pub(super) fn charge(self: &Arc<Self>, bytes: usize) -> Option<Charge> {
        self.take(bytes).then(|| Charge {
            account: Arc::clone(self),
            bytes,
        })
    }

    /// Notes what it has handles of; false if that is more than there is.
    pub(super) fn keep(&self, bytes: usize) -> bool {
        self.kept.store(bytes, Ordering::Relaxed);
        let fits = bytes <= self.most.saturating_sub(self.held());
        if !fits {
            self.refused.store(true, Ordering::Relaxed);
        }
        fits
    }

    /// What it holds but for what it has handles of.
    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// What is left.
    pub(super) fn left(&self) -> usize {
        let kept = self.kept.load(Ordering::Relaxed);
        self.most.saturating_sub(self.held().saturating_add(kept))
    }

    /// Whether it wanted more.
    pub(super) fn was_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }
}

impl Charge {
    /// Takes so many bytes more.
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        let taken = self.account.take(bytes);
        if taken {
            self.bytes += bytes;
        }
        taken
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.account.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn all_that_is_held_and_kept_is_one_sum() {
        let account = MemoryAccount::new(100);
        assert!(account.take(40) && account.keep(50));
        assert_eq!((account.left(), account.was_refused()), (10, false));
        let mut charge = account.charge(5).unwrap();
        assert!(charge.grow(5) && !charge.grow(1));
        assert!(account.was_refused());
        drop(charge);
        assert_eq!(account.left(), 10);
        assert!(account.charge(11).is_none());
        assert!(!account.keep(61) && account.keep(60));
        assert_eq!(account.left(), 0);
    }

    #[test]
    fn nothing_wraps() {
        let account = MemoryAccount::new(usize::MAX);
        assert!(account.take(1) && !account.take(usize::MAX));
        assert!(account.keep(usize::MAX - 1) && !account.keep(usize::MAX));
    }
}
