//! Conditions and payloads: jq expressions over an event.

use crate::notification::Event;
use crate::sanitize::sanitize;
use crate::shape::Shape;
use expressions::{Expression, Fault, Val, excerpt, object, read, text, write};
pub use expressions::{Read, Step, reads};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// How many compiled expressions an instance keeps.
const KEPT: usize = 256;

/// What is said of an expression without an output.
const NOTHING: &str = "gave nothing";

thread_local! {
    // Compiling takes a hundred times as long as running: an instance that is kept warm
    // compiles an expression once. What is kept depends on its text alone, so that no
    // event can leave anything behind for another.
    static COMPILED: RefCell<HashMap<String, Rc<Expression>>> = RefCell::default();
}

/// What the expressions of a shape make of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// What is wrong with an expression; each says where, what and what to do.
pub fn faults(expression: &str) -> Vec<String> {
    match Expression::compile(expression) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(advise).collect(),
    }
}

fn advise(fault: &Fault) -> String {
    let Some(name) = &fault.unknown else {
        return fault.to_string();
    };
    let names = expressions::names();
    match crate::suggestion::nearest(name, names) {
        Some(meant) if meant == name => {
            format!("{fault}; it takes a different number of them")
        }
        Some(meant) => format!("{fault}; did you mean {meant}?"),
        None => format!("{fault}; define it with def, or leave it out"),
    }
}

/// Runs the expressions of a shape on an event whose parameters and results are JSON.
/// Before an event a condition that fails counts as true: in doubt the webhook is asked.
///
/// # Errors
/// Which expression failed, and with what.
pub fn decide(shape: &Shape, event: &Event) -> Result<Evaluation, String> {
    let input = input(shape, event);
    let mut warning = None;
    if !shape.when.is_empty() {
        match condition(shape, &input, event) {
            Ok(None) => {}
            Ok(Some(value)) => {
                let when = excerpt(shape.when.trim());
                return Ok(Evaluation::Skips(format!("when is {value}: {when}")));
            }
            Err(why) if event.is_before() => {
                warning = Some(format!(
                    "when {why}; the webhook is asked anyway, so fix the expression"
                ));
            }
            Err(why) => return Err(format!("when {why}")),
        }
    }
    let payload = shape
        .payload
        .as_ref()
        .map(|payload| {
            let value = first(&payload.expression, input?, event)?;
            write(&value).map_err(|why| format!("gave what cannot be sent: {why}"))
        })
        .transpose()
        .map_err(|why| format!("payload {why}"))?;
    Ok(Evaluation::Fires { payload, warning })
}

/// What a condition is, if it does not hold. One of several outputs that is true is enough:
/// what was meant for each of some adjustments is not decided by the first of them.
fn condition(
    shape: &Shape,
    input: &Result<Val, String>,
    event: &Event,
) -> Result<Option<&'static str>, String> {
    let compiled = compiled(&shape.when)?;
    let mut found = None;
    for output in compiled.run(input.clone()?, &event.created) {
        found = match output {
            Ok(Val::Null) => Some("null"),
            Ok(Val::Bool(false)) => Some("false"),
            Ok(_) => return Ok(None),
            Err(why) => return Err(failed(&why)),
        };
    }
    found.map(Some).ok_or_else(|| NOTHING.to_owned())
}

/// The first output of an expression.
fn first(expression: &str, input: Val, event: &Event) -> Result<Val, String> {
    let compiled = compiled(expression)?;
    let output = compiled.run(input, &event.created).next();
    match output {
        Some(Ok(value)) => Ok(value),
        Some(Err(why)) => Err(failed(&why)),
        None => Err(NOTHING.to_owned()),
    }
}

/// What failed may quote the event.
fn failed(why: &str) -> String {
    format!("failed: {}", sanitize(why))
}

fn compiled(expression: &str) -> Result<Rc<Expression>, String> {
    if let Some(known) = COMPILED.with_borrow(|kept| kept.get(expression).cloned()) {
        return Ok(known);
    }
    let compiled = Expression::compile(expression).map(Rc::new);
    let compiled = compiled.map_err(|faults| {
        let fault = faults.first().map(ToString::to_string);
        format!("is no expression: {}", fault.unwrap_or_default())
    })?;
    COMPILED.with_borrow_mut(|kept| {
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(expression.to_owned(), Rc::clone(&compiled));
    });
    Ok(compiled)
}

/// What expressions see: the servo's own body of the event.
fn input(shape: &Shape, event: &Event) -> Result<Val, String> {
    let results = event.results.as_deref().map_or(Ok(Val::Null), read)?;
    let source = (!shape.source.is_empty()).then(|| ("source", text(&shape.source)));
    let members = [
        ("event", text(&event.name)),
        ("created_at", text(&event.created)),
        ("results", results),
        ("id", text(&event.id)),
    ];
    let parameters = ("parameters", read(&event.parameters)?);
    Ok(object(
        members.into_iter().chain(source).chain([parameters]),
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sanitize::is_unseen;
    use crate::shape::Payload;

    #[test]
    fn what_is_wrong_with_an_expression_comes_with_advice() {
        assert_eq!(faults(".parameters.a > 1"), [""; 0]);
        for (expression, says) in [
            (".a |", "column 5"),
            ("selct(.a)", "did you mean select?"),
            ("select", "it takes a different number of them"),
            ("xyzzyx", "define it with def"),
        ] {
            let faults = faults(expression);
            assert!(
                faults.len() == 1 && faults[0].contains(says),
                "{expression}: {faults:?}"
            );
        }
        assert_eq!(faults("selct(.a), mapp(.b)").len(), 2);
    }

    #[test]
    fn an_expression_is_compiled_once_and_a_bounded_number_is_kept() {
        let kept = || COMPILED.with_borrow(HashMap::len);
        let first = compiled("0").unwrap();
        assert!(Rc::ptr_eq(&first, &compiled("0").unwrap()));
        for number in 1..KEPT {
            compiled(&number.to_string()).unwrap();
        }
        assert_eq!(kept(), KEPT);
        assert!(Rc::ptr_eq(&first, &compiled("0").unwrap()));
        compiled("[]").unwrap();
        assert!(kept() <= KEPT, "{}", kept());
        assert!(compiled(".a |").is_err());
    }

    #[test]
    fn what_a_failure_quotes_is_short_and_seen() {
        let long = format!("a\u{202e}b\u{1b}[2J\n{}", "secret ".repeat(1000));
        let event = Event {
            name: "after:measure".to_owned(),
            id: "i".to_owned(),
            created: "2026-11-23T00:00:00+00:00".to_owned(),
            parameters: serde_json::json!({ "a": long }).to_string(),
            results: None,
        };
        for (field, expression) in [
            ("payload", ".parameters.a | error"),
            ("payload", ".parameters.a | tonumber"),
            ("when", ".parameters.a | error"),
        ] {
            let mut shape = Shape::default();
            if field == "when" {
                shape.when = expression.to_owned();
            } else {
                shape.payload = Some(Payload {
                    expression: expression.to_owned(),
                    content_type: String::new(),
                    schema: String::new(),
                });
            }
            let said = decide(&shape, &event).unwrap_err();
            assert!(said.starts_with(&format!("{field} failed: ")), "{said}");
            assert!(said.chars().count() < 200, "{said}");
            assert!(!said.chars().any(is_unseen), "{said:?}");
        }
    }
}
