//! From arguments to what a store is asked for.

use crate::args::{DecisionsCommand, Filters, StateArgument};
use crate::exit::Failure;
use crate::progress::Bar;
use crate::store::opening::failed;
use anyhow::anyhow;
use rules::sanitize::sanitize;
use servo_webhooks_store::{DecisionFilter, DeliveryFilter, Reader, State, Uuid};

/// The most ids that one call may name.
const MOST: usize = 10_000;

/// What the options say.
pub fn of(filters: &Filters) -> DeliveryFilter {
    DeliveryFilter {
        states: filters.state.iter().copied().map(state).collect(),
        webhook: filters.webhook.clone(),
        event: filters.event.clone(),
        since: filters.period.since,
        until: filters.period.until,
        ..DeliveryFilter::default()
    }
}

/// Whether the options leave anything out.
pub fn is_narrow(filter: &DeliveryFilter) -> bool {
    *filter != DeliveryFilter::default()
}

/// What the options say of decisions.
pub fn of_decisions(command: &DecisionsCommand) -> DecisionFilter {
    DecisionFilter {
        cancelled: command.cancelled.then_some(true),
        failed_open: command.failed_open.then_some(true),
        webhook: command.webhook.clone(),
        event: command.event.clone(),
        event_id: command.id.clone(),
        delivery: command.delivery,
        since: command.period.since,
        until: command.period.until,
        ..DecisionFilter::default()
    }
}

/// Narrows to one delivery by its id, or to those of an event.
pub fn narrow(filter: &mut DeliveryFilter, reader: &Reader, id: &str) -> Result<(), Failure> {
    match delivery(reader, id)? {
        Some(delivery) => filter.ids = vec![delivery],
        None => filter.event_id = Some(id.to_owned()),
    }
    Ok(())
}

/// The ids of deliveries that are named by themselves or by their events. Each must be there.
pub fn named(reader: &Reader, names: &[String]) -> Result<Vec<Uuid>, Failure> {
    if names.len() > MOST {
        let why = anyhow!("more than {MOST} ids at once; name fewer, or use --since and the like");
        return Err(Failure::unusable(why));
    }
    let mut ids = Vec::new();
    for name in names {
        if let Some(id) = delivery(reader, name)? {
            ids.push(id);
            continue;
        }
        let of_event = DeliveryFilter {
            event_id: Some(name.clone()),
            ..DeliveryFilter::default()
        };
        let mut bar = Bar::new("looking for the event");
        let found = reader.deliveries(&of_event, MOST, &mut |progress| bar.step(progress));
        let found = found.map_err(failed)?;
        if found.is_empty() {
            return Err(unknown(name));
        }
        ids.extend(found.into_iter().map(|delivery| delivery.id));
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// A delivery of this id, if there is one.
fn delivery(reader: &Reader, id: &str) -> Result<Option<Uuid>, Failure> {
    let Some(id) = uuid(id) else {
        return Ok(None);
    };
    let found = reader.delivery(id).map_err(failed)?;
    Ok(found.map(|_| id))
}

/// An id that looks like one of a delivery.
pub fn uuid(text: &str) -> Option<Uuid> {
    let usual = text.len() == 36;
    usual.then(|| Uuid::parse_str(text).ok()).flatten()
}

/// Nothing has this id.
pub fn unknown(id: &str) -> Failure {
    let id = sanitize(id);
    Failure::from(anyhow!(
        "no delivery and no event in the store has the id \"{id}\""
    ))
    .with_hint("`servo-webhooks deliveries` and `decisions` list them with their ids")
}

const fn state(state: StateArgument) -> State {
    match state {
        StateArgument::Waiting => State::Waiting,
        StateArgument::Delivered => State::Delivered,
        StateArgument::Failed => State::Failed,
        StateArgument::Forgotten => State::Forgotten,
    }
}

#[cfg(test)]
mod tests {
    use super::uuid;

    #[test]
    fn only_what_looks_like_a_delivery_s_id_is_one() {
        assert!(uuid("01a2097b-4814-72ba-a1ed-4e1ee3ccf15c").is_some());
        for text in ["adjust-17", "01a2097b481472baa1ed4e1ee3ccf15c", "", "7"] {
            assert_eq!(uuid(text), None, "{text}");
        }
    }
}
