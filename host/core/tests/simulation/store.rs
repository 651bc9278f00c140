//! A store as a host would have it: rows of deliveries, written in batches. A batch is on the
//! disk as a whole, or not at all; what was not synced is lost with its process.

use lifecycle::DeliveryProgress;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

/// What is known of a delivery once its process is gone.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its webhook, by name.
    pub name: usize,
    pub bytes: usize,
    /// Its place in the queue, given in the order in which they are synced, and never again.
    pub queue: u64,
    pub stands: Stands,
    pub progress: DeliveryProgress,
    /// By the clock of the wall in nanoseconds, with the wait that ends then.
    pub due: Option<(i64, Duration)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    Waiting,
    Delivered,
    /// A dead letter: it failed for good.
    Failed,
    /// A dead letter: there is no such webhook any more.
    Orphaned,
    /// Somebody forgot it.
    Forgotten,
}

type Batch = BTreeMap<usize, Row>;

#[derive(Debug, Default)]
pub struct Store {
    synced: HashMap<usize, Row>,
    /// Of those that are synced and wait, by webhook.
    queues: BTreeMap<(usize, u64), usize>,
    /// On its way to the disk.
    committing: Option<Batch>,
    batch: Batch,
    /// Accepted, and said to be.
    pub acknowledged: HashSet<usize>,
    last_queue: u64,
}

impl Store {
    /// The newest that is known of a delivery, synced or not.
    pub fn newest(&self, id: usize) -> Option<&Row> {
        let committing = || self.committing.as_ref()?.get(&id);
        let newest = self.batch.get(&id).or_else(committing);
        newest.or_else(|| self.synced.get(&id))
    }

    /// A delivery is accepted.
    pub fn insert(&mut self, id: usize, name: usize, bytes: usize) {
        let row = Row {
            name,
            bytes,
            queue: 0,
            stands: Stands::Waiting,
            progress: DeliveryProgress::default(),
            due: None,
        };
        assert!(self.newest(id).is_none(), "accepted twice");
        self.batch.insert(id, row);
    }

    pub fn write(&mut self, id: usize, change: impl FnOnce(&mut Row)) {
        let mut row = self.newest(id).expect("never accepted").clone();
        assert_eq!(row.stands, Stands::Waiting, "settled twice");
        change(&mut row);
        self.batch.insert(id, row);
    }

    /// A commit begins, if none is under way.
    pub fn begin(&mut self) {
        if self.committing.is_none() && !self.batch.is_empty() {
            self.committing = Some(std::mem::take(&mut self.batch));
        }
    }

    /// The commit ends: what it was of is acknowledged; those that are settled for good.
    pub fn end(&mut self) -> Vec<usize> {
        let batch = self.committing.take().unwrap_or_default();
        self.acknowledged.extend(batch.keys());
        self.apply(batch)
    }

    fn apply(&mut self, batch: Batch) -> Vec<usize> {
        let mut settled = Vec::new();
        for (id, mut row) in batch {
            row.queue = self.synced.get(&id).map_or(0, |known| known.queue);
            if row.stands != Stands::Waiting {
                self.queues.remove(&(row.name, row.queue));
                settled.push(id);
            } else if row.queue == 0 {
                row.queue = self.enqueue(row.name, id);
            }
            self.synced.insert(id, row);
        }
        settled
    }

    fn enqueue(&mut self, name: usize, id: usize) -> u64 {
        self.last_queue += 1;
        self.queues.insert((name, self.last_queue), id);
        self.last_queue
    }

    pub fn is_clean(&self) -> bool {
        self.batch.is_empty() && self.committing.is_none()
    }

    /// The process dies. The commit that was under way came through, or not; nobody was told.
    /// Those of which something is lost, and those that turn out to be settled.
    pub fn die(&mut self, came_through: bool) -> (HashSet<usize>, Vec<usize>) {
        let mut lost: HashSet<_> = std::mem::take(&mut self.batch).into_keys().collect();
        let committing = self.committing.take().unwrap_or_default();
        let settled = if came_through {
            self.apply(committing)
        } else {
            lost.extend(committing.into_keys());
            Vec::new()
        };
        for id in &self.acknowledged {
            assert!(
                self.synced.contains_key(id),
                "what was acknowledged is lost"
            );
        }
        (lost, settled)
    }

    /// The first that is synced and waits for a webhook behind a place in its queue. What has
    /// happened to it since is not in its row yet.
    pub fn first_behind(&self, name: usize, place: u64) -> Option<(u64, usize)> {
        let mut behind = self.queues.range((name, place + 1)..(name + 1, 0));
        behind.next().map(|((_, queue), id)| (*queue, *id))
    }

    /// Those that wait, by the newest that is known of them.
    pub fn waiting(&self) -> impl Iterator<Item = (usize, &Row)> {
        let committing = self.committing.iter().flatten();
        let unsynced: HashMap<_, _> = committing.chain(&self.batch).collect();
        let newer = unsynced.clone();
        let synced = self.queues.values().copied();
        let synced = synced.filter(move |id| !newer.contains_key(id));
        let synced = synced.map(|id| (id, &self.synced[&id]));
        let unsynced = unsynced.into_iter().map(|(id, row)| (*id, row));
        synced.chain(unsynced.filter(|(_, row)| row.stands == Stands::Waiting))
    }

    /// A dead letter waits again. That is done by another process, which has the store open
    /// too, and knows what is synced.
    pub fn replay(&mut self, id: usize, due: Option<(i64, Duration)>) {
        let name = self.synced[&id].name;
        let queue = self.enqueue(name, id);
        let row = self.synced.get_mut(&id).expect("it is a dead letter");
        (row.stands, row.queue) = (Stands::Waiting, queue);
        (row.progress, row.due) = (DeliveryProgress::default(), due);
    }

    /// Dead letters of which everything is synced.
    pub fn dead_letters(&self) -> Vec<usize> {
        let dead = |row: &Row| matches!(row.stands, Stands::Failed | Stands::Orphaned);
        let unsynced = |id| self.newest(id).map(|row| row.stands) != Some(self.synced[&id].stands);
        let letters = self.synced.iter().filter(|(_, row)| dead(row));
        let mut letters: Vec<_> = letters.map(|(id, _)| *id).collect();
        letters.retain(|id| !unsynced(*id));
        letters.sort_unstable();
        letters
    }

    /// Each that was acknowledged has come to an end.
    pub fn check_settled(&self) {
        for id in &self.acknowledged {
            let stands = self.synced[id].stands;
            assert_ne!(stands, Stands::Waiting, "acknowledged, and stranded");
        }
    }
}
