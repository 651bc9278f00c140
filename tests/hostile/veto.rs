//! Generated answers: the connector's ruling never is another than the table of answers
//! allows, whatever the body is and however it ended.

use crate::answers::{BODIES, CANCELS, TYPES, retried};
use crate::class::Finding;
use fastrand::Rng;
use servo_webhooks::__internal::connector::{Contract, wit};
use servo_webhooks::Connector;

/// Calls in one round.
const CALLS: usize = 50_000;

const SEED: u64 = 20_261_124;

pub fn run(connector: &Connector, rounds: usize, finding: &mut Finding) {
    let document = r#"[{"events": "*:*", "url": "https://example.com/", "secret": {"handle": 0}, "backoff": {"max_tries": 12}, "response_channel": "answers"}]"#;
    let read = Contract::of(connector)
        .parse_config(document, &[], "")
        .unwrap();
    let webhook = &read.webhooks[0];
    let mut random = Rng::with_seed(SEED);
    for call in 0..CALLS * rounds {
        let before = random.bool();
        let policy = if before {
            &webhook.before.policy
        } else {
            &webhook.after.policy
        };
        let status = random.u16(200..600);
        let content_type = content_type(&mut random);
        let waits = random
            .choice([
                "",
                "0",
                "5",
                "999999999999999999999",
                "-1",
                "soon",
                "Mon, 05 Jan 2026 10:00:00 GMT",
            ])
            .unwrap_or_default();
        let headers = [("content-type", &*content_type), ("retry-after", waits)];
        let headers: Vec<_> = headers
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| wit::HeaderParam { name, value })
            .collect();
        let text = String::from_utf8_lossy(random.choice(BODIES).unwrap_or_default().0);
        let ending = random.choice([
            wit::Ending::Whole,
            wit::Ending::Oversized,
            wit::Ending::Broken,
        ]);
        let body = ending
            .filter(|_| random.bool())
            .map(|ending| wit::AnswerBody {
                text: &text,
                ending,
            });
        let attempt = wit::Attempt {
            number: 1,
            elapsed: 0,
            now: 1_795_433_022_000_000_000,
            outcome: wit::Outcome::Answer(wit::Answer {
                status,
                headers: &headers,
                body,
            }),
        };
        let ruling = Contract::of(connector).judge(policy, attempt).unwrap();
        finding.cases += 1;
        let cancels = before && is_cancel(&content_type);
        let right = match &ruling.verdict {
            wit::Verdict::Cancel(reason) => cancels && !reason.is_empty(),
            _ if cancels => false,
            wit::Verdict::Delivered => status / 100 == 2,
            wit::Verdict::Retry(wait) => retried(status) && wait.at_least <= wait.at_most,
            wit::Verdict::Gone(_) => status == 410,
            // A wait that is asked for may not fit into the time for all attempts.
            wit::Verdict::Failed(_) => {
                !matches!(status, 200..=299 | 410) && (!retried(status) || !waits.is_empty())
            }
        };
        if !right {
            finding.wrong.push(format!("seed {SEED}, call {call}: {status} {content_type:?} {text:?} before: {before}: {:?}", ruling.verdict));
        }
    }
}

/// By RFC 9110, 8.3, without case; and in doubt, since what else stands in the header must not
/// turn a cancel into consent: wherever it stands whole, but as the value of a parameter.
fn is_cancel(content_type: &str) -> bool {
    let text = content_type.to_ascii_lowercase();
    let of_a_type = |char: char| char.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~/".contains(char);
    CANCELS.iter().any(|cancel| {
        let cancel = cancel.to_ascii_lowercase();
        text.match_indices(&cancel).any(|(start, _)| {
            let (before, after) = (&text[..start], &text[start + cancel.len()..]);
            let alone = !before.ends_with(of_a_type) && !after.starts_with(of_a_type);
            alone && !before.ends_with('=')
        })
    })
}

/// One of the table, or one that is a few characters off.
fn content_type(random: &mut Rng) -> String {
    let (text, _) = random.choice(TYPES).unwrap_or_default();
    let mut text: Vec<char> = text.chars().collect();
    for _ in 0..random.usize(0..3) {
        let place = random.usize(0..=text.len());
        match random.u8(0..4) {
            0 => text.insert(
                place,
                random
                    .choice([' ', ';', '\t', 'x', '+', 'é', 'K'])
                    .unwrap_or(' '),
            ),
            1 if place < text.len() => drop(text.remove(place)),
            2 if place < text.len() => text[place] = text[place].to_ascii_uppercase(),
            3 => text.truncate(place),
            _ => {}
        }
    }
    text.into_iter().collect()
}
