//! What can be broken, and what is said of it.

use super::{Operator, shows};

#[test]
fn six_broken_situations_say_their_cure() {
    let Some(operator) = Operator::new() else {
        return;
    };
    let hook = |url: &str, secret: &str| {
        format!(
            "- {{name: hook, events: after:measure, url: '{url}', secret: {{env: {secret}}}, backoff: false}}\n"
        )
    };
    let trigger = "servo-webhooks trigger after:measure hook";
    let local = format!("{trigger} --allow loopback");

    // A wrong secret: the servo hears of a 401, and the responder why.
    let responder = operator.listens("--secret env:NEW --save saved");
    operator.configures(&hook(&responder.url, "OLD"));
    shows(&operator.types(&local).exits(1), &["401", "would fail"]);
    // No TLS where TLS is expected.
    let https = responder.url.replace("http:", "https:");
    operator.configures(&hook(&https, "NEW"));
    shows(
        &operator.types(&local).exits(1),
        &["TLS handshake failed: the other side does not speak TLS"],
    );
    // An address that is not public.
    operator.configures(&hook(&responder.url, "NEW"));
    shows(
        &operator.types(trigger).exits(1),
        &["127.0.0.1 is a loopback address; allow it with --allow loopback"],
    );
    let url = responder.url.clone();
    let ended = responder.stops().exits(1);
    shows(
        &ended,
        &[
            "refused: X-Servo-Signature does not match: signed with a different secret",
            "-> 401",
        ],
    );
    // What was saved tells which secret it was.
    let verify = |secret: &str| format!("servo-webhooks verify saved/*.http --secret env:{secret}");
    operator.types(&verify("NEW")).exits(1);
    shows(
        &operator.types(&verify("OLD")).exits(0),
        &["verified: X-Servo-Signature"],
    );
    // Nobody is there any more.
    shows(
        &operator.types(&local).exits(1),
        &["connection refused by 127.0.0.1:"],
    );
    drop(url);
    // A name that nobody has.
    operator.configures(&hook("https://nobody.invalid/", "NEW"));
    shows(
        &operator.types(trigger).exits(1),
        &["name lookup failed for \"nobody.invalid\""],
    );
    // A slip in the configuration, with its place and what to write.
    operator.configures(
        "- name: hook\n  events: after:measure\n  url: https://example.com/\n  secret: {env: NEW}\n  backoff: {max_tries: 3, max_time: 1:30}\n",
    );
    shows(
        &operator.types("servo-webhooks check").exits(2),
        &["servo.yaml:5:", "write 90s", "^^^^"],
    );
}
