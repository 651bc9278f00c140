//! One process owns a store, and others learn which.

use crate::disk::directory::{Directory, io_error, private};
use crate::disk::utc::utc;
use crate::error::OpenError;
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::thread;
use std::time::Duration;

/// Whoever looks who has a store holds the lock for a moment: it is tried again so often, and
/// so soon.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(5);

/// The process that has a store, as it wrote it down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its number.
    pub pid: String,
    /// When it opened the store.
    pub since: String,
}

/// Held for as long as the store is open. The system gives it up with the process, however
/// that ends; the file stays.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes it at once or not at all.
    ///
    /// # Errors
    /// The process that has it.
    pub fn take(directory: &Directory, now: i64) -> Result<Self, OpenError> {
        let path = directory.file("lock");
        let failed = |error| io_error(&path, error);
        let mut file = private()
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        let mut tries = 1;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if tries < TRIES => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => return Err(in_use(directory, &mut file)),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            tries += 1;
        }
        // What is said here is for people: a full disk must not keep the store from opening.
        let said = format!("{}\n{}\n", std::process::id(), utc(now));
        drop(file.set_len(0).and_then(|()| file.rewind()));
        drop(file.write_all(said.as_bytes()));
        Ok(Self { _file: file })
    }

    /// Who has it, without taking it.
    pub fn look(directory: &Directory) -> io::Result<Option<Owner>> {
        let mut file = match File::open(directory.file("lock")) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(Some(said(&mut file))),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// What the process that has it wrote down.
fn said(file: &mut File) -> Owner {
    let mut said = String::new();
    drop(file.read_to_string(&mut said));
    let mut lines = said.lines().map(str::to_owned);
    let mut next = || lines.next().unwrap_or_else(|| "unknown".into());
    Owner {
        pid: next(),
        since: next(),
    }
}

fn in_use(directory: &Directory, file: &mut File) -> OpenError {
    let Owner { pid, since } = said(file);
    OpenError::InUse {
        directory: directory.path().into(),
        pid,
        since,
    }
}
