//! Every row of the table.

use super::{Row, responder, table};
use crate::support::program::Program;
use crate::support::responder::Responder;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

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
