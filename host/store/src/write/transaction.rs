//! What the writer does in one transaction.

use crate::disk::failure::Failure;
use crate::notice::Notice;
use crate::salvage::rest::Place;
use crate::write::apply::Apply;
use crate::write::batch::Batch;
use crate::write::counts::Counts;
use crate::write::dead_letters::{self, Buried};
use crate::write::other_processes::{self, Found};
use crate::write::retention::{Retention, Step};
use crate::write::writer::Writer;
use rusqlite::{Connection, Error};
use std::time::{Duration, Instant};

/// What a transaction did beside the batch.
#[derive(Default)]
pub struct Done {
    from_others: Found,
    /// Ends of deliveries that are not there.
    missing: u64,
    buried: Option<Buried>,
    /// How far it got, and what it did.
    retained: Option<(Retention, Step)>,
    /// How far it got.
    rest: Option<Place>,
    /// How long it took, if there was anything to do.
    took: Option<Duration>,
}

impl Writer {
    /// Writes a batch, and whatever else there is to do. Nothing, if some of the batch is
    /// refused by now.
    pub(super) fn transaction(
        &mut self,
        batch: &Batch,
        queue: i64,
    ) -> Result<Option<Done>, Failure> {
        let Some(connection) = self.connection.take() else {
            return Err(Failure::Disk("the database is not open".into()));
        };
        let result = self.try_transaction(&connection, batch, queue);
        if !matches!(result, Ok(Some(_))) {
            drop(connection.execute_batch("ROLLBACK"));
            self.webhooks.forget();
        }
        self.connection = Some(connection);
        result.map_err(|error| Failure::of(&error, &self.shared.directory))
    }

    fn try_transaction(
        &mut self,
        connection: &Connection,
        batch: &Batch,
        queue: i64,
    ) -> Result<Option<Done>, Error> {
        let letters = self.shared.state().dead_letters.front().cloned();
        // Some that are meant may be in a later batch.
        let letters = letters.filter(|letters| letters.commit <= batch.number);
        let idle = self.from_others == 0 && !self.retaining && self.rest.is_none();
        if batch.is_empty() && letters.is_none() && idle {
            return Ok(Some(Done::default()));
        }
        let began = Instant::now();
        let options = &self.shared.options;
        let (mut done, mut counts) = (Done::default(), Counts::default());
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
        let keep = (options.keep_bodies, options.keep_answers);
        let mut apply = Apply::new(connection, &mut self.webhooks, &mut counts, keep);
        apply.batch(batch)?;
        done.missing = apply.missing;
        if self.from_others > 0 {
            done.from_others = other_processes::step(connection, queue, self.from_others)?;
        }
        if let Some(letters) = &letters {
            done.buried = Some(dead_letters::step(connection, letters, &mut counts)?);
        }
        if let Some(rest) = &self.rest {
            done.rest = Some(rest.step(connection, &mut counts)?);
        } else if self.retaining {
            let mut retention = self.retention.clone();
            let now = self.shared.now();
            let step = retention.step(connection, options, now, &mut counts)?;
            done.retained = Some((retention, step));
        }
        counts.write(connection)?;
        // It may have waited for long until it could write.
        if !self.shared.state().may_commit(batch) {
            return Ok(None);
        }
        connection.prepare_cached("COMMIT")?.execute(())?;
        done.took = Some(began.elapsed());
        Ok(Some(done))
    }

    /// It is on disk.
    pub(super) fn written(&mut self, batch: &Batch, done: Done) {
        self.recovered();
        self.resting &= batch.is_empty();
        self.read_health();
        let dropped = std::mem::take(&mut self.shared.state().dropped);
        {
            let mut health = self.shared.health();
            health.dropped_decisions += dropped as u64;
            health.ends_without_delivery += done.missing;
        }
        // Whoever waited for this finds everything else as it is now.
        batch.accepted.set(Ok(()));
        batch.settled.set(Ok(()));
        if let Some((retention, step)) = done.retained {
            self.retention = retention;
            self.retaining = step.more;
            self.shared.health().bytes = step.bytes;
            if step.too_large && !self.too_large {
                let bytes = step.bytes;
                self.shared.notify(&Notice::TooLarge { bytes });
            }
            self.too_large = step.too_large || (self.too_large && !step.more);
        }
        if let Some(place) = done.rest {
            self.saved(place);
        }
        if let Some(buried) = done.buried {
            self.buried(buried);
        }
        self.changed(done.from_others);
        self.shared.publish(batch.number, done.took);
    }

    /// More of a corrupt database is saved.
    fn saved(&mut self, place: Place) {
        let Some(rest) = &mut self.rest else { return };
        let over = place.is_end();
        rest.go_on_from(place);
        let salvaged = rest.salvaged().clone();
        if over {
            self.rest = None;
            self.shared.notify(&Notice::Salvaged(salvaged.clone()));
        }
        self.shared.health().salvaged = Some(salvaged);
    }

    fn buried(&self, buried: Buried) {
        let mut state = self.shared.state();
        if let Some(letters) = state.dead_letters.front_mut() {
            letters.done += buried.deliveries;
            letters.after = buried.after;
        }
        let over = buried.over.then(|| state.dead_letters.pop_front());
        drop(state);
        if let Some(letters) = over.flatten() {
            self.shared.notify(&Notice::Buried {
                webhook: letters.webhook,
                deliveries: letters.done,
            });
        }
    }

    /// Others changed something.
    fn changed(&mut self, found: Found) {
        if found.seen > 0 {
            let pending = self.connection.as_ref().map(other_processes::pending);
            self.from_others = pending.and_then(Result::ok).unwrap_or_default();
        }
        if !found.replayed.is_empty() {
            self.shared.notify(&Notice::Replayed {
                deliveries: found.replayed.values().sum(),
                webhooks: found.replayed.into_keys().collect(),
            });
        }
        if !found.forgotten.is_empty() {
            self.shared.notify(&Notice::Forgotten(found.forgotten));
        }
    }
}
