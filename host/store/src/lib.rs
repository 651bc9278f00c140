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
mod decision;
mod delivery;
mod editor;
mod error;
mod filter;
mod health;
mod notice;
mod options;
mod progress;
mod reader;
mod record;
mod store;
mod ticket;

pub use body::{Body, StoredBody};
pub use decision::{Answer, Decision};
pub use delivery::{AttemptEnd, NewDelivery, Settlement, State, Stored, Wait};
pub use editor::{Editor, Forgotten, Replay, Replayed};
pub use error::{OpenError, Refused, StoreError};
pub use filter::{DecisionFilter, DeliveryFilter};
pub use health::{StoreHealth, Trouble};
pub use notice::{Notice, Salvaged};
pub use options::{StoreOptions, SyncMode};
pub use progress::{Progress, Watch};
pub use reader::{CheckReport, Follow, Reader, Stats, WebhookStats};
pub use record::{AnswerRecord, AttemptRecord, DecisionRecord, DeliveryRecord, Details};
pub use store::{Opened, Store, Waiting};
pub use ticket::Ticket;
pub use uuid::Uuid;
