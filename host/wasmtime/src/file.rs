//! Files that somebody names, read within a bound.
//!
//! What is opened may be anything: a device that never ends, a pipe that nobody writes
//! to. Opening never waits, and no more than the bound is ever in memory.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// Bytes of a configuration.
pub const CONFIGURATION: usize = 16 << 20;
/// Bytes of a catalogue.
pub const CATALOGUE: usize = 16 << 20;
/// Bytes of a component.
pub const COMPONENT: usize = 64 << 20;
/// Bytes of a file of CA certificates.
pub const CERTIFICATES: usize = 16 << 20;
/// Bytes of a token, a key or a secret.
pub const SECRET: usize = 64 << 10;

/// A file of so many bytes is read without a copy being left behind by growing.
const AT_ONCE: usize = SECRET;

/// What may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Regular files.
    File,
    /// Regular files, and pipes that this process was given: `/dev/stdin`, or
    /// `/dev/fd/N` as shells write it for `<(command)`.
    FileOrPipe,
}

/// Reads a file of at most `most` bytes. A pipe is read to its end, or to the bound.
///
/// # Errors
/// If it cannot be opened, is something else, or has more bytes. The error does not name
/// the file.
pub fn read(path: &Path, most: usize, kind: Kind) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let metadata = file.metadata()?;
    if !(metadata.is_file() || kind == Kind::FileOrPipe && is_given_pipe(path, &metadata)) {
        return Err(io::Error::other(format!(
            "it is {}, not a regular file",
            what(&metadata)
        )));
    }
    let too_long = || io::Error::other(format!("it is longer than {}", size(most)));
    let stated = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    if stated > most {
        return Err(too_long());
    }
    let expected = if most <= AT_ONCE { most } else { stated };
    let mut bytes = Vec::with_capacity(expected.saturating_add(1));
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    Patient(file).take(limit).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        return Err(too_long());
    }
    Ok(bytes)
}

/// Reads a file as [`read`] does, and takes it for UTF-8.
///
/// # Errors
/// As [`read`], and if it is not UTF-8.
pub fn read_text(path: &Path, most: usize, kind: Kind) -> io::Result<String> {
    String::from_utf8(read(path, most, kind)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        // What is in it may be a secret.
        drop(zeroize::Zeroizing::new(error.into_bytes()));
        io::Error::other(format!("it is not UTF-8, after {at} bytes"))
    })
}

fn size(bytes: usize) -> String {
    if bytes.is_multiple_of(1 << 20) {
        format!("{} MiB", bytes >> 20)
    } else {
        format!("{} KiB", bytes >> 10)
    }
}

/// A file that is read as it comes: what is not there yet is waited for.
#[derive(Debug)]
pub struct Patient<F>(pub F);

#[cfg(unix)]
impl<F: std::os::fd::AsFd> Read for Patient<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use rustix::event::{PollFd, PollFlags, poll};
        use rustix::io::Errno;
        loop {
            match rustix::io::read(&self.0, &mut *buffer) {
                // Whoever shares the pipe may have made it so.
                Err(Errno::AGAIN) => {
                    let mut waited = [PollFd::new(&self.0, PollFlags::IN)];
                    match poll(&mut waited, None) {
                        Ok(_) | Err(Errno::INTR) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                Err(Errno::INTR) => {}
                read => return Ok(read?),
            }
        }
    }
}

#[cfg(not(unix))]
impl<F: Read> Read for Patient<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    // A FIFO without a writer would be waited for, and a terminal become ours.
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    OpenOptions::new()
        .read(true)
        .custom_flags(i32::try_from(flags.bits()).unwrap_or_default())
        .open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

#[cfg(unix)]
fn is_given_pipe(path: &Path, metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    // A FIFO in the file system has no writer yet, perhaps, and looks empty then.
    let given = ["/dev/fd", "/dev/stdin", "/proc/self/fd"];
    metadata.file_type().is_fifo() && given.iter().any(|given| path.starts_with(given))
}

#[cfg(not(unix))]
fn is_given_pipe(_: &Path, _: &std::fs::Metadata) -> bool {
    false
}

#[cfg(unix)]
fn what(metadata: &std::fs::Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a FIFO"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn what(metadata: &std::fs::Metadata) -> &'static str {
    if metadata.is_dir() {
        "a folder"
    } else {
        "something else"
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn said(path: &Path, most: usize) -> String {
        read(path, most, Kind::FileOrPipe).unwrap_err().to_string()
    }

    #[test]
    fn a_file_is_read_to_its_bound_and_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, [b'x'; 2048]).unwrap();
        assert_eq!(read(&path, 2048, Kind::File).unwrap().len(), 2048);
        assert_eq!(said(&path, 1024), "it is longer than 1 KiB");
        // Nothing of three gigabytes is read, or there would be no room for it.
        File::create(&path).unwrap().set_len(3 << 30).unwrap();
        assert_eq!(said(&path, CONFIGURATION), "it is longer than 16 MiB");
        // What says that it has no size is read to the bound as well.
        assert!(
            !read(Path::new("/proc/self/status"), SECRET, Kind::File)
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn what_is_no_file_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(said(folder.path(), 9), "it is a folder, not a regular file");
        for device in ["/dev/zero", "/dev/full", "/dev/null"] {
            assert_eq!(
                said(Path::new(device), 9),
                "it is a device, not a regular file"
            );
        }
        let fifo = folder.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(made.unwrap().success());
        assert_eq!(said(&fifo, 9), "it is a FIFO, not a regular file");
    }

    #[test]
    fn a_pipe_that_was_given_is_read_to_its_end() {
        use std::io::Write;
        use std::os::fd::AsRawFd;
        let given = |bytes: &'static [u8], most, kind| {
            let (reader, mut writer) = io::pipe().unwrap();
            let path = format!("/dev/fd/{}", reader.as_raw_fd());
            let writing = std::thread::spawn(move || {
                // Whoever reads waits by then, as like as not.
                std::thread::sleep(std::time::Duration::from_millis(20));
                let _ = writer.write_all(bytes);
            });
            let read = read(Path::new(&path), most, kind).map_err(|error| error.to_string());
            writing.join().unwrap();
            read
        };
        assert_eq!(given(b"hello", 9, Kind::FileOrPipe), Ok(b"hello".to_vec()));
        let refused = given(b"hello", 9, Kind::File).unwrap_err();
        assert!(refused.contains("a FIFO"), "{refused}");
        let refused = given(&[b'x'; 2000], 1024, Kind::FileOrPipe).unwrap_err();
        assert!(refused.contains("longer than 1 KiB"), "{refused}");
    }
}
