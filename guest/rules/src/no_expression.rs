//! In place of expressions, in a connector that is built without them.

use crate::occasion::Event;
use crate::shape::Shape;

/// What the expressions of a shape make of an event.
#[allow(dead_code, reason = "nothing is decided here")]
pub enum Decision {
    /// It fires.
    Fires {
        /// If the shape has one.
        payload: Option<String>,
        /// To be logged: a condition that failed, and was taken as true.
        warning: Option<String>,
    },
    /// The condition does not hold, and why.
    Skips(String),
}

/// There are no expressions here.
pub fn faults(_: &str) -> Vec<String> {
    vec!["this connector is built without expressions; load the complete one".to_owned()]
}

/// There are no expressions here.
///
/// # Errors
/// Always.
pub fn decide(_: &Shape, _: &Event) -> Result<Decision, String> {
    Err("this connector is built without expressions".to_owned())
}
