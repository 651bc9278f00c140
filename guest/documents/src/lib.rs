//! What servo webhooks read and describe before anything is delivered: what a
//! configuration means, the schemas of bodies, and plausible events.
//!
//! Pure functions over plain data, as the crate `rules` has them. They are a crate of their
//! own because they run once in a while: compiled for size, they make the component a
//! tenth smaller, and what runs for every delivery stays quick.

pub mod config;
mod embedded_json;
pub mod sample;
pub mod schema;
