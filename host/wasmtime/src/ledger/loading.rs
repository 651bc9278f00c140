//! What is only on disk, page by page.

use crate::event::time::unix_milliseconds as now;
use crate::ledger::spill::Cursor;
use crate::ledger::stored::Ledger;
use servo_webhooks_store::{StoreError, Stored};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use uuid::Uuid;

impl Ledger {
    /// Finds the webhooks that something is only on disk for, after a start. Blocks.
    ///
    /// # Errors
    /// If the store cannot be read now; it is to be tried again.
    pub(crate) fn list(&self) -> Result<(), StoreError> {
        let unlisted = self.shared.unlisted.load(Ordering::Acquire);
        if unlisted == 0 {
            return Ok(());
        }
        let webhooks = self.store.waiting_webhooks()?;
        let mut spill = self.shared.spill();
        for webhook in webhooks {
            spill.add(&Arc::from(webhook.webhook), webhook.first, 0);
        }
        // Unless the store was salvaged meanwhile.
        let reasons = &self.shared.unlisted;
        let _ = reasons.compare_exchange(unlisted, 0, Ordering::AcqRel, Ordering::Acquire);
        drop(spill);
        self.shared.loaded.notify_waiters();
        Ok(())
    }

    /// What is only on disk.
    pub(crate) fn cursors(&self) -> Vec<(Arc<str>, Cursor)> {
        self.shared.spill().cursors()
    }

    /// Reads a page of what is only on disk, at most so many, without those in memory. Blocks.
    /// Without an answer there is no more, unless it is still to be written.
    pub(crate) fn page(
        &self,
        webhook: &str,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        // While the disk is in trouble it may lack what is settled.
        if !self.store.health().accepting() {
            return Ok(Vec::new());
        }
        let committed = self.store.committed();
        self.shared.spill().begin_page(committed);
        let page = self.store.page(webhook, cursor.after, limit);
        if page.as_ref().is_ok_and(|page| !page.is_empty()) {
            return page;
        }
        let mut spill = self.shared.spill();
        spill.end_page();
        if page.is_ok() && committed >= cursor.commit {
            spill.finish(webhook, cursor);
            self.shared.loaded.notify_waiters();
        }
        page
    }

    /// A delivery of a page comes into memory; whether it was not there.
    pub(crate) fn load(&self, id: Uuid) -> bool {
        self.shared.spill().load(id, 0)
    }

    /// A delivery of a page did not come into memory after all.
    pub(crate) fn unload(&self, id: Uuid) {
        self.shared.spill().unload(id);
    }

    /// A page is in memory, or part of one, up to a place.
    pub(crate) fn advance(&self, webhook: &str, from: i64, to: i64) {
        let mut spill = self.shared.spill();
        spill.advance(webhook, from, to);
        spill.end_page();
        drop(spill);
        self.shared.loaded.notify_waiters();
    }

    /// What is only on disk of a webhook becomes dead letters.
    pub(crate) fn bury(&self, webhook: &str, why: &str) {
        // Held over both: what is accepted meanwhile is either meant or not.
        let mut spill = self.shared.spill();
        let begins = spill.bury(webhook);
        if begins {
            let loaded = spill.loaded();
            self.store.bury_except(webhook, why, now(), loaded);
        }
        drop(spill);
        if begins {
            tracing::warn!(webhook, "what waits for it becomes dead letters: {why}");
        }
    }
}
