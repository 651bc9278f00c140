//! Why something does not fit into the capacity.

use std::sync::Arc;

/// Why there is no capacity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueueFull {
    /// In the whole of it.
    #[error("the queue is full: {0} deliveries are waiting")]
    Everywhere(usize),
    /// In the part of the endpoint.
    #[error("the queue for {endpoint} is full: {deliveries} deliveries are waiting")]
    At {
        /// Its origin.
        endpoint: Arc<str>,
        /// That wait for it.
        deliveries: usize,
    },
}

impl From<lifecycle::QueueFull<Arc<str>>> for QueueFull {
    fn from(full: lifecycle::QueueFull<Arc<str>>) -> Self {
        match full {
            lifecycle::QueueFull::Everywhere { deliveries } => Self::Everywhere(deliveries),
            lifecycle::QueueFull::At {
                endpoint,
                deliveries,
            } => Self::At {
                endpoint,
                deliveries,
            },
        }
    }
}
