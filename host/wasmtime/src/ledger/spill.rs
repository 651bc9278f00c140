//! What is only on disk, and what is in memory.
//!
//! The deliveries of a webhook are in memory up to a place in its queue, and only on disk
//! behind it: what comes goes to the end, so that its order stays. When all is in memory the
//! webhook has no cursor.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use uuid::Uuid;

/// How far the deliveries of a webhook have been loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Everything up to this place is in memory or settled.
    pub after: i64,
    /// The commit with which the last that is known is on disk.
    pub commit: u64,
    /// How often something was added: what was added since is not behind a page read before.
    added: u64,
}

/// What is only on disk, and what is in memory.
#[derive(Debug, Default)]
pub(crate) struct Spill {
    cursors: HashMap<Arc<str>, Cursor>,
    /// Deliveries that are on disk and in memory, with the commit that accepted them: none is
    /// loaded twice.
    loaded: HashMap<Uuid, u64>,
    /// Settled deliveries that a page may still show as waiting, with the commit that ends that.
    settled: VecDeque<(u64, Uuid)>,
    /// The last commit when the page was read that is being looked through.
    reading: Option<u64>,
    /// Webhooks whose deliveries are becoming dead letters.
    buried: HashSet<Arc<str>>,
    /// Those in memory, or on the way there, that someone forgot: they are not sent any more.
    forgotten: HashSet<Uuid>,
}

impl Spill {
    pub(crate) fn is_spilled(&self, webhook: &str) -> bool {
        self.cursors.contains_key(webhook)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.cursors.is_empty() && self.buried.is_empty()
    }

    /// Whether nothing is only on disk, but for webhooks that are so.
    pub(crate) fn is_only_for(&self, is_so: &dyn Fn(&str) -> bool) -> bool {
        self.buried.is_empty() && self.cursors.keys().all(|webhook| is_so(webhook))
    }

    /// A delivery at this place is only on disk, once the commit is over.
    pub(crate) fn add(&mut self, webhook: &Arc<str>, place: i64, commit: u64) {
        let cursor = self.cursors.entry(Arc::clone(webhook));
        let cursor = cursor.or_insert(Cursor {
            after: place - 1,
            commit,
            added: 0,
        });
        cursor.after = cursor.after.min(place - 1);
        cursor.commit = cursor.commit.max(commit);
        cursor.added += 1;
    }

    /// What is to be loaded. Of a webhook that is back while it is being buried nothing is, until
    /// that is over.
    pub(crate) fn cursors(&self) -> Vec<(Arc<str>, Cursor)> {
        let cursors = self.cursors.iter();
        let cursors = cursors.filter(|(webhook, _)| !self.buried.contains(*webhook));
        cursors
            .map(|(webhook, cursor)| (Arc::clone(webhook), *cursor))
            .collect()
    }

    /// A page was loaded. `from` is where it was read from: if something was put before that
    /// meanwhile, it is read again.
    pub(crate) fn advance(&mut self, webhook: &str, from: i64, to: i64) {
        if let Some(cursor) = self.cursors.get_mut(webhook)
            && cursor.after == from
        {
            cursor.after = to;
        }
    }

    /// Nothing is left behind the cursor, if no more was added since it was looked at.
    pub(crate) fn finish(&mut self, webhook: &str, seen: Cursor) {
        if self.cursors.get(webhook) == Some(&seen) {
            self.cursors.remove(webhook);
        }
    }

    /// What waits of a webhook becomes dead letters from now on; whether it did not before.
    pub(crate) fn bury(&mut self, webhook: &str) -> bool {
        let begins = self.buried.insert(Arc::from(webhook));
        if begins {
            self.cursors.remove(webhook);
        }
        begins
    }

    /// Deliveries that are on disk and in memory.
    pub(crate) fn loaded(&self) -> HashSet<Uuid> {
        self.loaded.keys().copied().collect()
    }

    /// They are dead letters.
    pub(crate) fn is_buried(&mut self, webhook: &str) {
        self.buried.remove(webhook);
    }

    /// A delivery is in memory from now on; whether it was not before.
    pub(crate) fn load(&mut self, id: Uuid, commit: u64) -> bool {
        self.loaded.insert(id, commit).is_none()
    }

