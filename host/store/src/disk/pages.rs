//! What waits, page by page, for the process that delivers.

use crate::body::StoredBody;
use crate::delivery::{Stored, Trace};
use crate::disk::checksum::checksum;
use rusqlite::{Connection, Error, OptionalExtension, Row, ffi};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// A page ends when it has so many bytes of bodies.
const MOST_BYTES: usize = 8 << 20;

/// What waits of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The webhook's name.
    pub webhook: String,
    /// The place in the queue of its first.
    pub first: i64,
}

/// How much waits of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// The webhook's name.
    pub webhook: String,
    /// Deliveries that wait.
    pub deliveries: u64,
    /// When the first in its queue was accepted, in milliseconds since 1970; of one that is sent
    /// again, when that was asked for.
    pub oldest: i64,
}

/// A page of what waits.
#[derive(Default)]
pub struct Page {
    /// Oldest first.
    pub deliveries: Vec<Stored>,
    /// Those whose body is not there, which must not be.
    pub without_body: Vec<(Uuid, u32)>,
    /// The place of the last one that was looked at, if there was any.
    pub reached: Option<i64>,
}

/// The webhooks that something waits for: a look into the index for each.
pub fn waiting(connection: &Connection) -> Result<Vec<Waiting>, Error> {
    let mut find = connection.prepare_cached(
        "SELECT name, (SELECT queue FROM delivery INDEXED BY delivery_queue
             WHERE webhook = webhook.id AND queue IS NOT NULL ORDER BY queue LIMIT 1) AS first
         FROM webhook WHERE first IS NOT NULL ORDER BY first",
    )?;
    let found = find.query_map((), |row| {
        Ok(Waiting {
            webhook: row.get(0)?,
            first: row.get(1)?,
        })
    })?;
    found.collect()
}

/// How much waits of each webhook: a look at each entry of the index.
pub fn backlog(connection: &Connection) -> Result<Vec<Backlog>, Error> {
    let mut find = connection.prepare_cached(
        "SELECT webhook.name, waiting.deliveries,
             (SELECT iif(replays > 0, ifnull(due - wait - spent, accepted), accepted)
                 FROM delivery INDEXED BY delivery_queue
                 WHERE webhook = waiting.webhook AND queue IS NOT NULL ORDER BY queue LIMIT 1)
         FROM (SELECT webhook, count(*) AS deliveries FROM delivery INDEXED BY delivery_queue
                 WHERE queue IS NOT NULL GROUP BY webhook) AS waiting
         JOIN webhook ON webhook.id = waiting.webhook",
    )?;
    let found = find.query_map((), |row| {
        Ok(Backlog {
            webhook: row.get(0)?,
            deliveries: row.get(1)?,
            oldest: row.get(2)?,
        })
    })?;
    found.collect()
}

/// What waits of a webhook behind a place in the queue.
pub fn page(
    connection: &Connection,
    webhook: &str,
    after: i64,
    limit: usize,
) -> Result<Page, Error> {
    let mut find = connection.prepare_cached(
        "SELECT queue, delivery.id, event, event_id, accepted, body, attempts, spent, due, wait,
             status, error, replays, traceparent, tracestate, span
         FROM delivery INDEXED BY delivery_queue
         WHERE webhook = (SELECT id FROM webhook WHERE name = ?1) AND queue > ?2
             AND queue IS NOT NULL
         ORDER BY queue LIMIT ?3",
    )?;
    let name: Arc<str> = webhook.into();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = find.query((webhook, after, limit))?;
    let (mut page, mut bodies, mut bytes) = (Page::default(), HashMap::new(), 0);
    while let Some(row) = rows.next()? {
        let id = id(row, 1)?;
        page.reached = Some(row.get(0)?);
        let number: Option<i64> = row.get(5)?;
        let known = number.and_then(|number| bodies.get(&number)).cloned();
        let body = match (known, number) {
            (None, Some(number)) => body(connection, number)?.map(Arc::new),
            (known, _) => known,
        };
        let (Some(body), Some(number)) = (body, number) else {
            page.without_body.push((id, row.get(6)?));
            continue;
        };
        if bodies.insert(number, Arc::clone(&body)).is_none() {
            bytes += body.content.len();
        }
        page.deliveries.push(stored(row, &name, id, body)?);
        if bytes > MOST_BYTES {
            break;
        }
    }
    Ok(page)
}

fn stored(
    row: &Row<'_>,
    webhook: &Arc<str>,
    id: Uuid,
    body: Arc<StoredBody>,
) -> Result<Stored, Error> {
    let text = |column| row.get::<_, String>(column).map(Into::into);
    let traced = |column| Ok::<_, Error>(row.get::<_, Option<String>>(column)?.map(Box::from));
    let trace = Trace {
        traceparent: traced(13)?,
        tracestate: traced(14)?,
        span: traced(15)?,
    };
    Ok(Stored {
        queue: row.get(0)?,
        id,
        webhook: Arc::clone(webhook),
        event: text(2)?,
        event_id: text(3)?,
        accepted: row.get(4)?,
        body,
        attempts: row.get(6)?,
        spent: row.get(7)?,
        due: row.get(8)?,
        wait: row.get(9)?,
        status: row.get(10)?,
        error: row.get::<_, Option<String>>(11)?.map(Into::into),
        replays: row.get(12)?,
        trace: (trace != Trace::default()).then(|| Box::new(trace)),
    })
}

/// A body, if it is there. One that was changed is an error, as any other corruption is.
pub fn body(connection: &Connection, number: i64) -> Result<Option<StoredBody>, Error> {
    let mut find = connection.prepare_cached(
        "SELECT content, content_type, schema_version, headers, checksum FROM body WHERE id = ?1",
    )?;
    find.query_row((number,), |row| {
        let headers: Option<String> = row.get(3)?;
        let headers = headers.and_then(|headers| serde_json::from_str(&headers).ok());
        let content: Vec<u8> = row.get(0)?;
        if checksum(&content) != row.get::<_, i64>(4)? {
            return Err(damaged());
        }
        Ok(StoredBody {
            content,
            content_type: row.get(1)?,
            schema_version: row.get(2)?,
            headers: headers.unwrap_or_default(),
        })
    })
    .optional()
}

/// What SQLite would say if it knew.
fn damaged() -> Error {
    let code = ffi::Error::new(ffi::SQLITE_CORRUPT);
    Error::SqliteFailure(code, Some("a body is damaged".into()))
}

/// The id of a delivery.
pub fn id(row: &Row<'_>, column: usize) -> Result<Uuid, Error> {
    let bytes: [u8; 16] = row.get(column)?;
    Ok(Uuid::from_bytes(bytes))
}
