//! The numbers as JSON.

use super::rows::{History, Row};
use super::sample::Sample;
use crate::store::times;
use serde_json::{Value, json};

/// One object with the last sample.
pub fn record(source: &str, history: &History) -> Value {
    let webhooks: Vec<Value> = history.rows().iter().map(webhook).collect();
    json!({
        "time": times::record(times::now()),
        "source": source,
        "interval_seconds": history.seconds(),
        "events_per_second": history.grown(|sample| sample.program.events).map(|more| more / history.seconds()),
        "program": history.last().map(program),
        "webhooks": webhooks,
    })
}

fn program(sample: &Sample) -> Value {
    let program = &sample.program;
    json!({
        "events": count(program.events),
        "cancelled": count(program.cancelled),
        "failed_open": count(program.failed_open),
        "queue_full": count(program.queue_full),
        "dead_letters": count(program.dead_letters),
        "store_bytes": count(program.store_bytes),
        "store_limit_bytes": count(program.store_limit),
        "store_accepting": program.store_accepting,
        "last_reload_successful": program.reload_successful,
    })
}

fn webhook(row: &Row<'_>) -> Value {
    let (webhook, counts) = (row.webhook, row.webhook.counts);
    json!({
        "webhook": webhook.name,
        "state": webhook.state.map(super::sample::State::word),
        "breaker": webhook.breaker.map(super::sample::Breaker::word),
        "waiting": count(Some(webhook.waiting)),
        "oldest_waiting_seconds": webhook.oldest.map(|oldest| oldest.as_secs_f64()),
        "delivered": count(Some(counts.delivered)),
        "delivered_per_second": row.rate(|more| more.delivered),
        "failed": count(Some(counts.failed)),
        "asked": count(Some(counts.asked)),
        "asked_per_second": row.rate(|more| more.asked),
        "vetoed": count(Some(counts.vetoed)),
        "failed_open": count(Some(counts.failed_open)),
        "p50_seconds": row.median,
        "p95_seconds": row.p95,
    })
}

/// A whole number as one.
fn count(count: Option<f64>) -> Value {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it saturates, and no count is negative"
    )]
    count.map_or(Value::Null, |count| json!(count as u64))
}
