//! Webhooks whose endpoint said that it is gone: they are switched off for as long as this
//! instance lives.

use std::cell::RefCell;
use std::collections::BTreeSet;

thread_local! {
    static GONE: RefCell<BTreeSet<usize>> = const { RefCell::new(BTreeSet::new()) };
}

/// Why nothing is sent to a webhook, if so.
pub fn switched_off(index: usize) -> Option<&'static str> {
    GONE.with_borrow(|gone| gone.contains(&index))
        .then_some("switched off: its endpoint is gone")
}

/// Switches it off; whether it was on.
pub fn switch_off(index: usize) -> bool {
    GONE.with_borrow_mut(|gone| gone.insert(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_gone_it_stays_so() {
        assert_eq!(switched_off(7), None);
        assert!(switch_off(7));
        assert!(!switch_off(7));
        assert!(switched_off(7).is_some() && switched_off(6).is_none());
    }
}
