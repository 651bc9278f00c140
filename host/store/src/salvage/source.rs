//! A corrupt database, to be read.

use crate::disk::connection;
use crate::salvage::head;
use rusqlite::{Connection, Error};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A corrupt database, to be read.
pub struct Source {
    /// By which it is read.
    pub connection: Connection,
    webhooks: HashMap<i64, Arc<str>>,
    /// A copy with another first page, if that of the file cannot be read.
    copy: Option<PathBuf>,
}

impl Source {
    /// Opens a file that stays as it is. Where its head cannot be read a copy gets the head of
    /// an empty store: the tables of all stores begin on the same pages.
    pub fn open(file: &Path) -> Result<Self, Error> {
        if let Ok(connection) = readable(file) {
            return Ok(Self::new(connection, None));
        }
        let copy = file.with_extension("copy");
        let opened = head::replace(file, &copy).and_then(|()| readable(&copy));
        match opened {
            Ok(connection) => Ok(Self::new(connection, Some(copy))),
            Err(error) => {
                remove(&copy);
                Err(error)
            }
        }
    }

    fn new(connection: Connection, copy: Option<PathBuf>) -> Self {
        let webhooks = webhooks(&connection).unwrap_or_default();
        Self {
            connection,
            webhooks,
            copy,
        }
    }

    /// The name of a webhook; one that cannot be read has its number for a name.
    pub fn webhook(&self, number: i64) -> Arc<str> {
        let known = self.webhooks.get(&number).cloned();
        known.unwrap_or_else(|| format!("unknown-{number}").into())
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        if let Some(copy) = &self.copy {
            remove(copy);
        }
    }
}

fn remove(copy: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = copy.as_os_str().to_owned();
        name.push(suffix);
        drop(fs::remove_file(name));
    }
}

fn readable(file: &Path) -> Result<Connection, Error> {
    let connection = connection::corrupt(file)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(()))?;
    // Not whether there is anything in it, but whether it is a store.
    connection.prepare("SELECT seq FROM delivery")?;
    Ok(connection)
}

fn webhooks(connection: &Connection) -> Result<HashMap<i64, Arc<str>>, Error> {
    let mut statement = connection.prepare("SELECT id, name FROM webhook")?;
    let mut rows = statement.query(())?;
    let mut found = HashMap::new();
    // What comes before a page that cannot be read counts.
    while let Ok(Some(row)) = rows.next() {
        if let (Ok(number), Ok(name)) = (row.get(0), row.get::<_, String>(1)) {
            found.insert(number, name.into());
        }
    }
    Ok(found)
}
