//! The jobs of an operator, done in a terminal as the documentation tells them.
//!
//! Each is a person's errand from its beginning to what they see at its end. Output and
//! completions are jobs too, in `terminals` and `completions`.

use crate::support::program::Program;
use crate::support::terminal::{self, CTRL_C, Ended, Setup, Terminal};

const MEASURE: &str = r#"{"event":"after:measure","id":"m"}"#;

/// A folder to work in, with the secrets that there are.
struct Operator(Program);

/// A responder of somebody else's, in a terminal of its own.
struct Responder {
    terminal: Terminal,
    url: String,
}

impl Operator {
    fn new() -> Option<Self> {
        terminal::is_there().then(|| Self(Program::empty()))
    }

    fn setup(&self) -> Setup {
        Setup::new(120, &self.0.path(""))
            .rows(60)
            .variable("SERVO_WEBHOOKS_SECRET", "s3cr3t")
            .variable("OLD", "s3cr3t")
            .variable("NEW", "n3w")
    }

    /// Types a command of the shell, and reads what it says.
    fn types(&self, command: &str) -> Ended {
        self.setup().start(&["sh", "-c", command]).finish()
    }

    /// Leaves a responder to itself.
    fn listens(&self, arguments: &str) -> Responder {
        let command = format!("exec servo-webhooks listen --port 0 {arguments}");
        let terminal = self.setup().start(&["sh", "-c", &command]);
        let screen = terminal.until_shown("(Ctrl-C to end)");
        let (_, rest) = screen.split_once("listening on ").unwrap();
        let url = rest.split_whitespace().next().unwrap().to_owned();
        Responder { terminal, url }
    }

    fn configures(&self, text: &str) {
        self.0.write("servo.yaml", text);
    }

    /// Sends these events on this machine.
    fn runs(&self, events: &[&str]) -> Ended {
        self.0.write("events.jsonl", events.join("\n") + "\n");
        self.types("servo-webhooks run --events events.jsonl --allow loopback")
    }
}

impl Responder {
    /// Ends it with Ctrl-C, and reads its last screen.
    fn stops(mut self) -> Ended {
        self.terminal.press(CTRL_C);
        self.terminal.finish()
    }
}

fn adjustment(cores: u32) -> String {
    format!(
        r#"{{"event":"before:adjust","parameters":{{"adjustments":[{{"component_name":"web","setting_name":"cpu","value":{cores}}}]}}}}"#
    )
}

/// Fails with the screen unless all of this is on it, however it is broken into lines.
fn shows(ended: &Ended, parts: &[&str]) {
    let joined: String = ended.screen.lines().collect();
    for part in parts {
        assert!(joined.contains(part), "{part}:\n{}", ended.screen);
    }
}

