//! Puts a new database in the place of a corrupt one.

use crate::disk::connection;
use crate::disk::directory::{Directory, io_error, private};
use crate::error::OpenError;
use crate::options::SyncMode;
use crate::salvage::copy::Offset;
use crate::salvage::essentials;
use crate::salvage::rest::Rest;
use crate::salvage::source::Source;
use crate::salvaged::Salvaged;
use rusqlite::Connection;
use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Is there from before a database is moved aside until what it has is saved.
const MARK: &str = "salvaging";

/// A database that was moved aside, or is about to be.
#[derive(Clone, Debug)]
pub struct Aside {
    /// Where it is.
    pub moved_to: PathBuf,
    /// What was wrong.
    pub error: String,
}

/// A new database.
pub struct Replaced {
    /// By which it is written.
    pub connection: Connection,
    /// What was saved.
    pub salvaged: Salvaged,
    /// What is still to be saved.
    pub rest: Option<Rest>,
}

/// Moves the database aside. No connection may be open.
pub fn move_aside(directory: &Directory, error: &str, now: i64) -> Result<Aside, OpenError> {
    let name = directory.name_aside(now);
    let mark = directory.file(MARK);
    // A start that finds the mark goes on from here, wherever this ends.
    let marked = private().create(true).truncate(true).open(&mark);
    marked
        .and_then(|mut file| {
            file.write_all(format!("{name}\n{error}").as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| directory.move_aside(&name))
        .map_err(|error| io_error(&mark, error))?;
    Ok(Aside {
        moved_to: directory.file(&name),
        error: error.into(),
    })
}

/// What an earlier process moved aside, and did not save.
pub fn unfinished(directory: &Directory) -> Option<Aside> {
    let said = fs::read_to_string(directory.file(MARK)).ok()?;
    let (name, error) = said.split_once('\n')?;
    let moved_to = directory.file(name);
    // Where the process ended between two names, the log would be taken for that of the new
    // database.
    if moved_to.exists() && !directory.database().exists() {
        directory.move_aside(name).ok()?;
    }
    // Without the file the process ended before it moved anything.
    let found = moved_to.exists().then(|| Aside {
        moved_to,
        error: error.into(),
    });
    if found.is_none() {
        drop(fs::remove_file(directory.file(MARK)));
    }
    found
}

/// Makes a new database, and saves what waits and the dead letters.
pub fn replace(
    directory: &Directory,
    sync: SyncMode,
    aside: &Aside,
) -> Result<Replaced, OpenError> {
    let failed = |error: rusqlite::Error| OpenError::Database {
        directory: directory.path().into(),
        error: error.into(),
    };
    let connection = connection::writer(directory, sync)?;
    let mut salvaged = Salvaged {
        moved_to: aside.moved_to.clone(),
        error: aside.error.clone(),
        ..Salvaged::default()
    };
    let mut rest = None;
    if let Ok(source) = Source::open(&aside.moved_to) {
        let offset = Offset::default();
        let mut go_on = |_| ControlFlow::Continue(());
        let copied = essentials::copy(&source, &connection, offset, &mut salvaged, &mut go_on);
        let _: ControlFlow<()> = copied.map_err(failed)?;
        rest = Some(Rest::new(source, offset, salvaged.clone(), true));
    } else {
        (salvaged.gaps, salvaged.complete) = (1, true);
    }
    drop(fs::remove_file(directory.file(MARK)));
    Ok(Replaced {
        connection,
        salvaged,
        rest,
    })
}
