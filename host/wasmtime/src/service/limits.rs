//! What a service may use: all its limits in one table.

use std::time::Duration;

/// Bytes that may cross the boundary in one call of the host, about.
pub(super) const TRANSFER: usize = 16 << 20;

/// Requests, bodies, streams and the like that an instance may have at a time. A request
/// that waits for its answer has six: enough for hundreds.
pub(super) const RESOURCES: usize = 4096;

/// Bytes of one set of headers, as the host holds it.
pub(super) const FIELDS: usize = 32 << 10;

/// Random bytes that may be asked for at once.
pub(super) const RANDOM: u64 = 64 << 10;

/// Bytes that the host takes of a body at a time.
pub(super) const CHUNK: usize = 64 << 10;

/// Requests of all instances that wait for their answers.
pub(super) const REQUESTS: usize = 1024;

/// Bytes of their bodies.
pub(super) const BODIES: usize = 64 << 20;

/// Bytes of an answer's body that an instance can read.
pub(super) const ANSWER: usize = 1 << 20;

/// More instances than any machine has room for.
pub(super) const MOST_INSTANCES: usize = 1 << 20;

/// Time that an instance may compute before others have their turn.
pub(super) const SLICE: Duration = Duration::from_millis(10);

/// Bytes of one line on standard output: a publication with a body of 64 KiB, escaped.
pub(super) const LINE: usize = 1 << 20;

/// Bytes of all that an instance writes to standard output.
pub(super) const OUTPUT: usize = 64 << 20;

/// Bytes of one line in the log.
pub(super) const LOGGED: usize = 1 << 10;

/// Lines in the log, of one instance and of all in a second.
pub(super) const LINES: (u32, u32) = (100, 100);

/// What the instances of a service may use.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Instances at a time: each answers one request, and ends when its work is done.
    pub instances: usize,
    /// Bytes of memory of one.
    pub memory: usize,
    /// Time that one may compute.
    pub processor: Duration,
    /// Time that one may live, whatever it waits for.
    pub life: Duration,
    /// Bytes of a body that one sends.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            instances: 128,
            memory: 64 << 20,
            processor: Duration::from_secs(10),
            life: Duration::from_secs(600),
            body: 4 << 20,
        }
    }
}
