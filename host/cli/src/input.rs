//! Files that a person names, or standard input.

use servo_webhooks::__internal::file::{self, Kind, Patient};
use std::io::{self, Read};
use std::path::Path;

/// Whether a path means standard input.
pub fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

/// Reads a file, a pipe of the shell, or standard input for `-`: at most `most` bytes.
///
/// # Errors
/// As [`file::read`]. The error does not name the file.
pub fn read(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    if !is_standard(path) {
        return file::read(path, most, Kind::FileOrPipe);
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    Patient(io::stdin()).take(limit).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        return Err(io::Error::other(format!("it is longer than {most} bytes")));
    }
    Ok(bytes)
}

/// Reads it as text.
///
/// # Errors
/// As [`read`], and if it is not UTF-8.
pub fn read_text(path: &Path, most: usize) -> io::Result<String> {
    String::from_utf8(read(path, most)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        // What is in it may be a secret.
        drop(zeroize::Zeroizing::new(error.into_bytes()));
        io::Error::other(format!("it is not UTF-8, after {at} bytes"))
    })
}

/// How a path is shown.
pub fn label(path: &Path) -> String {
    if is_standard(path) {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}
