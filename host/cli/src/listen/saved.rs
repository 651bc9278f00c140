//! Requests in files of their own, as they came: what `verify` reads.

use super::record::Request;
use anyhow::Context;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Characters of an event in a file's name.
const LONGEST: usize = 64;

/// A directory that requests are saved in.
pub struct Directory(PathBuf);

impl Directory {
    /// Makes the directory if there is none. Whatever it holds stays.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        create(path).with_context(|| format!("--save {}", path.display()))?;
        Ok(Self(path.to_owned()))
    }

    /// Saves a request; gives the file. `number` counts them, for those of the same moment.
    pub async fn save(&self, request: Arc<Request>, number: usize) -> Result<PathBuf, String> {
        let path = self.0.join(name(&request, number));
        let written = tokio::task::spawn_blocking(move || write(&path, &request));
        written
            .await
            .map_err(|error| error.to_string())?
            .map_err(|error| error.to_string())
    }
}

/// In the order of time, and of numbers.
fn name(request: &Request, number: usize) -> String {
    let time = request.time.strftime("%Y%m%dT%H%M%S.%3fZ");
    let safe = |char: char| {
        if char.is_ascii_alphanumeric() || ['.', '-'].contains(&char) {
            char
        } else {
            '_'
        }
    };
    let event: String = request.name().chars().map(safe).take(LONGEST).collect();
    format!("{time}-{:06}-{event}.http", number + 1)
}

fn write(path: &Path, request: &Request) -> io::Result<PathBuf> {
    let written = create_new(path).and_then(|file| {
        let mut file = BufWriter::new(file);
        write_request(&mut file, request)?;
        file.flush()
    });
    match written {
        Ok(()) => Ok(path.to_owned()),
        Err(error) => {
            // Half a request would be taken for one that was changed.
            if error.kind() != io::ErrorKind::AlreadyExists {
                let _ = fs::remove_file(path);
            }
            let said = format!("{}: {error}", path.display());
            Err(io::Error::new(error.kind(), said))
        }
    }
}

fn write_request(file: &mut impl Write, request: &Request) -> io::Result<()> {
    let parts = &request.parts;
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    write!(file, "{} {path} {:?}\r\n", parts.method, parts.version)?;
    for (name, value) in &parts.headers {
        write!(file, "{name}: ")?;
        file.write_all(value.as_bytes())?;
        file.write_all(b"\r\n")?;
    }
    file.write_all(b"\r\n")?;
    file.write_all(&request.body)
}

/// A request may hold credentials: nobody else reads it.
#[cfg(unix)]
fn create_new(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create_new(path: &Path) -> io::Result<File> {
    File::create_new(path)
}

#[cfg(unix)]
fn create(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}
