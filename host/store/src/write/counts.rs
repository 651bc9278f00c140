//! How many deliveries are in each state: kept with each change, so that nobody has to count.

use crate::delivery::State;
use rusqlite::{Connection, Error};

/// How many deliveries are in each state, or by how much that changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([i64; 4]);

impl Counts {
    /// As they are on disk.
    pub fn read(connection: &Connection) -> Result<Self, Error> {
        let mut counts = Self::default();
        let mut statement = connection.prepare_cached("SELECT state, deliveries FROM count")?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            if let Some(state) = State::of(row.get(0)?) {
                counts.add(state, row.get(1)?);
            }
        }
        Ok(counts)
    }

    /// Counted, one by one.
    pub fn count(connection: &Connection) -> Result<Self, Error> {
        let mut counts = Self::default();
        let mut statement =
            connection.prepare("SELECT state, count(*) FROM delivery GROUP BY state")?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            if let Some(state) = State::of(row.get(0)?) {
                counts.add(state, row.get(1)?);
            }
        }
        Ok(counts)
    }

    /// So many more in a state.
    pub fn add(&mut self, state: State, deliveries: i64) {
        if let Some(count) = self.0.get_mut(state as usize) {
            *count += deliveries;
        }
    }

    /// Some went from one state to another.
    pub fn shift(&mut self, from: State, to: State, deliveries: i64) {
        self.add(from, -deliveries);
        self.add(to, deliveries);
    }

    /// How many are in a state.
    pub fn of(&self, state: State) -> u64 {
        let count = self.0.get(state as usize).copied().unwrap_or_default();
        u64::try_from(count).unwrap_or_default()
    }

    /// Writes the change down, in the transaction that makes it.
    pub fn write(&self, connection: &Connection) -> Result<(), Error> {
        let changes = State::ALL.into_iter().zip(self.0);
        for (state, by) in changes.filter(|(_, by)| *by != 0) {
            connection
                .prepare_cached("UPDATE count SET deliveries = deliveries + ?1 WHERE state = ?2")?
                .execute((by, state.number()))?;
        }
        Ok(())
    }
}
