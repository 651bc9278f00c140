//! The table of answers: every row of `tests/answers.json`, before and after an event,
//! through the real program against a real server.

use crate::support::data;
use crate::support::program::Program;
use crate::support::responder::{Received, Reply, Responder};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

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

/// Servers that fail each in its way; none of them ever answers in HTTP.
struct Failures {
    garbage: std::net::SocketAddr,
    silent: std::net::SocketAddr,
    refused: std::net::SocketAddr,
}

impl Failures {
    fn start() -> Self {
        let serve = |handle: fn(TcpStream)| {
            let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
            let address = listener.local_addr().unwrap();
            std::thread::spawn(move || {
                listener
                    .incoming()
                    .flatten()
                    .for_each(|stream| drop(std::thread::spawn(move || handle(stream))))
            });
            address
        };
        Self {
            garbage: serve(|mut stream| {
                let _ = stream.read(&mut [0; 1024]);
                let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n");
            }),
            silent: serve(|mut stream| {
                let mut buffer = [0; 1024];
                while stream.read(&mut buffer).is_ok_and(|read| read > 0) {}
            }),
            refused: TcpListener::bind(("127.0.0.1", 0))
                .unwrap()
                .local_addr()
                .unwrap(),
        }
    }

    fn url(&self, failure: &str, responder: &Responder, index: usize) -> String {
        match failure {
            "close" => responder.url(&format!("/{index}")),
            "refused" => format!("http://{}/{index}", self.refused),
            "timeout" => format!("http://{}/{index}", self.silent),
            "garbage" => format!("http://{}/{index}", self.garbage),
            "tls" => format!("https://{}/{index}", responder.address),
            "lookup" => format!("http://nowhere.invalid/{index}"),
            other => panic!("no failure is called {other}"),
        }
    }
}

fn responder(rows: &[Row]) -> Responder {
    let rows = rows.to_vec();
    Responder::start(move |request: &Received| {
        rows[request.path[1..].parse::<usize>().unwrap()].reply()
    })
}

fn configuration(
    rows: &[Row],
    responder: &Responder,
    failures: &Failures,
    event: impl Fn(usize) -> String,
    tries: u32,
) -> String {
    let mut text = "webhooks:\n".to_owned();
    for (index, row) in rows.iter().enumerate() {
        let url = match &row.failure {
            Some(failure) => failures.url(failure, responder, index),
            None => responder.url(&format!("/{index}")),
        };
        let timeout = if row.failure.as_deref() == Some("timeout") {
            "150ms"
        } else {
            "20s"
        };
        text += &format!(
            "- {{name: row{index}, url: '{url}', events: '{}', secret: s3cr3t, timeout: {timeout}, backoff: {{max_tries: {tries}, max_time: 1m}}}}\n",
            event(index)
        );
    }
    text
}

fn catalogue(program: &Program, count: usize) -> String {
    let events: serde_json::Map<String, Value> = (0..count)
        .map(|index| (format!("row{index}"), serde_json::json!({})))
        .collect();
    program
        .write(
            "catalogue.json",
            serde_json::json!({ "events": events }).to_string(),
        )
        .display()
        .to_string()
}

fn check_attempts(row: &Row, index: usize, found: &Value, attempts: u64, responder: &Responder) {
    assert_eq!(found["attempts"], attempts, "{}: {found}", row.why);
    if row.failure.is_none() {
        let received = responder.at(&format!("/{index}"));
        assert_eq!(received.len() as u64, attempts, "{}: {found}", row.why);
        assert_eq!(found["status"], row.status, "{}: {found}", row.why);
        let deliveries: std::collections::BTreeSet<_> = received
            .iter()
            .map(|request| request.header("x-servo-delivery").to_owned())
            .collect();
        assert_eq!(deliveries.len(), 1, "every attempt is the same delivery");
        for (request, number) in received.iter().zip(1..) {
            assert_eq!(request.header("x-servo-attempt"), number.to_string());
        }
    }
}

