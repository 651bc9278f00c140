//! The capacity that is taken of what may wait, counted apart.

use lifecycle::{Capacity, QueueFull};
use std::collections::HashMap;

#[derive(Debug, Default)]
pub struct Bounds {
    /// Deliveries and bytes at each endpoint.
    endpoints: HashMap<usize, (usize, usize)>,
    /// In all.
    bytes: usize,
}

impl Bounds {
    /// Capacity was asked for, for a delivery; `part` of it belongs to its endpoint.
    pub fn entered(
        &mut self,
        endpoint: usize,
        bytes: usize,
        answer: &Result<(), QueueFull<usize>>,
        (most, part): ((usize, usize), (usize, usize)),
    ) {
        let all: usize = self.endpoints.values().map(|room| room.0).sum();
        let (deliveries, held) = self.endpoints.entry(endpoint).or_default();
        let fits_all = all < most.0;
        let fits_part = *deliveries < part.0 && (*held == 0 || *held + bytes <= part.1);
        match answer {
            Ok(()) => {
                assert!(fits_all && fits_part, "more than may wait");
                *deliveries += 1;
                *held += bytes;
            }
            Err(QueueFull::Everywhere { deliveries }) => {
                assert!(!fits_all && *deliveries == all, "rejected for no reason");
            }
            Err(QueueFull::At { .. }) => assert!(!fits_part, "rejected for no reason"),
        }
    }

    pub fn left(&mut self, endpoint: usize, bytes: usize) {
        let room = self.endpoints.get_mut(&endpoint).expect("left twice");
        (room.0, room.1) = (room.0 - 1, room.1 - bytes);
    }

    pub fn held(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    pub fn freed(&mut self, bytes: usize) {
        self.bytes -= bytes;
    }

    pub fn check(&self, capacity: &Capacity<usize>) {
        let deliveries: usize = self.endpoints.values().map(|room| room.0).sum();
        assert_eq!(
            capacity.deliveries(),
            deliveries,
            "the room does not add up"
        );
        assert_eq!(capacity.bytes(), self.bytes, "the bytes do not add up");
    }
}
