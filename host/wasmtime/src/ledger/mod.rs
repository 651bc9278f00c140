//! Writes down in a store what becomes of deliveries and decisions, if there is a store.
//!
//! Nothing here waits for the disk but [`Receipt::written`]: the store writes by a thread of its
//! own, in the order in which it is told.

#[cfg(not(feature = "store"))]
mod absent;
#[cfg(feature = "store")]
mod body;
#[cfg(feature = "store")]
mod decisions;
pub mod entry;
#[cfg(feature = "store")]
mod loading;
#[cfg(feature = "store")]
mod options;
#[cfg(feature = "store")]
mod receipt;
#[cfg(feature = "store")]
mod shared;
#[cfg(feature = "store")]
mod spill;
#[cfg(feature = "store")]
mod stored;

#[cfg(not(feature = "store"))]
pub use absent::{Ledger, Receipt};
#[cfg(feature = "store")]
pub use {
    options::StoreOptions,
    receipt::Receipt,
    servo_webhooks_store::{
        OpenError as StoreOpenError, StoreHealth, Stored, StoredBody, SyncMode,
    },
    spill::Cursor,
    stored::Ledger,
};
