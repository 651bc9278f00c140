//! What says something that may become more than one request.

use super::text::{NAMES, PIECES};
use fastrand::Rng;
use serde_json::{Value, json};

pub type Make = fn(&mut Rng) -> Case;

pub struct Case {
    /// Of the webhook, as JSON, which is YAML too.
    pub webhook: Value,
    pub stated: String,
    /// A header of its own, and what it must be.
    pub own: Option<(String, String)>,
}

/// Some pieces and some letters.
fn nasty(random: &mut Rng) -> String {
    let count = random.usize(1..5);
    (0..count)
        .map(|_| {
            if random.u8(0..3) == 0 {
                "abc"
            } else {
                random.choice(PIECES).unwrap_or_default()
            }
        })
        .collect()
}

fn name(random: &mut Rng) -> String {
    let name = random.choice(NAMES).unwrap_or_default();
    if random.bool() {
        name.to_owned()
    } else {
        format!("{name}{}", nasty(random))
    }
}

/// What is right, or a piece of what is not.
fn mostly(right: &str, random: &mut Rng) -> String {
    if random.u8(0..4) == 0 {
        nasty(random)
    } else {
        right.to_owned()
    }
}

const ASKED: &str = r#"{"event": "before:adjust", "id": "e1"}"#;

pub fn configuration(random: &mut Rng) -> Case {
    // Half of them a good name with a bad value, or nothing would ever be sent.
    let own = if random.bool() {
        "X-Own".to_owned()
    } else {
        name(random)
    };
    let value = if random.bool() {
        nasty(random)
    } else {
        format!(
            "a {} b",
            random.choice(["é", "\t", "x", ";"]).unwrap_or_default()
        )
    };
    Case {
        webhook: json!({"events": "before:adjust", "headers": {own.clone(): value.clone()}, "name": nasty(random)}),
        stated: ASKED.to_owned(),
        own: Some((own, value)),
    }
}

pub fn url(random: &mut Rng) -> Case {
    let path = format!("/{}?{}#{}", nasty(random), nasty(random), nasty(random));
    Case {
        webhook: json!({"events": "before:adjust", "path": path}),
        stated: ASKED.to_owned(),
        own: None,
    }
}

pub fn event(random: &mut Rng) -> Case {
    let format = random
        .choice(["servo", "cloudevents", "cloudevents-binary"])
        .unwrap_or_default();
    let name = mostly("measure", random);
    let stated = json!({
        "event": format!("after:{name}"),
        "id": nasty(random),
        "created_at": mostly("2026-01-01T00:00:00", random),
        "parameters": {nasty(random): nasty(random)},
        "results": [{"connector": mostly("web", random), "value": nasty(random)}],
    });
    Case {
        webhook: json!({"events": "after:measure", "format": format, "signatures": ["servo", "standard"], "secret": ["s", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]}),
        stated: stated.to_string(),
        own: None,
    }
}

pub fn message(random: &mut Rng) -> Case {
    let channel = mostly("news", random);
    let kind = format!("text/plain{}", mostly("; a=b", random));
    Case {
        webhook: json!({"channels": "news", "format": random.choice(["servo", "cloudevents-binary"]).unwrap_or_default()}),
        stated: json!({"channel": channel, "content_type": kind, "content": nasty(random)})
            .to_string(),
        own: None,
    }
}

pub fn expression(random: &mut Rng) -> Case {
    let (payload, kind) = (nasty(random), nasty(random));
    let kind = if random.bool() {
        "text/plain".to_owned()
    } else {
        format!("text/plain{kind}")
    };
    Case {
        webhook: json!({"events": "before:adjust", "payload": json!(payload).to_string(), "content_type": kind}),
        stated: ASKED.to_owned(),
        own: None,
    }
}

/// The connector returns the secrets, two and two, as names and values.
pub fn guest(random: &mut Rng) -> Case {
    let pairs = random.usize(1..3);
    let secrets: Vec<String> = (0..pairs)
        .flat_map(|_| {
            let right = random
                .choice(["X-Servo-Signature", "webhook-signature"])
                .unwrap_or_default()
                .to_owned();
            let known = if random.bool() { right } else { name(random) };
            [
                known,
                if random.bool() {
                    "fine".to_owned()
                } else {
                    nasty(random)
                },
            ]
        })
        .collect();
    Case {
        webhook: json!({"events": "before:adjust", "secret": secrets}),
        stated: ASKED.to_owned(),
        own: None,
    }
}
