//! The first page of a database, which says what else there is.

use crate::disk::{connection, directory::private, schema};
use rusqlite::{Connection, Error, ffi};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Where a head says how many pages there are, and of how many its number was when it said so.
const PAGES: u64 = 28;

/// Copies a file, with the first page of an empty store.
pub fn replace(file: &Path, copy: &Path) -> Result<(), Error> {
    let broken = |error: io::Error| {
        let code = ffi::Error::new(ffi::SQLITE_CANTOPEN);
        Error::SqliteFailure(code, Some(error.to_string()))
    };
    let page = first_page(&copy.with_extension("empty"))?;
    write(file, copy, &page).map_err(broken)
}

fn first_page(scratch: &Path) -> Result<Vec<u8>, Error> {
    let made = Connection::open(scratch).and_then(|empty| {
        connection::shape(&empty)?;
        schema::migrate(&empty, 0)?;
        empty.close().map_err(|(_, error)| error)
    });
    let page = fs::read(scratch).map(|mut bytes| {
        bytes.truncate(connection::PAGE as usize);
        bytes
    });
    for suffix in ["", "-wal", "-shm"] {
        let mut name = scratch.as_os_str().to_owned();
        name.push(suffix);
        drop(fs::remove_file(name));
    }
    made.map(|()| page.unwrap_or_default())
}

fn write(file: &Path, copy: &Path, page: &[u8]) -> io::Result<()> {
    let mut from = File::open(file)?;
    let mut to = private().create(true).truncate(true).open(copy)?;
    let pages = from.metadata()?.len() / page.len().max(1) as u64;
    to.write_all(page)?;
    from.seek(SeekFrom::Start(page.len() as u64))?;
    io::copy(&mut from.take(u64::MAX), &mut to)?;
    to.seek(SeekFrom::Start(PAGES))?;
    // The list of free pages is not that of this file: none is free.
    to.write_all(&u32::try_from(pages).unwrap_or(u32::MAX).to_be_bytes())?;
    to.write_all(&[0; 8])
}
