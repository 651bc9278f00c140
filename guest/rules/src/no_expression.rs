//! In place of expressions, in a connector that is built without them.

use crate::notification::Event;
use crate::shape::Shape;

/// What the expressions of a shape make of an event.
#[allow(dead_code, reason = "nothing is decided here")]
pub enum Evaluation {
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
pub fn decide(_: &Shape, _: &Event) -> Result<Evaluation, String> {
    Err("this connector is built without expressions".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_refused_with_what_to_do() {
        let faults = faults(".");
        assert!(
            faults.len() == 1 && faults[0].contains("load the complete one"),
            "{faults:?}"
        );
    }

    /// Of a configuration that another connector read.
    #[test]
    fn an_event_is_refused_where_an_expression_would_decide() {
        let event = Event {
            name: "before:adjust".to_owned(),
            id: "e".to_owned(),
            created: "2026-11-23T11:23:42+00:00".to_owned(),
            parameters: "{}".to_owned(),
            results: None,
        };
        let shape = Shape {
            when: ".".to_owned(),
            ..Shape::default()
        };
        assert!(decide(&shape, &event).is_err_and(|why| why.contains("without expressions")));
    }
}
