//! The rules without a sandbox: the same crate, called natively.

use super::events::PARAMETERS;
use rules::answer::{Answer, Attempt, Outcome, Verdict};
use rules::notification::{Event, Notification};
use rules::render::Rendering;
use rules::signature::SigningContext;
use sha1_portable::Digest as _;
use std::hint::black_box;

/// What SHA-1 is made with.
#[derive(Clone, Copy, Debug)]
pub enum Sha1 {
    /// The instructions of the processor, where it has them.
    Instructions,
    /// Software, as in the sandbox: `sha1` 0.10, which can be told so; the version that
    /// the rules use decides for itself.
    Software,
}

/// One event on its way: rendered, signed, judged.
pub struct Native {
    notification: Notification,
    context: SigningContext,
    attempt: Attempt,
}

impl Native {
    /// Of an event with these results.
    pub fn new(results: &str) -> Self {
        Self {
            notification: Notification::Event(Event {
                name: "after:adjust".to_owned(),
                id: super::rules::ID.to_owned(),
                created: super::rules::CREATED.to_owned(),
                parameters: PARAMETERS.to_owned(),
                results: Some(results.to_owned()),
            }),
            context: SigningContext {
                delivery: super::rules::ID.to_owned(),
                attempt: 1,
                now: 0,
            },
            attempt: Attempt {
                number: 1,
                elapsed: 0,
                now: 0,
                outcome: Outcome::Answer(Answer {
                    status: 204,
                    headers: Vec::new(),
                    body: None,
                }),
            },
        }
    }

    /// Renders and signs; body and signature.
    pub fn signed(&self, sha1: Sha1) -> (String, String) {
        let Ok(Rendering::Send(request)) = rules::render::render("", &self.notification) else {
            unreachable!("it renders")
        };
        let body = request.body.unwrap();
        let signature = match sha1 {
            Sha1::Instructions => {
                let signed =
                    rules::signature::sign("", &["secret"], &self.context, body.as_bytes());
                signed.unwrap().swap_remove(0).value
            }
            Sha1::Software => software("secret", body.as_bytes()),
        };
        (body, signature)
    }

    /// Judges the answer.
    pub fn judged(&self) {
        let ruling = rules::answer::judge(super::rules::POLICY, &self.attempt);
        assert!(matches!(black_box(ruling).verdict, Verdict::Delivered));
    }
}

/// HMAC (RFC 2104) of a key that is shorter than a block: the crate `hmac` of that time
/// would have the tests build wasmtime once more, with other features of `digest`.
fn software(key: &str, body: &[u8]) -> String {
    let pad = |byte: u8| {
        let mut block = [byte; 64];
        for (padded, key) in block.iter_mut().zip(key.as_bytes()) {
            *padded ^= key;
        }
        sha1_portable::Sha1::new_with_prefix(block)
    };
    let inner = pad(0x36).chain_update(body).finalize();
    hex::encode(pad(0x5c).chain_update(inner).finalize())
}
