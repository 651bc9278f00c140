//! Loads what is only on disk: what was accepted before a restart, what there was no capacity
//! for, and what was replayed.

use crate::config::webhook::Webhook;
use crate::delivery::capacity::Permit;
use crate::delivery::delivery::{Delivery, QueuedBody};
use crate::delivery::delivery_queue::DeliveryQueue;
use crate::delivery::queue_full::QueueFull;
use crate::event::time::unix_milliseconds;
use crate::ledger::{Cursor, Ledger, Stored, StoredBody};
use crate::log_limit::{Kind, limited};
use crate::render::rendered_request::RenderedRequest;
use lifecycle::{DeliveryProgress, Wait};
use rules::trace_context::TraceContext;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// Deliveries that are read at once.
const PAGE: usize = 64;

/// Between two looks, if nothing says that there is something to do.
const PAUSE: Duration = Duration::from_secs(1);

/// Finds the webhook that a name means now, or says why nothing is sent to it.
pub(crate) type Find = Box<dyn Fn(&str) -> Result<Arc<Webhook>, &'static str> + Send + Sync>;

/// Why a webhook's deliveries stay on disk for now.
enum Pause {
    /// There is no capacity for the next one: its endpoint, and the bytes of its body.
    Full(Arc<str>, usize),
    /// The rest is still to be written, or nothing is left.
    Read,
}

/// Loads for as long as the queue takes something.
pub(crate) async fn run(queue: Weak<DeliveryQueue>, ledger: Arc<Ledger>, find: Find) {
    loop {
        let mut full = Vec::new();
        let listed = spawn_blocking({
            let ledger = Arc::clone(&ledger);
            move || ledger.list()
        });
        if let Ok(Err(error)) = listed.await {
            let why = error.to_string();
            limited(Kind::StoreRead, &[&why], |repeated| {
                tracing::error!(repeated, "the store cannot be read: {why}");
            });
        }
        for (webhook, cursor) in ledger.cursors() {
            let Some(queue) = queue.upgrade().filter(|queue| queue.closed().is_none()) else {
                return;
            };
            if let Pause::Full(endpoint, bytes) =
                load(&queue, &ledger, &find, &webhook, cursor).await
            {
                full.push((endpoint, bytes));
            }
        }
        let capacity = queue.upgrade().map(|queue| Arc::clone(&queue.capacity));
        let Some(capacity) = capacity else { return };
        let any = async {
            tokio::select! {
                () = ledger.changed() => {}
                () = capacity.any_ready(&full), if !full.is_empty() => {}
            }
        };
        let _ = timeout(PAUSE, any).await;
    }
}

/// Loads what waits for a webhook, as much as there is capacity for.
async fn load(
    queue: &Arc<DeliveryQueue>,
    ledger: &Arc<Ledger>,
    find: &Find,
    name: &Arc<str>,
    mut cursor: Cursor,
) -> Pause {
    loop {
        // Another one may be in force since the last page.
        let webhook = match find(name) {
            Ok(webhook) => webhook,
            Err(why) => {
                ledger.bury(name, why);
                return Pause::Read;
            }
        };
        if webhook.is_paused() {
            return Pause::Read;
        }
        let page = spawn_blocking({
            let (ledger, name) = (Arc::clone(ledger), Arc::clone(name));
            move || ledger.page(&name, cursor, PAGE)
        });
        let page = match page.await {
            Ok(Ok(page)) => page,
            Ok(Err(error)) => {
                let (name, why) = (&**name, error.to_string());
                limited(Kind::StoreRead, &[name, &why], |repeated| {
                    tracing::error!(webhook = name, repeated, "the store cannot be read: {why}");
                });
                return Pause::Read;
            }
            // The runtime ends.
            Err(_) => return Pause::Read,
        };
        let Some(last) = page.last().map(|stored| stored.queue) else {
            return Pause::Read;
        };
        let mut bodies = Bodies::default();
        let (mut loaded, mut reached, mut size) = (Vec::new(), cursor.after, 0);
        for stored in page {
            let place = stored.queue;
            if ledger.load(stored.id) {
                let id = stored.id;
                size = stored.body.content.len();
                match restored(queue, &webhook, stored, ledger, &mut bodies) {
                    Ok(one) => loaded.push(one),
                    Err(_) => {
                        ledger.unload(id);
                        break;
                    }
                }
            }
            reached = place;
        }
        ledger.advance(name, cursor.after, reached);
        if !enqueue(queue, loaded) {
            return Pause::Read;
        }
        if reached < last {
            return Pause::Full(Arc::clone(&webhook.endpoint), size);
        }
        cursor.after = reached;
    }
}

