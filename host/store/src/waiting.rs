//! What waits on disk, for the process that delivers: it is loaded page by page, or buried.

use crate::delivery::{DeliveryEnd, State, Stored};
use crate::disk::connection;
use crate::disk::pages::{self, Backlog, Page, Waiting};
use crate::error::StoreError;
use crate::store::Store;
use crate::write::dead_letters::DeadLetters;
use crate::write::shared::lock;
use rusqlite::{Connection, Error};
use std::collections::HashSet;
use std::sync::Arc;
use uuid::Uuid;

impl Store {
    /// All that waits on disk for a webhook becomes dead letters that say why, in steps;
    /// [`Notice::Buried`](crate::Notice::Buried) follows. For a webhook that this process does
    /// not deliver to, and of which nothing is in memory: see
    /// [`bury_except`](Self::bury_except).
    pub fn bury(&self, webhook: &str, why: &str, at: i64) {
        self.bury_except(webhook, why, at, HashSet::new());
    }

    /// As [`bury`](Self::bury), without deliveries that are in memory: they still wait, until
    /// they are settled. What is accepted or replayed after this call is not meant. Load
    /// nothing of the webhook before [`Notice::Buried`](crate::Notice::Buried), or it may be
    /// buried while it is sent.
    pub fn bury_except(&self, webhook: &str, why: &str, at: i64, loaded: HashSet<Uuid>) {
        self.shared().hand_in(|state| {
            let letters = DeadLetters {
                webhook: webhook.into(),
                why: why.into(),
                at,
                loaded: Arc::new(loaded),
                last: state.next_queue - 1,
                commit: state.young().number,
                after: 0,
                done: 0,
            };
            state.dead_letters.push_back(letters);
        });
    }

    /// Reads what waits of a webhook behind a place in the queue, oldest first: `limit`
    /// deliveries, or fewer if their bodies are large. It is over when a page is empty. Blocks.
    ///
    /// # Errors
    /// If the database cannot be read now.
    pub fn page(&self, webhook: &str, after: i64, limit: usize) -> Result<Vec<Stored>, StoreError> {
        let mut after = after;
        loop {
            let page = self.read(|connection| pages::page(connection, webhook, after, limit))?;
            let Page {
                deliveries,
                without_body,
                reached,
            } = page;
            for (id, attempts) in without_body {
                let end = DeliveryEnd {
                    state: State::Failed,
                    attempts,
                    elapsed: 0,
                    status: None,
                    error: Some("its body is not in the store".into()),
                    at: self.shared().now(),
                };
                self.settled(id, end);
            }
            // Behind those without a body there may be others.
            match reached {
                Some(reached) if deliveries.is_empty() => after = reached,
                _ => return Ok(deliveries),
            }
        }
    }

    /// The webhooks that something waits for on disk, with the first place in the queue of
    /// each. Blocks, for a look into an index for each.
    ///
    /// # Errors
    /// If the database cannot be read now.
    pub fn waiting_webhooks(&self) -> Result<Vec<Waiting>, StoreError> {
        self.read(pages::waiting)
    }

    /// How much waits on disk for each webhook. Blocks, for some milliseconds for each 100,000.
    ///
    /// # Errors
    /// If the database cannot be read now.
    pub fn backlog(&self) -> Result<Vec<Backlog>, StoreError> {
        self.read(pages::backlog)
    }

    fn read<T>(&self, read: impl Fn(&Connection) -> Result<T, Error>) -> Result<T, StoreError> {
        let shared = self.shared();
        let mut kept = lock(&shared.pages);
        if shared.state().closed {
            return Err(StoreError::Closed);
        }
        let connection = match kept.take() {
            Some(connection) => connection,
            None => connection::reader(&shared.directory).map_err(StoreError::from)?,
        };
        let result = read(&connection).map_err(StoreError::from);
        *kept = Some(connection);
        // Said before the writer can close this connection: what it says of a database that
        // was replaced meanwhile does not count.
        if let Err(StoreError::Corrupt(error)) = &result {
            shared.hand_in(|state| state.corrupt = Some(error.to_string()));
        }
        drop(kept);
        result
    }
}
