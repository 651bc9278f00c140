//! Everything as lines of JSON.

use crate::body::StoredBody;
use crate::error::StoreError;
use crate::progress::{Progress, Watch};
use crate::read::condition::Condition;
use crate::read::deliveries;
use crate::read::paged_scan::tell;
use crate::read::{decisions, details};
use crate::record::{AttemptRecord, DecisionRecord, DeliveryRecord};
use rusqlite::Connection;
use serde::Serialize;
use std::io::Write;

/// A line.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Delivery {
        #[serde(flatten)]
        delivery: &'a DeliveryRecord,
        attempt_records: Vec<AttemptRecord>,
        #[serde(skip_serializing_if = "Option::is_none")]
        body: Option<Body>,
    },
    Decision(&'a DecisionRecord),
}

/// A body: as text where it is text, or in base64.
#[derive(Serialize)]
struct Body {
    content_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema_version: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    headers: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

/// Writes deliveries and decisions, oldest first, and says how many lines it were.
pub fn write(
    connection: &Connection,
    bodies: bool,
    out: &mut dyn Write,
    watch: Watch<'_>,
) -> Result<u64, StoreError> {
    let total = Some(deliveries::rows(connection)?);
    let mut progress = Progress { done: 0, total };
    let all = Condition::default();
    let mut after = Some(0);
    while let Some(place) = after {
        let (found, next) = deliveries::window(connection, &all, place)?;
        for delivery in &found {
            let known = match bodies && delivery.has_body {
                true => details::of(connection, delivery.id)?,
                false => None,
            };
            let line = Line::Delivery {
                attempt_records: details::attempts(connection, delivery)?,
                delivery,
                body: known.and_then(|known| known.body).map(Body::from),
            };
            put(out, &line)?;
            progress.done += 1;
        }
        tell(&mut *watch, progress)?;
        after = next;
    }
    let mut after = Some(0);
    while let Some(place) = after {
        let (found, next) = decisions::window(connection, place)?;
        for decision in &found {
            put(out, &Line::Decision(decision))?;
            progress.done += 1;
        }
        tell(&mut *watch, progress)?;
        after = next;
    }
    out.flush()?;
    Ok(progress.done)
}

fn put(out: &mut dyn Write, line: &Line<'_>) -> Result<(), StoreError> {
    serde_json::to_writer(&mut *out, line)?;
    Ok(out.write_all(b"\n")?)
}

impl From<StoredBody> for Body {
    fn from(body: StoredBody) -> Self {
        let (text, base64) = match String::from_utf8(body.content) {
            Ok(text) => (Some(text), None),
            Err(error) => (None, Some(base64(error.as_bytes()))),
        };
        Self {
            content_type: body.content_type,
            schema_version: body.schema_version,
            headers: body.headers,
            text,
            base64,
        }
    }
}

/// The alphabet and the padding of RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |place| u32::from(chunk.get(place).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let six = (bits >> (18 - 6 * place)) & 63;
            match place <= chunk.len() {
                true => text.push(char::from(ALPHABET[six as usize])),
                false => text.push('='),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    /// The vectors of RFC 4648, section 10.
    #[test]
    fn base64_is_that_of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
