//! On what kind of a file system a directory is.

use std::path::Path;

/// Those that are shared by machines, or run by a program of which nothing is known, by the
/// number of `statfs`; from `linux/magic.h`. SQLite's log needs memory that all processes
/// share and locks that hold.
const NETWORK: [(u64, &str); 14] = [
    (0x6969, "NFS"),
    (0x517B, "SMB"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB2"),
    (0x0102_1997, "9p"),
    (0x6573_5546, "FUSE"),
    (0x00C3_6400, "Ceph"),
    (0x0BD0_0BD0, "Lustre"),
    (0x5346_414F, "AFS"),
    (0x7461_636F, "OCFS2"),
    (0x0116_1970, "GFS2"),
    (0x4750_4653, "GPFS"),
    (0x6B41_4653, "AFS"),
    (0x7375_7245, "Coda"),
];

/// Its name, if a store must not be there.
pub fn network(kind: u64) -> Option<&'static str> {
    // Some are signed, and 32 bits wide.
    let kind = kind & 0xFFFF_FFFF;
    let known = NETWORK.iter().find(|(number, _)| *number == kind);
    known.map(|(_, name)| *name)
}

/// Of the file system that a directory is on, if that can be told.
#[cfg(target_os = "linux")]
pub fn kind(directory: &Path) -> Option<u64> {
    let found = rustix::fs::statfs(directory).ok()?;
    Some(found.f_type as u64)
}

/// Elsewhere it cannot be told.
#[cfg(not(target_os = "linux"))]
pub fn kind(_: &Path) -> Option<u64> {
    None
}

/// Bytes that may still be written there.
pub fn available(directory: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(directory).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}
