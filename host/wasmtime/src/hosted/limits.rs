//! What a service may use: all its limits in one table.

use std::time::Duration;

/// Bytes that a guest may hand over in one call of the host, about: more than a set of
/// headers, the longest URL or a chunk of a body.
pub(super) const TRANSFER: usize = 256 << 10;

/// Requests, bodies, streams and the like that an instance may have at a time. A request
/// that waits for its answer has six: enough for hundreds.
pub(super) const RESOURCES: usize = 4096;

/// Handles of all kinds, those of resources of a guest's own among them.
pub(super) const HANDLES: usize = 2 * RESOURCES;

/// Bytes that this process keeps for each resource, whatever it is, about.
pub(super) const ENTRY: usize = 512;

/// The same for each header that there is room for, beside name and value.
pub(super) const FIELD: usize = 128;

/// Bytes that one call can add to what is kept for a guest, at the most: what it hands
/// over, a set of headers that had been shared, and a new resource.
pub(super) const GROWTH: usize = TRANSFER + 8 * FIELDS;

/// Bytes of an entry of a table in a guest's modules.
pub(super) const TABLE_ENTRY: usize = 16;

/// Bytes of one set of headers, as the host holds it.
pub(super) const FIELDS: usize = 32 << 10;

/// Random bytes that may be asked for at once.
pub(super) const RANDOM: u64 = 64 << 10;

/// Bytes that the host takes of a body at a time.
pub(super) const CHUNK: usize = 16 << 10;

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
    /// Bytes of one: its own memory, and whatever is kept for it here.
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
