//! The table of answers: every row of `tests/answers.json`, before and after an event,
//! through the real program against a real server.

mod rows;
mod several;

use crate::support::data;
use crate::support::responder::{Received, Reply, Responder};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Table {
    rows: Vec<Row>,
}

#[derive(Clone, Deserialize)]
struct Row {
    why: String,
    failure: Option<String>,
    #[serde(default)]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    before: String,
    after: String,
    attempts: u64,
    reason: Option<String>,
    #[serde(default)]
    switched_off: bool,
}

impl Row {
    fn reply(&self) -> Reply {
        if self.failure.is_some() {
            return Reply::Close;
        }
        let body = match self.body.strip_prefix('*') {
            Some(length) => "x".repeat(length.parse().unwrap()),
            None => self.body.clone(),
        };
        let headers = self.headers.clone().into_iter().collect();
        Reply::Answer(self.status, headers, body.into())
    }
}

fn table() -> Vec<Row> {
    let text = std::fs::read_to_string(data("answers.json")).unwrap();
    serde_json::from_str::<Table>(&text).unwrap().rows
}

fn responder(rows: &[Row]) -> Responder {
    let rows = rows.to_vec();
    Responder::start(move |request: &Received| {
        rows[request.path[1..].parse::<usize>().unwrap()].reply()
    })
}
