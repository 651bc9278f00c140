//! What would be done, without doing it: `run --dry-run`, `explain`, `trigger --print curl`.

mod commands;
mod runs;

use crate::support::responder::Responder;

const EVENTS: &str = r#"{"event":"after:measure","id":"m","created_at":"2026-11-23T11:23:42+00:00","results":[{"connector":"p","value":{"annotations":{"it's":"$HOME `x` \"q\""}}}]}
{"event":"before:adjust","id":"a","created_at":"2026-11-23T11:23:42+00:00"}
{"channel":"news","id":"n","content_type":"text/plain","content":"hello"}
"#;

fn configuration(responder: &Responder) -> String {
    format!(
        "webhooks:
  - name: first
    events: [after:measure, before:adjust]
    url: {0}/hunter2?key=hunter2
    secret: s3cr3t
    headers: {{Authorization: Bearer hunter2}}
  - {{name: other, events: after:describe, url: '{0}/hunter2', secret: s}}
  - {{name: silent, events: '*:*', url: '{0}/hunter2', secret: s, enabled: false}}
  - {{name: news, channels: news, url: '{0}/hunter2', secret: s}}
",
        responder.url("")
    )
}
