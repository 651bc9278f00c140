//! What the page shows, a file for each view.

pub mod configuration;
pub mod confirm;
pub mod decision;
pub mod decisions;
pub mod deliveries;
pub mod delivery;
pub mod explain;
mod filter_form;
pub mod overview;
mod standing;
pub mod webhook;
