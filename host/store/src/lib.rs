//! Keeps deliveries and decisions on disk, so that nothing accepted is lost.
//!
//! A [`Store`] is a directory with one SQLite database. One process owns it and writes it, by
//! one thread, which commits together what came while its last commit ran. Whoever wants to
//! know opens a [`Reader`] beside it; an [`Editor`] replays and forgets. Nothing here knows of
//! HTTP, and nothing looks at the clock: times are milliseconds since 1970, given by the
//! caller.
//!
//! | what | who | blocks |
//! |---|---|---|
//! | [`Store::accept`], [`Store::settled`] and the like | the process that delivers | never |
//! | [`Ticket`] | tells when something accepted is on disk | only [`Ticket::wait`] |
//! | [`Store::page`], [`Store::waiting_webhooks`] | the process that delivers, to load | on reads |
//! | [`Reader`], [`Editor`] | any process | on reads and writes |

mod body;
mod closing;
mod decision;
mod delivery;
mod disk;
mod edit;
mod error;
mod filter;
mod health;
mod notice;
mod opened;
mod options;
mod owner;
mod progress;
mod read;
mod record;
mod salvage;
mod salvaged;
mod store;
mod ticket;
mod waiting;
mod write;

pub use body::{Body, StoredBody};
pub use decision::{Answer, Decision};
pub use delivery::{AttemptEnd, DeliveryEnd, NewDelivery, State, Stored, Trace, Wait};
pub use disk::lock::Owner;
pub use disk::pages::{Backlog, Waiting};
pub use edit::compact::Compacted;
pub use edit::editor::Editor;
pub use edit::replay::{Replay, Replayed};
pub use error::{OpenError, Refused, StoreError};
pub use filter::{DecisionFilter, DeliveryFilter};
pub use health::{StoreHealth, Trouble};
pub use notice::Notice;
pub use opened::Opened;
pub use options::{StoreOptions, SyncMode};
pub use owner::owner;
pub use progress::{Progress, Watch};
pub use read::check::CheckReport;
pub use read::follow::Follow;
pub use read::reader::Reader;
pub use read::stats::{Stats, WebhookStats};
pub use record::{AnswerRecord, AttemptRecord, DecisionRecord, DeliveryRecord, Details};
pub use salvaged::Salvaged;
pub use store::Store;
pub use ticket::Ticket;
pub use uuid::Uuid;