    /// A delivery is settled, which is on disk with `commit`. Until then, and for pages read
    /// before, it counts as loaded, or it would be sent again.
    pub(crate) fn settle(&mut self, id: Uuid, commit: u64, committed: u64) {
        self.forgotten.remove(&id);
        self.settled.push_back((commit, id));
        self.drop_settled(committed);
    }

    /// A page is read from now on.
    pub(crate) fn begin_page(&mut self, committed: u64) {
        self.end_page();
        self.drop_settled(committed);
        self.reading = Some(committed);
    }

    /// The page has been looked through.
    pub(crate) fn end_page(&mut self) {
        self.reading = None;
        self.forgotten.retain(|id| self.loaded.contains_key(id));
    }

    fn drop_settled(&mut self, committed: u64) {
        let until = self.reading.unwrap_or(committed);
        while let Some((_, id)) = self.settled.pop_front_if(|(commit, _)| *commit <= until) {
            self.loaded.remove(&id);
        }
    }

    /// A delivery is not in memory any more.
    pub(crate) fn unload(&mut self, id: Uuid) {
        self.loaded.remove(&id);
        self.forgotten.remove(&id);
    }

    /// What these commits should have accepted is in memory alone.
    pub(crate) fn refuse(&mut self, commits: &[u64]) {
        self.loaded.retain(|_, commit| !commits.contains(commit));
    }

    /// The commit that accepted a delivery which is in memory.
    pub(crate) fn commit(&self, id: Uuid) -> Option<u64> {
        self.loaded.get(&id).copied()
    }

    /// Someone forgot a delivery. The page that is being looked through may have it.
    pub(crate) fn forget(&mut self, id: Uuid) {
        if self.reading.is_some() || self.loaded.contains_key(&id) {
            self.forgotten.insert(id);
        }
    }

    pub(crate) fn is_forgotten(&self, id: Uuid) -> bool {
        self.forgotten.contains(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_settled_and_not_yet_on_disk_is_not_loaded_again() {
        let (mut spill, id) = (Spill::default(), Uuid::from_u128(1));
        assert!(spill.load(id, 1));
        spill.begin_page(4);
        // The page was read before this, and before commit 5.
        spill.settle(id, 5, 4);
        spill.settle(Uuid::from_u128(2), 6, 5);
        assert!(!spill.load(id, 0), "the page shows it as waiting");
        spill.end_page();
        spill.begin_page(4);
        assert!(!spill.load(id, 0), "so does the next one");
        spill.begin_page(5);
        assert!(spill.load(id, 0), "whoever replays it finds it");
    }

    #[test]
    fn what_is_added_while_a_page_is_read_is_not_taken_for_read() {
        let (mut spill, webhook) = (Spill::default(), Arc::from("hook"));
        spill.add(&webhook, 1, 0);
        let (_, seen) = spill.cursors().remove(0);
        spill.add(&webhook, 1, 0);
        spill.finish("hook", seen);
        let (_, seen) = spill.cursors().remove(0);
        spill.finish("hook", seen);
        assert!(spill.cursors().is_empty());
    }

    #[test]
    fn what_is_forgotten_on_its_way_into_memory_is_not_sent() {
        let (mut spill, id) = (Spill::default(), Uuid::from_u128(1));
        spill.begin_page(1);
        spill.forget(id);
        spill.forget(Uuid::from_u128(2));
        assert!(spill.load(id, 0));
        spill.end_page();
        assert!(spill.is_forgotten(id));
        assert_eq!(
            spill.forgotten.len(),
            1,
            "the other one was not on the page"
        );
    }

    #[test]
    fn a_webhook_that_is_back_waits_until_what_was_of_before_is_buried() {
        let (mut spill, webhook) = (Spill::default(), Arc::from("hook"));
        spill.add(&webhook, 1, 0);
        assert!(spill.bury("hook"));
        spill.add(&webhook, 7, 0);
        assert!(spill.cursors().is_empty());
        assert!(!spill.is_only_for(&|_| true), "it is not over");
        assert!(!spill.bury("hook"), "that is under way");
        spill.is_buried("hook");
        assert_eq!(spill.cursors()[0].1.after, 6);
        assert!(spill.is_only_for(&|webhook| webhook == "hook"));
    }
}
