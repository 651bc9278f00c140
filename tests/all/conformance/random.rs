//! Random calls: mostly right, sometimes nonsense.

use fastrand::Rng;
use serde_json::{Value, json};

pub struct Random(Rng);

const NAMES: [&str; 12] = [
    "after:measure",
    "before:adjust",
    "after:*",
    "*:adjust",
    "*:*",
    "after:k8s_*",
    "before:m*e",
    "measure",
    "after:mesure",
    "AFTER:measure",
    "after:**",
    "before:describe",
];
/// The first two are none.
const EXPRESSIONS: [&str; 12] = [
    ".a |",
    "selct(.)",
    ".",
    "false",
    "null, true",
    "empty",
    "error",
    ".parameters | keys",
    "[.parameters | .. | numbers] | add",
    ".created_at[11:13] | tonumber < 3",
    r#""\(.event) of \(.id)""#,
    "{now: (now | todate), text: @json}",
];

const TEXTS: [&str; 14] = [
    "",
    "a",
    "é☃😀",
    "\"quoted\"",
    "back\\slash",
    "line\nbreak",
    "\u{0}",
    "null",
    "1.0",
    "{}",
    "[]",
    "\u{7f}\u{2028}",
    "https://example.com/x",
    "  ",
];
const JSON: [&str; 16] = [
    "{}",
    "{\"n\": 1.0}",
    "{\"n\":1e400,\"m\":-0.0}",
    " {\"a\":[1,2,{\"b\":null}]} ",
    "[]",
    "null",
    "nonsense",
    "{\"a\":1,\"a\":2}",
    "{\"\\ud83d\\ude00\":\"\\ud800\"}",
    "[{\"connector\":\"p\",\"value\":1}]",
    "[{\"connector\":1}]",
    "[{\"connector\":\"p\",\"value\":12345678901234567890123}]",
    "{",
    "\"text\"",
    "[1]",
    "{\"a\":\"\u{1}\"}",
];
const SECRETS: [&str; 8] = [
    "s3cr3t",
    "",
    "pässwörd☃",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "whsec_short",
    "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=",
    "whsk_AAAA",
    "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
];
const TYPES: [&str; 6] = [
    "text/plain",
    "application/vnd.opsani.servo.errors.EventCancelledError+json",
    "APPLICATION/vnd.opsani.servo.errors.canceleventerror+JSON; charset=utf-8",
    "application/json",
    "",
    ";",
];
const WAITS: [&str; 7] = [
    "1",
    "0",
    "3600",
    "99999999999999999999",
    "soon",
    "Mon, 05 Jan 2026 10:00:02 GMT",
    "-1",
];

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.0.usize(..of.len())]
    }

    fn some(&mut self, of: &[&str], most: usize) -> Vec<String> {
        let count = self.0.usize(..=most);
        (0..count).map(|_| self.one(of).to_owned()).collect()
    }

    /// True about once in `n`.
    fn rarely(&mut self, n: usize) -> bool {
        self.0.usize(..n) == 0
    }

    /// A function and its input.
    pub fn call(&mut self) -> (&'static str, Value) {
        match self.0.usize(..10) {
            0 => ("parse-config", self.configuration()),
            1 => ("select", self.selection()),
            2..=4 => ("render", self.rendering()),
            5 | 6 => ("sign", self.signing()),
            _ => ("judge", self.judging()),
        }
    }

    fn configuration(&mut self) -> Value {
        let count = self.0.usize(..4);
        let document: Vec<Value> = (0..count).map(|_| self.webhook_or_nonsense()).collect();
        json!({"document": document, "events": self.some(&["deploy", "mesure2"], 2), "source": self.one(&["", "/servo", "a b"])})
    }

    fn webhook_or_nonsense(&mut self) -> Value {
        let mut webhook = json!({
            "events": self.some(&NAMES, 3),
            "url": self.one(&["https://example.com/", "http://a:80", "ftp://x", "https://u@h/", "https://h/#f"]),
            "secret": {"handle": self.0.u32(..9)},
        });
        let fields: [(&str, Value); 16] = [
            ("name", json!(self.one(&TEXTS))),
            (
                "timeout",
                json!(self.one(&["5s", "1h30m", "0", "-1", "5 s", "1:30"])),
            ),
            ("timeout", json!(self.0.u32(..4000))),
            ("backoff", json!(false)),
            (
                "backoff",
                json!({"max_tries": self.0.u32(..4), "max_time": self.one(&["3m", "0", "x"])}),
            ),
            ("backoff", Value::Null),
            (
                "channels",
                json!(self.some(&["news", "a.b", "-x", "x-"], 2)),
            ),
            (
                "response_channel",
                json!(self.one(&["news", "answers", "a..b"])),
            ),
            ("headers", json!({"X-A": self.one(&TEXTS), "host": "x"})),
            (
                "headers",
                json!([{"name": self.one(&["X-A", "x-a", "Cookie"]), "value": {"handle": 3}}]),
            ),
            ("on_error", json!(self.one(&["proceed", "cancel", "abort"]))),
            (
                "format",
                json!(self.one(&["servo", "cloudevents", "cloudevents-binary", "xml"])),
            ),
            (
                "signatures",
                json!(self.some(&["servo", "standard", "v1"], 2)),
            ),
            ("when", json!(self.one(&EXPRESSIONS))),
            ("payload", json!(self.one(&EXPRESSIONS))),
            ("unknown", json!(1)),
        ];
        for (name, value) in fields {
            if self.rarely(6) {
                webhook[name] = value;
            }
        }
        if self.rarely(12) {
            return json!(self.one(&TEXTS));
        }
        webhook
    }

    /// A webhook that is right, for its tokens.
    fn webhook(&mut self) -> Value {
        let mut webhook =
            json!({"events": "*:*", "url": "https://example.com/", "secret": {"handle": 0}});
        if self.0.bool() {
            webhook["format"] = json!(self.one(&["servo", "cloudevents", "cloudevents-binary"]));
        }
        if self.0.bool() {
            webhook["signatures"] = json!(
                [["servo"].as_slice(), &["standard"], &["servo", "standard"]][self.0.usize(..3)]
            );
        }
        if self.0.bool() {
            webhook["backoff"] =
                json!({"max_tries": self.0.u32(1..20), "max_time": self.0.u32(1..400)});
        }
        if self.rarely(3) {
            webhook["response_channel"] = json!("answers");
        }
        for field in ["when", "payload"] {
            if self.rarely(8) {
                webhook[field] = json!(self.one(&EXPRESSIONS[2..]));
            }
        }
        webhook
    }

    fn selection(&mut self) -> Value {
        let count = self.0.usize(..6);
        let listeners: Vec<_> = (0..count).map(|_| self.some(&NAMES, 4)).collect();
        json!({"listeners": listeners, "event": self.one(&["after:measure", "before:adjust", "after:k8s_pod", "before:me", "x", "after:"])})
    }

    fn rendering(&mut self) -> Value {
        let created = "2026-11-23T11:23:42.243402+00:00";
        let results = if self.0.bool() {
            json!(self.one(&JSON))
        } else {
            Value::Null
        };
        let notification = if self.rarely(4) {
            json!({"message": {"channel": "news", "id": self.one(&TEXTS), "created": created, "content_type": self.one(&TYPES), "content": self.one(&TEXTS)}})
        } else {
            json!({"event": {"name": self.one(&NAMES), "id": self.one(&TEXTS), "created": created, "parameters": self.one(&JSON), "results": results}})
        };
        json!({"webhook": self.webhook(), "source": "/servos/web", "notification": notification})
    }

    fn signing(&mut self) -> Value {
        let body: String = (0..self.0.usize(..20)).map(|_| self.one(&TEXTS)).collect();
        json!({
            "webhook": self.webhook(),
            "source": "/servos/web",
            "secrets": self.some(&SECRETS, 4),
            "context": {"delivery": format!("d{}", self.0.u32(..)), "attempt": self.0.u32(1..13), "now": self.0.u64(..)},
            "body": body,
        })
    }

    fn judging(&mut self) -> Value {
        let mut headers = Vec::new();
        for (name, of) in [
            ("content-type", &TYPES[..]),
            ("retry-after", &WAITS),
            ("date", &["Mon, 05 Jan 2026 10:00:00 GMT", "now"]),
        ] {
            if self.0.bool() {
                headers.push(json!([name, self.one(of)]));
            }
        }
        let mut answer = json!({"status": self.0.u16(100..600), "headers": headers});
        if self.0.bool() {
            let reason =
                json!({"reason": self.one(&TEXTS).repeat(self.0.usize(1..400))}).to_string();
            let text = if self.0.bool() {
                reason.as_str()
            } else {
                self.one(&JSON)
            };
            answer["body"] =
                json!({"text": text, "ending": self.one(&["whole", "oversized", "broken"])});
        }
        let outcome = if self.rarely(5) {
            json!({"no_answer": self.one(&TEXTS)})
        } else {
            json!({"answer": answer})
        };
        json!({
            "webhook": self.webhook(),
            "source": "/servos/web",
            "side": self.one(&["before", "after"]),
            "attempt": {"number": self.0.u32(1..14), "elapsed": self.0.u64(..400_000_000_000), "now": self.0.u64(1_700_000_000_000_000_000..1_800_000_000_000_000_000), "outcome": outcome},
        })
    }
}

/// What an answer amounts to, roughly.
pub fn kind(answer: &Value) -> String {
    match answer {
        Value::Object(members) => {
            let verdict = members
                .get("verdict")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let none = members
                .get("webhooks")
                .and_then(Value::as_array)
                .map(|list| list.is_empty());
            format!(
                "{} {verdict} {none:?}",
                members.keys().next().map_or("", String::as_str)
            )
        }
        other => format!("{}", other.as_array().is_some_and(Vec::is_empty)),
    }
}
