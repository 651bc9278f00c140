//! The directory of a store and the names of its files.

use crate::disk::file_system;
use crate::disk::utc;
use crate::error::OpenError;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Of the database, its log, and the memory that processes share.
pub const DATABASE: &str = "store.db";
const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

/// The directory of a store.
#[derive(Clone, Debug)]
pub struct Directory {
    path: PathBuf,
}

impl Directory {
    /// Makes it if it is not there, for its owner alone.
    ///
    /// # Errors
    /// If it cannot be made, or is on a network file system.
    pub fn create(path: &Path, kind: Option<u64>) -> Result<Self, OpenError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|error| io_error(path, error))?;
        let found = Self { path: path.into() };
        found.refuse_network(kind)?;
        // So that its own name survives a loss of power, where that may be asked for.
        if let Some(parent) = path.parent().filter(|parent| *parent != Path::new("")) {
            drop(File::open(parent).and_then(|parent| parent.sync_all()));
        }
        Ok(found)
    }

    /// One that has a store in it.
    ///
    /// # Errors
    /// If there is none, or it is on a network file system.
    pub fn existing(path: &Path) -> Result<Self, OpenError> {
        let found = Self { path: path.into() };
        if let Err(error) = fs::symlink_metadata(found.database()) {
            return Err(match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => OpenError::Missing {
                    directory: path.into(),
                },
                _ => io_error(path, error),
            });
        }
        found.refuse_network(None)?;
        Ok(found)
    }

    fn refuse_network(&self, kind: Option<u64>) -> Result<(), OpenError> {
        let kind = kind.or_else(|| file_system::kind(&self.path));
        match kind.and_then(file_system::network) {
            Some(kind) => Err(OpenError::NetworkFileSystem {
                directory: self.path.clone(),
                kind,
            }),
            None => Ok(()),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.file(DATABASE)
    }

    /// Which file the database is now; none if there is none.
    pub fn identity(&self) -> Option<(u64, u64)> {
        let found = fs::metadata(self.database()).ok()?;
        Some((found.dev(), found.ino()))
    }

    /// Makes the database for its owner alone, empty; SQLite gives its other files the same
    /// mode.
    pub fn create_database(&self) -> io::Result<()> {
        let made = private().create_new(true).open(self.database());
        match made {
            Ok(_) => self.sync(),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A name for a corrupt database, with the time in it.
    pub fn name_aside(&self, now: i64) -> String {
        let stem = format!("store-corrupt-{}", utc::compact(now));
        let mut name = format!("{stem}.db");
        for number in 2.. {
            if !self.file(&name).exists() {
                break;
            }
            name = format!("{stem}-{number}.db");
        }
        name
    }

    /// Moves the database aside, with its log.
    pub fn move_aside(&self, name: &str) -> io::Result<()> {
        for suffix in SUFFIXES {
            let from = self.file(&format!("{DATABASE}{suffix}"));
            match fs::rename(from, self.file(&format!("{name}{suffix}"))) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        self.sync()
    }

    /// So that names of files survive a loss of power.
    pub fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

/// For a file that its owner alone may read.
pub fn private() -> OpenOptions {
    let mut options = File::options();
    options.read(true).write(true).mode(0o600);
    options
}

/// What could not be opened, and why.
pub fn io_error(path: &Path, error: io::Error) -> OpenError {
    OpenError::Io {
        path: path.into(),
        error,
    }
}
