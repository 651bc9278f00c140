//! What a filter is in SQL.

use crate::delivery::State;
use crate::filter::{DecisionFilter, DeliveryFilter};
use rusqlite::types::Value;

/// A condition with its values.
#[derive(Clone, Debug, Default)]
pub struct Condition {
    /// Parts that all must hold.
    parts: Vec<String>,
    /// For the question marks in them.
    pub values: Vec<Value>,
}

impl Condition {
    /// As it stands behind `WHERE`.
    pub fn sql(&self) -> String {
        if self.parts.is_empty() {
            return "true".into();
        }
        self.parts.join(" AND ")
    }

    /// One more part, with values.
    pub fn and(&mut self, part: &str, values: impl IntoIterator<Item = Value>) {
        self.parts.push(part.into());
        self.values.extend(values);
    }

    /// Which deliveries a filter means.
    pub fn of_deliveries(filter: &DeliveryFilter) -> Self {
        let mut condition = Self::default();
        if !filter.states.is_empty() {
            condition.and(&states(&filter.states), []);
        }
        if let Some(webhook) = &filter.webhook {
            let part = "webhook = (SELECT id FROM webhook WHERE name = ?)";
            condition.and(part, [webhook.clone().into()]);
        }
        if !filter.ids.is_empty() {
            let marks = vec!["?"; filter.ids.len()].join(", ");
            let ids = filter.ids.iter().map(|id| id.as_bytes().to_vec().into());
            condition.and(&format!("delivery.id IN ({marks})"), ids);
        }
        condition.common(&filter.event, &filter.event_id);
        condition.between("accepted", filter.since, filter.until);
        condition.between("settled", None, filter.settled_before);
        condition.behind("(accepted, seq) < (?, ?)", filter.before);
        condition
    }

    /// Which decisions a filter means.
    pub fn of_decisions(filter: &DecisionFilter) -> Self {
        let mut condition = Self::default();
        if let Some(cancelled) = filter.cancelled {
            condition.and("cancelled = ?", [i64::from(cancelled).into()]);
        }
        if let Some(failed_open) = filter.failed_open {
            condition.and("failed_open = ?", [i64::from(failed_open).into()]);
        }
        if let Some(webhook) = &filter.webhook {
            let part = "EXISTS (SELECT 1 FROM answer
                 WHERE answer.decision = decision.seq AND answer.webhook = ?)";
            condition.and(part, [webhook.clone().into()]);
        }
        if let Some(delivery) = &filter.delivery {
            let part = "EXISTS (SELECT 1 FROM answer
                 WHERE answer.decision = decision.seq AND answer.delivery = ?)";
            condition.and(part, [delivery.as_bytes().to_vec().into()]);
        }
        condition.common(&filter.event, &filter.event_id);
        condition.between("at", filter.since, filter.until);
        condition.behind("(at, seq) < (?, ?)", filter.before);
        condition
    }

    fn common(&mut self, event: &Option<String>, event_id: &Option<String>) {
        for (column, value) in [("event", event), ("event_id", event_id)] {
            if let Some(value) = value {
                self.and(&format!("{column} = ?"), [value.clone().into()]);
            }
        }
    }

    fn behind(&mut self, part: &str, place: Option<(i64, i64)>) {
        if let Some((time, seq)) = place {
            self.and(part, [time.into(), seq.into()]);
        }
    }

    fn between(&mut self, column: &str, since: Option<i64>, until: Option<i64>) {
        for (sign, value) in [(">=", since), ("<", until)] {
            if let Some(value) = value {
                self.and(&format!("{column} {sign} ?"), [value.into()]);
            }
        }
    }
}

/// States as numbers in the text, so that an index that is for one of them can be used.
fn states(states: &[State]) -> String {
    let numbers: Vec<_> = states
        .iter()
        .map(|state| state.number().to_string())
        .collect();
    match &numbers[..] {
        [number] => format!("state = {number}"),
        _ => format!("state IN ({})", numbers.join(", ")),
    }
}
