//! A delivery with every attempt, or all that a store knows of an event.

use crate::exit::{Exit, Failure};
use crate::store::opening::{self, failed};
use crate::store::records::{Decision, Delivery};
use crate::store::stats::bytes;
use crate::store::{cells, filter, listing, times};
use crate::{color, columns, json, stdio};
use rules::sanitize::sanitize;
use servo_webhooks_store::{
    AttemptRecord, DecisionFilter, DecisionRecord, DeliveryFilter, DeliveryRecord, Details, Reader,
    Uuid,
};
use std::io::Write;
use std::path::Path;

/// The most deliveries of an event that are shown.
const MOST: usize = 1_000;

/// What a store knows of an id.
type Known = (Vec<DecisionRecord>, Vec<Details>);

/// Whether a text can be nothing but the id of a delivery or an event.
pub fn is_id(text: &str) -> bool {
    filter::uuid(text).is_some()
}

/// Shows the delivery of this id, or the event.
pub fn run(directory: &Path, id: &str, json: bool) -> Result<Exit, Failure> {
    let reader = opening::reader(directory)?;
    let (decided, details) = match filter::uuid(id) {
        Some(delivery) => of_delivery(&reader, delivery, id)?,
        None => of_event(&reader, id)?,
    };
    if decided.is_empty() && details.is_empty() {
        return Err(filter::unknown(id));
    }
    let mut out = stdio::output();
    if json {
        for decision in &decided {
            writeln!(out, "{}", json::line(&Decision::from(decision))?)?;
        }
        for delivery in &details {
            writeln!(out, "{}", json::line(&Delivery::from(delivery))?)?;
        }
        return Ok(Exit::Done);
    }
    let decided = decided.iter().map(decision);
    let blocks: Vec<String> = decided.chain(details.iter().map(delivery_text)).collect();
    write!(out, "{}", blocks.join("\n"))?;
    Ok(Exit::Done)
}

/// The delivery of this id, or the decision with the question of this id, or the event.
fn of_delivery(reader: &Reader, delivery: Uuid, id: &str) -> Result<Known, Failure> {
    if let Some(delivery) = reader.delivery(delivery).map_err(failed)? {
        return Ok((Vec::new(), vec![delivery]));
    }
    let known = of_event(reader, id)?;
    if !(known.0.is_empty() && known.1.is_empty()) {
        return Ok(known);
    }
    let with_question = DecisionFilter {
        delivery: Some(delivery),
        ..DecisionFilter::default()
    };
    let (decided, _) = listing::newest::<DecisionRecord>(reader, &with_question, 1)?;
    Ok((decided, Vec::new()))
}

/// What was decided before an event, and what became of its deliveries.
fn of_event(reader: &Reader, id: &str) -> Result<Known, Failure> {
    let of_event = DecisionFilter {
        event_id: Some(id.to_owned()),
        ..DecisionFilter::default()
    };
    let (decided, _) = listing::newest::<DecisionRecord>(reader, &of_event, MOST)?;
    let of_event = DeliveryFilter {
        event_id: Some(id.to_owned()),
        ..DeliveryFilter::default()
    };
    let (found, _) = listing::newest::<DeliveryRecord>(reader, &of_event, MOST)?;
    let mut details = Vec::new();
    for record in found {
        details.extend(reader.delivery(record.id).map_err(failed)?);
    }
    Ok((decided, details))
}

fn decision(decision: &DecisionRecord) -> String {
    let title = format!(
        "{} {}",
        cells::name(&decision.event),
        cells::name(&decision.event_id)
    );
    let mut fields = vec![
        ("asked", times::exact(decision.at)),
        ("took", times::span(decision.elapsed)),
    ];
    if let Some(reason) = &decision.reason {
        fields.push(("reason", sanitize(reason)));
    }
    let answers = decision.answers.iter().map(|answer| {
        let mut text = cells::answer(answer);
        if answer.attempts > 0 {
            text.push_str(&format!(
                " ({}{} in {})",
                attempts(answer.attempts),
                answer
                    .status
                    .map_or_else(String::new, |it| format!(", status {it}")),
                times::span(answer.elapsed)
            ));
        }
        text
    });
    let answers: Vec<String> = answers.collect();
    fields.push((
        "webhooks",
        match answers.is_empty() {
            true => "none was asked".to_owned(),
            false => answers.join("\n"),
        },
    ));
    block(&title, cells::outcome(decision), fields)
}

fn delivery_text(details: &Details) -> String {
    let delivery = &details.delivery;
    let mut fields = vec![
        ("webhook", cells::name(&delivery.webhook)),
        ("event", cells::name(&delivery.event)),
        ("event id", cells::name(&delivery.event_id)),
        ("accepted", times::exact(delivery.accepted)),
    ];
    if let Some(settled) = delivery.settled {
        fields.push(("settled", times::exact(settled)));
    }
    if let Some(due) = delivery.due {
        fields.push(("next attempt", times::exact(due)));
    }
    if delivery.replays > 0 {
        fields.push(("replays", delivery.replays.to_string()));
    }
    let body = match &details.body {
        Some(body) => format!(
            "{}, {}",
            bytes(body.content.len() as u64),
            cells::name(&body.content_type)
        ),
        None => "not kept".to_owned(),
    };
    fields.push(("body", body));
    if let Some(error) = &delivery.error {
        fields.push(("error", sanitize(error)));
    }
    let list: Vec<String> = details.attempts.iter().map(attempt).collect();
    let mut text = match list.is_empty() {
        true => attempts(delivery.attempts),
        false => list.join("\n"),
    };
    let told = details
        .attempts
        .iter()
        .filter(|it| it.replay == delivery.replays);
    let untold = delivery
        .attempts
        .saturating_sub(u32::try_from(told.count()).unwrap_or(u32::MAX));
    if untold > 0 && !list.is_empty() {
        text.push_str(&format!("\n{} without an end", attempts(untold)));
    }
    fields.push(("attempts", text));
    block(&delivery.id.to_string(), delivery.state.name(), fields)
}

fn attempt(attempt: &AttemptRecord) -> String {
    let replay = match attempt.replay {
        0 => String::new(),
        replay => format!("replay {replay}, "),
    };
    let status = attempt
        .status
        .map_or_else(|| "no answer".to_owned(), |it| format!("status {it}"));
    let mut text = format!(
        "{replay}{}: {}, {status} in {}",
        attempt.number,
        times::exact(attempt.at),
        times::span(attempt.elapsed)
    );
    if let Some(error) = &attempt.error {
        text.push_str(&format!(": {}", sanitize(error)));
    }
    if let Some(answer) = &attempt.answer {
        let answer = columns::printable(&String::from_utf8_lossy(answer));
        for line in answer.lines() {
            text.push_str(&format!("\n   | {line}"));
        }
    }
    text
}

fn attempts(count: u32) -> String {
    match count {
        0 => "none".to_owned(),
        1 => "1 attempt".to_owned(),
        more => format!("{more} attempts"),
    }
}

fn block(title: &str, state: &str, fields: Vec<(&'static str, String)>) -> String {
    let fields = columns::fields(fields, columns::width());
    format!("{} ({state})\n{fields}", color::bold(title))
}
