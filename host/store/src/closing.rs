//! The end of a store, and of what was not written by then.

use crate::error::StoreError;
use crate::store::Store;
use crate::ticket::Ticket;
use crate::write::state::State;
use std::sync::Arc;
use std::time::Duration;

impl Store {
    /// Refuses all that was accepted and is not on disk: its tickets fail, and it never will be.
    /// Only a commit that has begun to end goes on. Nothing is accepted afterwards, and what is
    /// said of other deliveries is still written.
    pub fn refuse(&self) {
        let number = self.shared().hand_in(State::refuse);
        self.shared().announce(number);
    }

    /// Writes all that was handed in, ends the thread and gives up the lock. Blocks. Nothing is
    /// accepted afterwards, by no clone, and what is said of deliveries is not written.
    ///
    /// # Errors
    /// If changes were not on disk when the time was over; they are given up.
    pub fn close(&self, limit: Duration) -> Result<(), StoreError> {
        self.shared().state().closing = true;
        self.shared().wake();
        let ended = Ticket::new(0, 0, Arc::clone(&self.shared().ended));
        if ended.wait(limit).is_none() {
            self.shared().state().abandoned = true;
            self.shared().wake();
            // Where the disk hangs, so does the thread.
            let _: Option<_> = ended.wait(Duration::from_secs(1));
        }
        let state = self.shared().state();
        let open = state.pending() + state.writing;
        let lost = state.lost + state.dropped + if state.closed { 0 } else { open };
        match u64::try_from(lost).unwrap_or(u64::MAX) {
            0 if state.closed => Ok(()),
            lost => Err(StoreError::Unwritten(lost)),
        }
    }
}
