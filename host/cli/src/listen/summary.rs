//! What came while it listened, in numbers.

use super::record::{Reply, Request};
use crate::color;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Events that are counted apart. Whoever makes up more is counted together.
const MOST: usize = 100;

/// How the rest of them is called.
const OTHERS: &str = "(others)";

/// Counts requests.
#[derive(Default)]
pub struct Summary(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    requests: u64,
    verified: u64,
    refused: u64,
    saved: u64,
    unsaved: u64,
    events: BTreeMap<String, u64>,
}

impl Summary {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request.
    pub fn add(&self, request: &Request, reply: &Reply) {
        let mut counts = self.counts();
        counts.requests += 1;
        match request.verified() {
            Some(true) => counts.verified += 1,
            Some(false) => counts.refused += 1,
            None => {}
        }
        match reply.saved {
            Some(Ok(_)) => counts.saved += 1,
            Some(Err(_)) => counts.unsaved += 1,
            None => {}
        }
        let mut name = request.name();
        if counts.events.len() >= MOST && !counts.events.contains_key(&name) {
            OTHERS.clone_into(&mut name);
        }
        *counts.events.entry(name).or_default() += 1;
    }

    /// Whether a request was refused, or could not be saved.
    pub fn has_failures(&self) -> bool {
        let counts = self.counts();
        counts.refused > 0 || counts.unsaved > 0
    }

    /// For machines.
    pub fn record(&self) -> Value {
        let counts = self.counts();
        json!({
            "type": "summary",
            "time": Timestamp::now().to_string(),
            "requests": counts.requests,
            "verified": counts.verified,
            "refused": counts.refused,
            "saved": counts.saved,
            "unsaved": counts.unsaved,
            "events": counts.events,
        })
    }

    /// For people.
    pub fn text(&self, verifies: bool) -> String {
        let counts = self.counts();
        let mut text = match counts.requests {
            0 => return "no requests\n".to_owned(),
            1 => "1 request".to_owned(),
            many => format!("{many} requests"),
        };
        if verifies {
            let refused = format!("{} refused", counts.refused);
            let refused = match counts.refused {
                0 => refused,
                _ => color::error(&refused),
            };
            text.push_str(&format!(": {} verified, {refused}", counts.verified));
        } else {
            text.push_str(", not verified: no --secret was given");
        }
        text.push('\n');
        let widest = counts.events.keys().map(|name| name.chars().count()).max();
        let width = widest.unwrap_or_default().min(40);
        for (name, count) in &counts.events {
            text.push_str(&format!("  {name:<width$} {count}\n"));
        }
        if counts.unsaved > 0 {
            let lost = format!("{} could not be saved", counts.unsaved);
            text.push_str(&format!("  {}\n", color::error(&lost)));
        }
        text
    }
}
