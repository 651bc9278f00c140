//! Space that is kept for what must be written when the disk is full.

use crate::disk::directory::{Directory, private};
use crate::disk::file_system::available;
use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;
use std::fs::{self, File};
use std::io::{self, Write};

/// How much is kept.
pub const RESERVE: u64 = 8 << 20;

/// What has to be free beside it, before anything is accepted again.
const MARGIN: u64 = 1 << 20;

const NAME: &str = "reserve";

/// Takes the space, unless it is taken.
///
/// # Errors
/// If there is no room.
pub fn take(directory: &Directory) -> io::Result<()> {
    let path = directory.file(NAME);
    if fs::metadata(&path).is_ok_and(|found| found.len() >= RESERVE) {
        return room(directory, MARGIN);
    }
    room(directory, RESERVE + MARGIN)?;
    let file = private().create(true).truncate(true).open(&path)?;
    let taken = fill(&file).and_then(|()| file.sync_all());
    if taken.is_err() {
        give_up(directory);
    }
    taken
}

/// Gives the space up, and says whether there was any.
pub fn give_up(directory: &Directory) -> bool {
    fs::remove_file(directory.file(NAME)).is_ok()
}

fn room(directory: &Directory, bytes: u64) -> io::Result<()> {
    match available(directory.path()) {
        Some(free) if free < bytes => Err(io::ErrorKind::StorageFull.into()),
        _ => Ok(()),
    }
}

fn fill(file: &File) -> io::Result<()> {
    match fallocate(file, FallocateFlags::empty(), 0, RESERVE) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => {
            let (mut file, zeros) = (file, [0; 1 << 16]);
            (0..RESERVE / (1 << 16)).try_for_each(|_| file.write_all(&zeros))
        }
        other => Ok(other?),
    }
}