#[test]
fn after_an_event() {
    let rows = table();
    assert!(rows.len() > 80);
    let (responder, failures) = (responder(&rows), Failures::start());
    for tries in [1, 2] {
        let responder = if tries == 1 {
            &self::responder(&rows)
        } else {
            &responder
        };
        let program = Program::new(&configuration(
            &rows,
            responder,
            &failures,
            |_| "after:measure".to_owned(),
            tries,
        ));
        let finished = program
            .run("{\"event\": \"after:measure\"}\n", &[])
            .exits(1);
        let deliveries = finished.of_type("delivery");
        assert_eq!(deliveries.len(), rows.len());
        for found in deliveries {
            let index = found["index"].as_u64().unwrap() as usize;
            let row = &rows[index];
            assert_eq!(found["outcome"], row.after, "{}: {found}", row.why);
            assert_eq!(
                found["error"].is_null(),
                row.after == "delivered",
                "{found}"
            );
            check_attempts(
                row,
                index,
                &found,
                row.attempts.min(tries.into()),
                responder,
            );
        }
    }
}

#[test]
fn before_an_event() {
    let rows = table();
    let (responder, failures) = (responder(&rows), Failures::start());
    let program = Program::new(&configuration(
        &rows,
        &responder,
        &failures,
        |index| format!("before:row{index}"),
        2,
    ));
    let catalogue = catalogue(&program, rows.len());
    let lines: String = (0..rows.len())
        .map(|index| format!("{{\"event\": \"before:row{index}\"}}\n"))
        .collect();
    let finished = program.run(&lines, &["--catalogue", &catalogue]).exits(0);
    let events = finished.of_type("event");
    assert_eq!(events.len(), rows.len());
    for (index, (event, row)) in events.iter().zip(&rows).enumerate() {
        let cancelled = row.before == "cancelled";
        let (decision, webhook) = (&event["outcome"], &event["webhooks"][0]);
        assert_eq!(
            decision,
            if cancelled { "cancelled" } else { "proceed" },
            "{}: {event}",
            row.why
        );
        assert_eq!(webhook["outcome"], row.before, "{}: {event}", row.why);
        check_attempts(
            row,
            index,
            webhook,
            if cancelled { 1 } else { row.attempts },
            &responder,
        );
        match row.reason.as_deref().filter(|_| cancelled) {
            Some("*") => assert!(
                event["reason"]
                    .as_str()
                    .unwrap()
                    .starts_with("cancelled without a reason"),
                "{event}"
            ),
            Some(reason) => assert_eq!(event["reason"], reason, "{}", row.why),
            None => assert_eq!(event["reason"].is_null(), !cancelled, "{event}"),
        }
    }
}

#[test]
fn before_an_event_with_on_error_cancel() {
    let rows: Vec<Row> = table()
        .into_iter()
        .filter(|row| row.before == "no_answer" && row.attempts == 1)
        .collect();
    let (responder, failures) = (responder(&rows), Failures::start());
    let configuration = configuration(
        &rows,
        &responder,
        &failures,
        |index| format!("before:row{index}"),
        1,
    )
    .replace("secret:", "on_error: cancel, secret:");
    let program = Program::new(&configuration);
    let catalogue = catalogue(&program, rows.len());
    let lines: String = (0..rows.len())
        .map(|index| format!("{{\"event\": \"before:row{index}\"}}\n"))
        .collect();
    let finished = program.run(&lines, &["--catalogue", &catalogue]).exits(0);
    for (event, row) in finished.of_type("event").iter().zip(&rows) {
        assert_eq!(event["outcome"], "cancelled", "{}: {event}", row.why);
        assert_eq!(
            event["webhooks"][0]["outcome"], "no_answer",
            "an error is never taken for a cancel: {event}"
        );
        assert!(
            event["reason"].as_str().unwrap().contains("no answer"),
            "{event}"
        );
    }
}

