//! What a host does that has a store: it writes down, spills, loads, and buries.

use crate::disk::NAMES;
use crate::store::{Row, Stands};
use crate::webhook::{Queued, Webhook, pick};
use crate::world::World;
use lifecycle::{DeliveryProgress, Time, Wait};
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

impl World {
    /// Whether something waits for a webhook that is not in memory: then all else waits
    /// behind it.
    pub fn waits_on_disk(&self, webhook: &Webhook) -> bool {
        let disk = self.disk.as_ref();
        let cursor = disk.and_then(|disk| disk.cursors.get(&webhook.name));
        cursor.is_some_and(|cursor| cursor.behind)
    }

    /// A delivery is accepted that there is no room for: it is only on disk.
    pub fn spill(&mut self, webhook: &Webhook, bytes: usize) {
        if let Some(disk) = &mut self.disk {
            self.next_id += 1;
            disk.store.insert(self.next_id, webhook.name, bytes);
            disk.cursors.entry(webhook.name).or_default().behind = true;
            self.figures.spilled += 1;
        }
    }

    /// A delivery is accepted, and in memory as well.
    pub fn insert(&mut self, delivery: &Queued) {
        if let Some(disk) = &mut self.disk {
            let name = delivery.webhook.name;
            disk.store.insert(delivery.id, name, delivery.bytes);
            disk.memory.insert(delivery.id);
        }
    }

    pub fn begins(&mut self, id: usize, progress: DeliveryProgress) {
        self.write_progress(id, progress, None);
    }

    pub fn write_progress(&mut self, id: usize, progress: DeliveryProgress, until: Option<Time>) {
        if let Some(disk) = &mut self.disk {
            self.ledger.check_progress(id, progress, self.now);
            let (now, wall) = (self.now, disk.wall(self.now));
            let due = until.map(|until| {
                let wait = until.since(now);
                (wall + i64::try_from(wait.as_nanos()).unwrap(), wait)
            });
            disk.store
                .write(id, |row| (row.progress, row.due) = (progress, due));
        }
    }

    pub fn write_settled(&mut self, id: usize, stands: Stands) {
        if let Some(disk) = &mut self.disk {
            disk.store.write(id, |row| row.stands = stands);
            disk.memory.remove(&id);
        }
    }

    /// What is only on disk goes on, as far as there is room.
    pub fn load(&mut self) {
        if self.closed {
            return;
        }
        for webhook in self.webhooks.clone() {
            let mut page = Vec::new();
            while let Some((id, row)) = self.disk.as_mut().and_then(|one| one.next(webhook.name)) {
                let room = self.capacity.enter(&webhook.endpoint, row.bytes, row.bytes);
                let bounds = self.bounds();
                self.ledger
                    .room
                    .entered(webhook.endpoint, row.bytes, &room, bounds);
                if room.is_err() {
                    break;
                }
                page.push(self.take_from_disk(id, &row, &webhook));
            }
            let restored = self.deliveries.restore(page, self.now);
            self.heed(restored.expect("it is not closed"));
        }
    }

    fn take_from_disk(
        &mut self,
        id: usize,
        row: &Row,
        webhook: &Rc<Webhook>,
    ) -> (Queued, Option<Wait>) {
        let now = self.now;
        let disk = self.disk.as_mut().expect("there is one");
        let wall = disk.wall(now);
        disk.memory.insert(id);
        self.figures.restored += 1;
        self.ledger.restored(id, row, webhook, now, wall);
        self.gentle.restored(webhook.endpoint, self.max_in_flight);
        let delivery = Queued::new(id, webhook, row.bytes).restored(row.progress, now);
        let wait = row.due.map(|(due, longest)| Wait {
            due: now + Duration::from_nanos(u64::try_from(due - wall).unwrap_or(0)),
            longest,
        });
        (delivery, wait)
    }

    /// What waits for webhooks that there are no more becomes dead letters, some at a time.
    pub fn bury(&mut self) {
        let names: HashSet<_> = self.webhooks.iter().map(|webhook| webhook.name).collect();
        for name in (0..NAMES).filter(|name| !names.contains(name)) {
            for _ in 0..2 {
                let Some(disk) = &mut self.disk else { return };
                if let Some((id, _)) = disk.next(name) {
                    disk.store.write(id, |row| row.stands = Stands::Orphaned);
                    self.figures.orphaned += 1;
                }
            }
        }
    }

    /// Another process has the store open too, and lets dead letters wait again.
    pub fn replay(&mut self) {
        let Some(disk) = &mut self.disk else { return };
        let letters = disk.store.dead_letters();
        if letters.is_empty() {
            return;
        }
        let id = *pick(&mut self.chance, &letters);
        let wait = Duration::from_secs(self.chance.u64(0..100));
        let due = disk.wall(self.now) + i64::try_from(wait.as_nanos()).unwrap();
        disk.store
            .replay(id, self.chance.bool().then_some((due, wait)));
        disk.unnoticed = true;
        self.figures.replayed += 1;
        self.ledger.replayed(id);
    }
}