#[test]
fn a_first_delivery() {
    let Some(operator) = Operator::new() else {
        return;
    };
    operator
        .types("servo-webhooks generate --output servo.yaml")
        .exits(0);
    shows(
        &operator.types("servo-webhooks check").exits(0),
        &["ok: 3 webhooks"],
    );
    shows(
        &operator
            .types("servo-webhooks explain after:measure")
            .exits(0),
        &["measurements: fires", "approve-adjustments: does not fire"],
    );
    let responder = operator.listens("--secret env:SERVO_WEBHOOKS_SECRET");
    let starter = std::fs::read_to_string(operator.0.path("servo.yaml")).unwrap();
    operator.configures(&starter.replace("https://example.com", &responder.url));
    // The address of this machine is not public: what to do is said.
    let refused = operator.types("servo-webhooks trigger after:measure measurements");
    shows(&refused.exits(1), &["--allow loopback"]);
    shows(
        &operator
            .types("servo-webhooks trigger after:measure measurements --allow loopback")
            .exits(0),
        &["delivered"],
    );
    shows(
        &operator.runs(&[MEASURE]).exits(0),
        &[r#""outcome":"delivered""#],
    );
    let ended = responder.stops().exits(0);
    shows(
        &ended,
        &[
            "after:measure",
            "verified -> 200",
            "2 requests: 2 verified, 0 refused",
        ],
    );
}

#[test]
fn a_veto_above_two_cores_three_ways() {
    let Some(operator) = Operator::new() else {
        return;
    };
    let (big, small) = (adjustment(4), adjustment(1));
    let hook = |url: &str, more: &str| {
        format!(
            "- {{name: limit, events: before:adjust, url: '{url}/', secret: {{env: SERVO_WEBHOOKS_SECRET}}{more}}}\n"
        )
    };
    let secret = "--secret env:SERVO_WEBHOOKS_SECRET";
    let cancelled = r#""outcome":"cancelled","reason":"at most 2 cores""#;

    // In the webhook: nobody is asked about less.
    let responder = operator.listens(&format!("{secret} --answer 'cancel:at most 2 cores'"));
    let condition =
        ", when: '.parameters.adjustments | any(.setting_name == \"cpu\" and .value > 2)'";
    operator.configures(&hook(&responder.url, condition));
    shows(&operator.runs(&[&big]).exits(0), &[cancelled]);
    shows(
        &operator.runs(&[&small]).exits(0),
        &[r#""outcome":"proceed""#, "skipped"],
    );
    // A slip in the condition: in doubt it is asked.
    let slip = ", when: '.parameters.adjustment[] | .value > 2'";
    operator.configures(&hook(&responder.url, slip));
    shows(&operator.runs(&[&big]).exits(0), &[cancelled, "WARN"]);
    let ended = responder.stops().exits(0);
    shows(&ended, &["2 requests: 2 verified, 0 refused"]);

    // In the responder: all are asked about.
    operator.0.write(
        "rules.yaml",
        "- when: .body.parameters.adjustments | any(.setting_name == \"cpu\" and .value > 2)\n  answer: cancel:at most 2 cores\n",
    );
    let responder = operator.listens(&format!("{secret} --script rules.yaml"));
    operator.configures(&hook(&responder.url, ""));
    shows(&operator.runs(&[&big]).exits(0), &[cancelled]);
    shows(
        &operator.runs(&[&small]).exits(0),
        &[r#""outcome":"proceed""#, "proceeded"],
    );
    let url = responder.url.clone();
    let ended = responder.stops().exits(0);
    shows(
        &ended,
        &["-> 200 cancel: at most 2 cores", "2 requests: 2 verified"],
    );

    // When it is down: without `on_error: cancel` the adjustment would be made.
    operator.configures(&hook(&url, ""));
    shows(
        &operator.runs(&[&small]).exits(0),
        &[r#""outcome":"proceed""#, "no_answer"],
    );
    operator.configures(&hook(&url, ", on_error: cancel"));
    shows(
        &operator.runs(&[&small]).exits(0),
        &[r#""outcome":"cancelled""#, "connection refused"],
    );
}

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

#[test]
fn a_secret_is_rotated_without_a_lost_delivery() {
    let Some(operator) = Operator::new() else {
        return;
    };
    // The responder accepts both while they rotate.
    let responder = operator.listens("--secret env:OLD --secret env:NEW");
    let hook = |secrets: &str| {
        format!(
            "- {{name: hook, events: after:measure, url: '{}', secret: {secrets}, backoff: false}}\n",
            responder.url
        )
    };
    operator.configures(&hook("{env: OLD}"));
    // A person types the events and the signals.
    let mut shell = operator.setup().start(&["sh"]);
    shell.press("mkfifo events; servo-webhooks run --events events --allow loopback --log-level info & exec 3>events\r");
    let event = |id: &str| format!("echo '{{\"event\":\"after:measure\",\"id\":\"{id}\"}}' >&3\r");
    shell.press(&event("one"));
    shell.until("a delivery", |screen| {
        screen.matches("\"delivered\"").count() == 1
    });
    operator.configures(&hook("[{env: NEW}, {env: OLD}]"));
    shell.press("kill -HUP $!\r");
    shell.until("a reload", |screen| {
        screen.contains("reloaded") || screen.contains("read anew")
    });
    shell.press(&event("two"));
    shell.until("another delivery", |screen| {
        screen.matches("\"delivered\"").count() == 2
    });
    shell.press("exec 3>&-; wait $!; echo \"it ended with $?\"; exit\r");
    shell.until_shown("it ended with 0");
    shell.finish().exits(0);
    shows(
        &responder.stops().exits(0),
        &["2 requests: 2 verified, 0 refused"],
    );
    // Then the old one goes: what it signed is refused.
    let responder = operator.listens("--secret env:NEW");
    operator.configures(&format!(
        "- {{name: hook, events: after:measure, url: '{}', secret: [{{env: NEW}}, {{env: OLD}}]}}\n",
        responder.url
    ));
    operator.runs(&[MEASURE]).exits(0);
    shows(&responder.stops().exits(0), &["1 request: 1 verified"]);
}

#[test]
fn a_chat_room_and_a_cloud_event() {
    let Some(operator) = Operator::new() else {
        return;
    };
    let responder = operator.listens("--secret env:SERVO_WEBHOOKS_SECRET --verbose");
    operator.configures(&format!(
        r#"
- name: chat
  events: after:adjust
  url: {0}/chat
  secret: {{env: SERVO_WEBHOOKS_SECRET}}
  payload: '{{text: "\(.source // "a servo") made \(.parameters.adjustments | length) adjustments"}}'
- name: cloud
  events: after:measure
  url: {0}/cloud
  secret: {{env: SERVO_WEBHOOKS_SECRET}}
  format: cloudevents
"#,
        responder.url
    ));
    operator.0.write(
        "events.jsonl",
        format!(
            "{}\n{MEASURE}\n",
            adjustment(2).replace("before:", "after:")
        ),
    );
    let run = "servo-webhooks run --events events.jsonl --allow loopback --source /servos/web";
    operator.types(run).exits(0);
    shows(
        &responder.stops().exits(0),
        &[
            "\"text\": \"/servos/web made 1 adjustments\"",
            "\"specversion\": \"1.0\"",
            "\"type\": \"com.opsani.servo.after.measure\"",
            "2 requests: 2 verified, 0 refused",
        ],
    );
}