#[test]
fn gone_switches_the_webhook_off() {
    let rows: Vec<Row> = table().into_iter().filter(|row| row.switched_off).collect();
    assert_eq!(rows.len(), 1);
    let responder = responder(&rows);
    let program = Program::new(&format!(
        "- {{name: gone, url: '{}', events: [before:adjust, after:adjust], secret: s3cr3t}}\n",
        responder.url("/0")
    ));
    let before = "{\"event\": \"before:adjust\"}\n";
    let after = "{\"event\": \"after:adjust\"}\n";
    let finished = program.run(&[before, before, after].concat(), &[]).exits(1);
    assert_eq!(
        responder.received().len(),
        1,
        "nothing is sent after the 410"
    );
    let events = finished.of_type("event");
    let outcomes: Vec<_> = events
        .iter()
        .map(|event| event["webhooks"][0]["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["no_answer", "switched_off", "switched_off"]);
    let decisions: Vec<_> = events
        .iter()
        .map(|event| event["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(decisions, ["proceed", "proceed", "rejected"]);
    assert_eq!(finished.of_type("delivery")[0]["outcome"], "failed");
    assert!(
        finished.stderr.contains("switched off"),
        "{}",
        finished.stderr
    );
}

#[test]
fn the_first_cancel_wins_while_another_hangs() {
    let responder = Responder::start(|request| match request.path.as_str() {
        "/cancel" => Reply::cancel("not on a Friday"),
        "/proceed" => Reply::status(200),
        _ => Reply::Hang,
    });
    let webhook = |name: &str| {
        format!(
            "- {{name: {name}, url: '{}', events: before:adjust, secret: s, timeout: 1h}}\n",
            responder.url(&format!("/{name}"))
        )
    };
    let program = Program::new(&["hang", "cancel", "hang2"].map(webhook).concat());
    let finished = program
        .run("{\"event\": \"before:adjust\"}\n", &[])
        .exits(0);
    let event = &finished.of_type("event")[0];
    assert_eq!(event["outcome"], "cancelled");
    assert_eq!(event["reason"], "not on a Friday");
    let outcomes: Vec<_> = event["webhooks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|webhook| webhook["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["not_awaited", "cancelled", "not_awaited"]);
}

#[test]
fn the_budget_bounds_all_webhooks_together() {
    let responder = Responder::start(|request| match request.path.as_str() {
        "/busy" => Reply::Answer(
            503,
            vec![("retry-after".to_owned(), "40".to_owned())],
            "".into(),
        ),
        "/quick" => Reply::status(200),
        _ => Reply::Hang,
    });
    let webhook = |(name, on_error): (&str, &str)| {
        format!(
            "- {{name: {name}, url: '{}', events: before:adjust, secret: s, timeout: 1h, on_error: {on_error}, backoff: {{max_time: 1h}}}}\n",
            responder.url(&format!("/{name}"))
        )
    };
    let hooks = [
        ("hang", "proceed"),
        ("busy", "proceed"),
        ("quick", "cancel"),
    ];
    let program = Program::new(&hooks.map(webhook).concat());
    let finished = program
        .run(
            "{\"event\": \"before:adjust\"}\n",
            &["--before-budget", "500ms"],
        )
        .exits(0);
    let event = &finished.of_type("event")[0];
    assert_eq!(event["outcome"], "proceed");
    let webhooks = &event["webhooks"];
    assert_eq!(webhooks[0]["outcome"], "no_answer");
    assert!(
        webhooks[0]["error"]
            .as_str()
            .unwrap()
            .contains("no answer within"),
        "{event}"
    );
    assert_eq!(webhooks[1]["outcome"], "no_answer");
    assert_eq!(
        webhooks[1]["attempts"], 1,
        "a wait that does not fit settles at once: {event}"
    );
    assert_eq!(webhooks[2]["outcome"], "proceeded");
    let timeout: u64 = responder.at("/quick")[0]
        .header("x-servo-timeout")
        .parse()
        .unwrap();
    assert!((1..=500).contains(&timeout), "{timeout}");

    let program = Program::new(&webhook(("hang", "cancel")));
    let finished = program
        .run(
            "{\"event\": \"before:adjust\"}\n",
            &["--before-budget", "200ms"],
        )
        .exits(0);
    assert_eq!(finished.of_type("event")[0]["outcome"], "cancelled");
}
