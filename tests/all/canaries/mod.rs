//! Canaries: a text of its own for every place that holds a secret, or a body, and none
//! of them in anything that the program says.

mod failures;
mod said;

use crate::support::program::{Finished, Program};
use crate::support::responder::{Reply, Responder};
use std::sync::Mutex;

/// Webhooks that each have a full set of secrets.
const WEBHOOKS: [(&str, &str); 9] = [
    ("accepts", "200"),
    ("refuses", "400"),
    ("fails", "503"),
    ("redirects", "302"),
    ("closes", "close"),
    ("hangs", "hang"),
    ("forbidden", "http://10.255.0.1"),
    ("unknown", "http://nowhere.invalid"),
    ("unreachable", "https://127.0.0.1:1"),
];

/// Every canary that was put somewhere.
#[derive(Default)]
struct Canaries(Mutex<Vec<String>>);

impl Canaries {
    /// A new one, named after where it is put.
    fn put(&self, place: &str) -> String {
        let mut all = self.0.lock().unwrap();
        let canary = format!("canary{}{place}", all.len());
        all.push(canary.clone());
        canary
    }

    fn are_not_in(&self, finished: &Finished, what: &str) {
        for canary in self.0.lock().unwrap().iter() {
            for (stream, text) in [("out", &finished.stdout), ("err", &finished.stderr)] {
                assert!(!text.contains(canary), "{what}, {stream}: {canary}\n{text}");
                let upper = canary.to_uppercase();
                assert!(!text.contains(&upper), "{what}, {stream}: {upper}");
            }
        }
        assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
    }
}

/// A program with a secret wherever one can be.
fn planted(canaries: &Canaries, responder: &Responder) -> Program {
    let mut program = Program::empty();
    let mut yaml = "webhooks:\n".to_owned();
    for (name, origin) in WEBHOOKS {
        let put = |place: &str| canaries.put(&format!("{name}{place}"));
        let origin = if origin.starts_with("http") {
            origin.to_owned()
        } else {
            responder.url(&format!("/{origin}"))
        };
        let (header, key) = (
            format!("{}_HEADER", name.to_uppercase()),
            format!("{name}.key"),
        );
        program = program.variable(&header, &put("environment"));
        program.write(&key, put("file"));
        yaml += &format!(
            "  - name: {name}\n    events: ['before:adjust', 'after:adjust']\n    channels: news\n    url: '{origin}/{}?token={}#{}'\n    secret: ['{}', '{}', {{file: {key}}}]\n    headers: {{Authorization: 'Bearer {}', X-Token: {{env: {header}}}}}\n    backoff: false\n    timeout: 300ms\n    response_channel: answers\n",
            put("path"),
            put("query"),
            put("fragment"),
            put("key"),
            put("older"),
            put("header")
        );
    }
    let url = canaries.put("url");
    program = program.variable(
        "HIDDEN_URL",
        &format!(
            "https://{url}:443/{}?{}",
            canaries.put("hidden"),
            canaries.put("hiddenquery")
        ),
    );
    program.write("servo.yaml", yaml);
    program
}

fn responder(canaries: &'static Canaries) -> Responder {
    Responder::start(move |request| {
        let body = canaries.put("answer");
        let headers = vec![
            (
                "location".to_owned(),
                format!("http://127.0.0.1:9/{}", canaries.put("location")),
            ),
            ("x-more".to_owned(), canaries.put("answerheader")),
            ("retry-after".to_owned(), canaries.put("retryafter")),
            ("content-type".to_owned(), "text/plain".to_owned()),
        ];
        match request.path.split('/').nth(1) {
            Some("hang") => Reply::Hang,
            Some("close") => Reply::Close,
            Some("200") => Reply::Answer(200, Vec::new(), body.into()),
            Some(status) => Reply::Answer(status.parse().unwrap(), headers, body.into()),
            None => Reply::Close,
        }
    })
}
