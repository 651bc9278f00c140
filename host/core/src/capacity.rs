//! How much may wait: deliveries that are not settled, and the bytes of their bodies.
//!
//! Every endpoint has an equal part of it and no more, so that one which hangs leaves the
//! others their room: any rule that lends room lets many that hang take nearly all of it.

use std::collections::HashMap;
use std::hash::Hash;

/// Whoever waits for room looks again when so much of it has become free: a sixteenth.
const PIECES: usize = 16;

/// Deliveries, and bytes of bodies. What endpoints share counts for each of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Load {
    deliveries: usize,
    bytes: usize,
}

impl Load {
    /// A body alone always fits, or it would wait for ever.
    const fn has_room_for(self, more: Self, most: Self) -> bool {
        self.deliveries + more.deliveries <= most.deliveries
            && (self.bytes == 0 || self.bytes.saturating_add(more.bytes) <= most.bytes)
    }
}

/// Whether a load that sinks leaves one of the pieces of its bound.
const fn leaves_a_piece(before: usize, after: usize, most: usize) -> bool {
    let piece = if most / PIECES == 0 { 1 } else { most / PIECES };
    before.div_ceil(piece) != after.div_ceil(piece)
}

/// There is no room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueueFull<E> {
    /// In the whole of it.
    Everywhere {
        /// That wait.
        deliveries: usize,
    },
    /// In the part of an endpoint.
    At {
        /// Which.
        endpoint: E,
        /// That wait for it.
        deliveries: usize,
    },
}

/// What an event would take.
#[derive(Clone, Debug)]
pub struct Demand<E> {
    /// Deliveries to each endpoint.
    endpoints: HashMap<E, usize>,
    deliveries: usize,
    bodies: usize,
    bytes: usize,
}

impl<E: Eq + Hash> Demand<E> {
    /// A delivery to each endpoint, one for each time that it is named, with `bodies`
    /// different bodies in all, of `bytes` each.
    pub fn new(endpoints: impl IntoIterator<Item = E>, bodies: usize, bytes: usize) -> Self {
        let mut demand = Self {
            endpoints: HashMap::new(),
            deliveries: 0,
            bodies,
            bytes,
        };
        for endpoint in endpoints {
            *demand.endpoints.entry(endpoint).or_default() += 1;
            demand.deliveries += 1;
        }
        demand
    }
}

/// The bounds, and what is taken of them.
#[derive(Clone, Debug)]
pub struct Capacity<E> {
    most: Load,
    taken: Load,
    /// Of each endpoint with deliveries that wait.
    parts: HashMap<E, Load>,
    /// That share it.
    endpoints: usize,
}

impl<E: Clone + Eq + Hash> Capacity<E> {
    /// For so many deliveries and bytes, shared by so many endpoints.
    #[must_use]
    pub fn new(deliveries: usize, bytes: usize, endpoints: usize) -> Self {
        Self {
            most: Load { deliveries, bytes },
            taken: Load::default(),
            parts: HashMap::new(),
            endpoints,
        }
    }

    /// So many endpoints share it from now on.
    pub const fn divide(&mut self, endpoints: usize) {
        self.endpoints = endpoints;
    }

    /// Deliveries that are not settled.
    #[must_use]
    pub const fn deliveries(&self) -> usize {
        self.taken.deliveries
    }

    /// Bytes of bodies that are held.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.taken.bytes
    }

    /// Deliveries that may wait.
    #[must_use]
    pub const fn max_deliveries(&self) -> usize {
        self.most.deliveries
    }

    /// The part of one endpoint: it fits one delivery at the least.
    fn part(&self) -> Load {
        let of = |most: usize| (most / self.endpoints.max(1)).max(1);
        Load {
            deliveries: of(self.most.deliveries),
            bytes: of(self.most.bytes),
        }
    }

    /// Takes the room of one delivery with a body of so many bytes; `expected`, as many as
    /// were known before it was rendered, decide whether it fits.
    ///
    /// # Errors
    /// If there is no room.
    pub fn enter(
        &mut self,
        endpoint: &E,
        expected: usize,
        bytes: usize,
    ) -> Result<(), QueueFull<E>> {
        let deliveries = self.taken.deliveries;
        if deliveries >= self.most.deliveries {
            return Err(QueueFull::Everywhere { deliveries });
        }
        let most = self.part();
        let part = self.parts.entry(endpoint.clone()).or_default();
        let more = Load {
            deliveries: 1,
            bytes: expected,
        };
        if !part.has_room_for(more, most) {
            return Err(QueueFull::At {
                endpoint: endpoint.clone(),
                deliveries: part.deliveries,
            });
        }
        part.deliveries += 1;
        part.bytes += bytes;
        self.taken.deliveries += 1;
        Ok(())
    }

    /// Gives the room of a delivery back; whether a good piece of it has become free, so
    /// that whoever waits for room should look again.
    pub fn leave(&mut self, endpoint: &E, bytes: usize) -> bool {
        let most = self.part();
        let all = self.taken.deliveries;
        self.taken.deliveries -= 1;
        let mut good = leaves_a_piece(all, all - 1, self.most.deliveries);
        if let Some(part) = self.parts.get_mut(endpoint) {
            let before = *part;
            part.deliveries -= 1;
            part.bytes -= bytes;
            good |= leaves_a_piece(before.deliveries, part.deliveries, most.deliveries)
                || leaves_a_piece(before.bytes, part.bytes, most.bytes);
            if part.deliveries == 0 {
                self.parts.remove(endpoint);
            }
        }
        good
    }

    /// Takes the bytes of one body, which several deliveries may share.
    ///
    /// # Errors
    /// If there is no room for `expected`.
    pub fn hold(&mut self, expected: usize, bytes: usize) -> Result<(), QueueFull<E>> {
        let taken = self.taken;
        if taken.bytes != 0 && taken.bytes.saturating_add(expected) > self.most.bytes {
            let deliveries = taken.deliveries;
            return Err(QueueFull::Everywhere { deliveries });
        }
        self.taken.bytes += bytes;
        Ok(())
    }

    /// Gives the bytes of a body back; as [`Capacity::leave`].
    pub fn free(&mut self, bytes: usize) -> bool {
        let before = self.taken.bytes;
        self.taken.bytes -= bytes;
        leaves_a_piece(before, self.taken.bytes, self.most.bytes)
    }

    /// Whether what an event would take fits, or would never fit better.
    #[must_use]
    pub fn fits(&self, demand: &Demand<E>) -> bool {
        let bytes = demand.bytes;
        let more = Load {
            deliveries: demand.deliveries.min(self.most.deliveries),
            bytes: bytes.saturating_mul(demand.bodies),
        };
        let part = self.part();
        let fits_at = |(endpoint, count): (&E, &usize)| {
            let more = Load {
                deliveries: (*count).min(part.deliveries),
                bytes: bytes.saturating_mul(*count),
            };
            let load = self.parts.get(endpoint);
            load.is_none_or(|load| load.has_room_for(more, part))
        };
        self.taken.deliveries == 0
            || (self.taken.has_room_for(more, self.most) && demand.endpoints.iter().all(fits_at))
    }
}
