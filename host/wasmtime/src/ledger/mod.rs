//! Writes down in a store what becomes of deliveries and decisions, if there is a store.
//!
//! Nothing here waits for the disk but [`Receipt::written`]: the store writes by a thread of its
//! own, in the order in which it is told.

#[cfg(feature = "store")]
mod attempts;
#[cfg(feature = "store")]
mod backlog;
#[cfg(feature = "store")]
mod body;
#[cfg(feature = "store")]
mod closing;
#[cfg(feature = "store")]
mod decisions;
pub(crate) mod entry;
#[cfg(not(feature = "store"))]
mod feature_off;
#[cfg(feature = "store")]
mod health;
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
mod store_status;
#[cfg(feature = "store")]
mod stored;

#[cfg(not(feature = "store"))]
pub(crate) use feature_off::{Ledger, Receipt};
#[cfg(feature = "store")]
pub use {
    health::{Salvage, StoreHealth},
    options::{StoreOptions, SyncMode},
};
#[cfg(feature = "store")]
pub(crate) use {
    receipt::Receipt,
    servo_webhooks_store::{OpenError as StoreOpenError, Stored, StoredBody},
    spill::Cursor,
    stored::Ledger,
};