/// Goes on with deliveries that were written down; their endpoints are met gently. Unless
/// nothing is sent any more: then they stay on disk.
fn enqueue(queue: &Arc<DeliveryQueue>, deliveries: Vec<(Box<Delivery>, Option<Wait>)>) -> bool {
    let mut state = queue.lock();
    if state.closed.is_some() {
        drop(state);
        deliveries.into_iter().for_each(|(one, _)| one.forget());
        return false;
    }
    let ledger = queue.context.observer.ledger();
    // What was forgotten meanwhile cannot be taken out before it is there.
    let is_forgotten = |one: &Delivery| ledger.is_some_and(|ledger| ledger.is_forgotten(one.id));
    let (forgotten, deliveries): (Vec<_>, Vec<_>) = deliveries
        .into_iter()
        .partition(|(delivery, _)| is_forgotten(delivery));
    let deliveries = deliveries.into_iter().map(|(mut delivery, wait)| {
        delivery.accept();
        (delivery, wait)
    });
    let now = queue.context.clock.now();
    let signals = state.deliveries.restore(deliveries, now);
    queue.heed(state, signals.unwrap_or_default());
    forgotten.into_iter().for_each(|(one, _)| one.forget());
    true
}

/// Bodies of a page, each in memory once.
#[derive(Default)]
struct Bodies(Vec<(Arc<StoredBody>, Arc<QueuedBody>)>);

/// A delivery as it was written down, and until when it waits.
fn restored(
    queue: &Arc<DeliveryQueue>,
    webhook: &Arc<Webhook>,
    stored: Stored,
    ledger: &Ledger,
    bodies: &mut Bodies,
) -> Result<(Box<Delivery>, Option<Wait>), QueueFull> {
    let size = stored.body.content.len();
    let permit: Permit = queue.capacity.reserve(&webhook.endpoint, size, size)?;
    let trace = stored.trace.as_deref();
    let came = trace.and_then(|trace| {
        let state = trace.tracestate.as_deref().unwrap_or_default();
        TraceContext::read(trace.traceparent.as_deref()?, state).context
    });
    let came = came.map(Arc::new);
    let known = bodies
        .0
        .iter()
        .find(|(body, _)| Arc::ptr_eq(body, &stored.body));
    let queued_body = match known {
        Some((_, queued_body)) => Arc::clone(queued_body),
        None => {
            let request = RenderedRequest::stored(&stored.event, &stored.body);
            let queued_body = Arc::new(QueuedBody {
                capacity: queue.capacity.reserve_bytes(size, size)?,
                request: Arc::new(request),
                event_id: (&*stored.event_id).into(),
                event: None,
                trace: came.clone(),
                breaker: queue.context.breaker,
            });
            let known = (Arc::clone(&stored.body), Arc::clone(&queued_body));
            bodies.0.push(known);
            queued_body
        }
    };
    let now = queue.context.clock.now();
    let progress = DeliveryProgress {
        attempts: stored.attempts,
        spent: milliseconds(stored.spent),
    };
    let wait = stored.due.map(|due| Wait {
        due: now + milliseconds(due.saturating_sub(unix_milliseconds())),
        longest: milliseconds(stored.wait),
    });
    let reports = Arc::clone(&queue.context.observer);
    let mut delivery = Delivery::new(Arc::clone(webhook), queued_body, None, reports, permit);
    let life = lifecycle::Delivery::restored(progress, now);
    delivery.span = queue.context.tracer.restored(came.as_ref(), &stored);
    delivery.restore(&stored, life, ledger.is_of_before(stored.queue));
    Ok((Box::new(delivery), wait))
}

/// Nothing is negative.
fn milliseconds(count: i64) -> Duration {
    Duration::from_millis(u64::try_from(count).unwrap_or_default())
}
