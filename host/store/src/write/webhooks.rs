//! The names of webhooks, by number.

use rusqlite::{Connection, Error, OptionalExtension};
use std::collections::HashMap;
use std::sync::Arc;

/// The names of webhooks, as far as they were needed.
#[derive(Default)]
pub struct Webhooks {
    known: HashMap<Arc<str>, i64>,
}

impl Webhooks {
    /// The number of a name; it gets one if it has none.
    pub fn number(&mut self, connection: &Connection, name: &Arc<str>) -> Result<i64, Error> {
        if let Some(number) = self.known.get(name) {
            return Ok(*number);
        }
        let number = match find(connection, name)? {
            Some(number) => number,
            None => {
                let mut insert =
                    connection.prepare_cached("INSERT INTO webhook (name) VALUES (?1)")?;
                insert.insert((&**name,))?
            }
        };
        self.known.insert(Arc::clone(name), number);
        Ok(number)
    }

    /// What was done since the last commit did not happen: a number may be another's.
    pub fn forget(&mut self) {
        self.known.clear();
    }
}

/// The number of a name, if it has one.
pub fn find(connection: &Connection, name: &str) -> Result<Option<i64>, Error> {
    connection
        .prepare_cached("SELECT id FROM webhook WHERE name = ?1")?
        .query_row((name,), |row| row.get(0))
        .optional()
}
