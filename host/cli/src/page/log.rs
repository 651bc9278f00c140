//! Who did what: as loud as a reload, since it changes what is delivered.

use super::visitor::Visitor;

/// A webhook was paused or resumed.
pub fn switched(visitor: &Visitor, action: &str, webhook: &str) {
    let who = &visitor.name;
    tracing::warn!(who, webhook, "page: {action}");
}

/// Deliveries were replayed or forgotten; how many, where it is known.
pub fn changed(visitor: &Visitor, action: &str, what: &str, deliveries: Option<u64>) {
    let who = &visitor.name;
    match deliveries {
        Some(deliveries) => tracing::warn!(who, deliveries, what, "page: {action}"),
        None => tracing::warn!(who, what, "page: {action}, stopped before the end"),
    }
}
