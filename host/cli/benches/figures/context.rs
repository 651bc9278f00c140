//! What every group is given.

use std::path::{Path, PathBuf};

/// What every group is given.
#[derive(Debug)]
pub struct Context {
    /// How often each thing is measured, in turn with what it is compared with.
    pub rounds: usize,
    /// The Python that has httpx.
    pub python: PathBuf,
    folder: PathBuf,
}

impl Context {
    /// With a folder that is there.
    pub fn new(rounds: usize, python: PathBuf, folder: &Path) -> Self {
        Self {
            rounds,
            python,
            folder: folder.to_owned(),
        }
    }

    /// An empty folder.
    pub fn folder(&self, name: &str) -> PathBuf {
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// Calls `measure` once for each round, and keeps what it returns apart.
    pub fn rounds<const N: usize>(&self, mut measure: impl FnMut() -> [f64; N]) -> [Vec<f64>; N] {
        let mut columns = [const { Vec::new() }; N];
        for _ in 0..self.rounds {
            for (column, value) in columns.iter_mut().zip(measure()) {
                column.push(value);
            }
        }
        columns
    }
}

/// What to say where nginx is not there.
pub const NO_NGINX: &str = "nginx is not there (apt-get install nginx-light)";
