//! Asks a store, while another process runs or not.

use crate::disk::connection;
use crate::disk::directory::Directory;
use crate::error::{OpenError, StoreError};
use crate::filter::{DecisionFilter, DeliveryFilter};
use crate::progress::Watch;
use crate::read::check::CheckReport;
use crate::read::follow::Follow;
use crate::read::stats::Stats;
use crate::read::{check, decisions, deliveries, details, export, stats};
use crate::record::{DecisionRecord, DeliveryRecord, Details};
use rusqlite::Connection;
use std::io::Write;
use std::path::Path;
use uuid::Uuid;

/// Asks a store, while another process runs or not. It never keeps that one from writing.
/// All methods block; those with a watch may take long.
#[derive(Debug)]
pub struct Reader {
    directory: Directory,
    connection: Connection,
}

impl Reader {
    /// Opens a store that is there.
    ///
    /// # Errors
    /// If there is none, or it cannot be read, or a later version made it.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        let directory = Directory::existing(directory)?;
        let connection = connection::reader(&directory)?;
        Ok(Self {
            directory,
            connection,
        })
    }

    /// The newest deliveries that a filter means, newest first.
    ///
    /// # Errors
    /// If the database cannot be read, or the watch ended it.
    pub fn deliveries(
        &self,
        filter: &DeliveryFilter,
        limit: usize,
        watch: Watch<'_>,
    ) -> Result<Vec<DeliveryRecord>, StoreError> {
        deliveries::newest(&self.connection, filter, limit, watch)
    }

    /// The newest decisions that a filter means, newest first.
    ///
    /// # Errors
    /// If the database cannot be read, or the watch ended it.
    pub fn decisions(
        &self,
        filter: &DecisionFilter,
        limit: usize,
        watch: Watch<'_>,
    ) -> Result<Vec<DecisionRecord>, StoreError> {
        decisions::newest(&self.connection, filter, limit, watch)
    }

    /// The decisions behind a place that a filter means, oldest first, and the place to go on
    /// from. Without a place there are none: what is to come is behind the one that is said.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn decisions_after(
        &self,
        filter: &DecisionFilter,
        place: Option<i64>,
    ) -> Result<(Vec<DecisionRecord>, i64), StoreError> {
        decisions::after(&self.connection, filter, place)
    }

    /// All that is known of a delivery; none if there is no such delivery.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn delivery(&self, id: Uuid) -> Result<Option<Details>, StoreError> {
        Ok(details::of(&self.connection, id)?)
    }

    /// What is new or changes from now on, by [`changes`](Self::changes).
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn follow(&self, filter: DeliveryFilter) -> Result<Follow, StoreError> {
        Follow::new(&self.connection, filter)
    }

    /// What is new or has changed since the last call, oldest first. Costs next to nothing if
    /// nobody wrote.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn changes(&self, follow: &mut Follow) -> Result<Vec<DeliveryRecord>, StoreError> {
        follow.changes(&self.connection)
    }

    /// What is in the store, in numbers; all deliveries are counted.
    ///
    /// # Errors
    /// If the database cannot be read, or the watch ended it.
    pub fn stats(&self, watch: Watch<'_>) -> Result<Stats, StoreError> {
        stats::of(&self.connection, &self.directory, watch)
    }

    /// Whether the database is whole; all of it is read.
    ///
    /// # Errors
    /// If it cannot be read, or the watch ended it.
    pub fn check(&mut self, watch: Watch<'_>) -> Result<CheckReport, StoreError> {
        check::check(&mut self.connection, watch)
    }

    /// Writes deliveries and decisions as JSON, a line each, oldest first; with `bodies` what
    /// was sent too, as far as it is kept. Says how many lines it were.
    ///
    /// # Errors
    /// If the database cannot be read, or the output not written, or the watch ended it.
    pub fn export(
        &self,
        bodies: bool,
        out: &mut dyn Write,
        watch: Watch<'_>,
    ) -> Result<u64, StoreError> {
        export::write(&self.connection, bodies, out, watch)
    }
}
