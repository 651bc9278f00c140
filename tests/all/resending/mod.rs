//! What was not delivered is kept by `run --failed`, and sent again from there.

mod files;
mod lines;

use crate::support::program::Program;
use crate::support::responder::Responder;
use serde_json::Value;

const EVENTS: &str = r#"{"event":"after:measure","id":"one","created_at":"2026-11-23T11:23:42.5+05:30","parameters":{"n":12345678901234567890.10}}
{"event":"before:adjust","id":"asked"}
{"event":"after:adjust","id":"two","results":[{"connector":"p","value":{"a":1.0}}]}
{"channel":"news","id":"three","content_type":"image/png","content_base64":"/w=="}
"#;

fn configuration(responder: &Responder) -> String {
    let hook = |name: &str, listens: &str| {
        format!(
            "- {{{name}{listens}, url: '{}', secret: s}}\n",
            responder.url(if name.contains("well") {
                "/well"
            } else {
                "/ill"
            })
        )
    };
    [
        hook("name: store, ", "events: ['after:*', 'before:adjust']"),
        hook("name: well, ", "events: 'after:*'"),
        hook("", "channels: news"),
    ]
    .concat()
}

fn lines(program: &Program, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(program.path(name)).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    text.lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}
