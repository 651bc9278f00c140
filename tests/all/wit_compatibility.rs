//! What 0.1.x promises: hosts that were built with an earlier WIT bind to a later
//! component, and a component of another version is refused.

use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use crate::support::version::{later, renamed};
use crate::support::{data, hmac_sha1, root};
use servo_webhooks::Component as Connector;
use std::collections::BTreeSet;
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};
use wit_parser::{Resolve, Stability};

/// A host of 0.1.0. Its WIT never changes.
mod first {
    wasmtime::component::bindgen!({
        path: "../../tests/compatibility/0.1.0.wit",
        world: "webhook-connector",
    });
    pub use exports::servo::webhooks::connector::*;
}

/// A host that wants two of the functions, with the types that these need.
mod narrow {
    wasmtime::component::bindgen!({
        inline: "
            package servo:webhooks@0.1.0;

            interface connector {
              record signing-context { delivery: string, attempt: u32, now: u64 }
              variant content { text(string), binary(list<u8>) }
              record header { name: string, value: string }
              record secret-error { secret: u32, message: string }
              select: func(listeners: list<list<string>>, event: string) -> list<u32>;
              sign: func(scheme: string, secrets: list<string>, context: signing-context, body: content)
                -> result<list<header>, secret-error>;
            }

            world narrow { export connector; }
        ",
    });
    pub use exports::servo::webhooks::connector::*;
}

fn load(bytes: &[u8]) -> (Store<()>, Component, Linker<()>) {
    let engine = Engine::default();
    let component = Component::new(&engine, bytes).unwrap();
    let linker = Linker::new(&engine);
    (Store::new(&engine, ()), component, linker)
}

/// All that the first version has, told by a host that knows nothing else.
fn serves_the_first_host(bytes: &[u8]) {
    let (mut store, component, linker) = load(bytes);
    let bound = first::WebhookConnector::instantiate(&mut store, &component, &linker).unwrap();
    let guest = bound.servo_webhooks_connector();
    let document =
        r#"[{"events": "after:measure", "url": "https://example.com", "secret": {"handle": 0}}]"#;
    let found = guest
        .call_parse_config(&mut store, document, &[], "")
        .unwrap();
    assert!(found.problems.is_empty());
    let webhook = &found.webhooks[0];
    let event = first::Event {
        name: "after:measure".into(),
        id: "1".into(),
        created: "2026-11-23T11:23:42+00:00".into(),
        parameters: "{}".into(),
        results: Some("[]".into()),
    };
    let notification = first::Notification::Event(event);
    let rendered = guest
        .call_render(&mut store, &webhook.shape, &notification)
        .unwrap();
    let first::Rendering::Send(request) = rendered.unwrap() else {
        panic!("it has no condition")
    };
    let body = request.body.unwrap();
    let context = first::SigningContext {
        delivery: "d".into(),
        attempt: 1,
        now: 0,
    };
    let content = first::Content::Text(body.clone());
    let secrets = ["s3cr3t".to_owned()];
    let signed = guest
        .call_sign(&mut store, &webhook.scheme, &secrets, &context, &content)
        .unwrap();
    assert_eq!(
        signed.unwrap()[0].value,
        hmac_sha1("s3cr3t", body.as_bytes())
    );
    let answer = first::Answer {
        status: 200,
        headers: Vec::new(),
        body: None,
    };
    let attempt = first::Attempt {
        number: 1,
        elapsed: 0,
        now: 0,
        outcome: first::Outcome::Answer(answer),
    };
    let ruling = guest
        .call_judge(&mut store, &webhook.after.policy, &attempt)
        .unwrap();
    assert!(matches!(ruling.verdict, first::Verdict::Delivered));
    let event_type = first::EventType {
        name: "after:measure".into(),
        parameters: None,
        value: None,
    };
    assert!(
        guest
            .call_schema(&mut store, &webhook.shape, &event_type)
            .unwrap()
            .is_ok()
    );
    assert!(
        guest
            .call_sample(&mut store, &event_type, "1", "2026-11-23T11:23:42+00:00")
            .unwrap()
            .is_ok()
    );
}

fn serves_the_narrow_host(bytes: &[u8]) {
    let (mut store, component, linker) = load(bytes);
    let bound = narrow::Narrow::instantiate(&mut store, &component, &linker).unwrap();
    let guest = bound.servo_webhooks_connector();
    let listeners = [
        vec!["before:*".to_owned()],
        vec!["after:measure".to_owned()],
    ];
    let chosen = guest
        .call_select(&mut store, &listeners, "after:measure")
        .unwrap();
    assert_eq!(chosen, [1]);
    let context = narrow::SigningContext {
        delivery: "d".into(),
        attempt: 1,
        now: 0,
    };
    let body = narrow::Content::Binary(b"hello".to_vec());
    let signed = guest
        .call_sign(&mut store, "", &["key".to_owned()], &context, &body)
        .unwrap();
    assert_eq!(signed.unwrap()[0].value, hmac_sha1("key", b"hello"));
}

#[test]
fn hosts_of_the_first_version_bind_to_the_component() {
    serves_the_first_host(Connector::built_in().bytes());
    serves_the_narrow_host(Connector::built_in().bytes());
}

#[test]
fn hosts_of_the_first_version_bind_to_a_later_one() {
    let later = later();
    serves_the_first_host(&later);
    serves_the_narrow_host(&later);
}

#[test]
fn the_program_takes_a_later_component() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::new(&format!(
        "- {{events: 'after:measure', url: '{}', secret: s}}\n",
        responder.url("/")
    ));
    program.write("later.wasm", later());
    let shown = program
        .call(&["component", "--component", "later.wasm"])
        .exits(0)
        .stdout;
    assert!(
        shown.contains("connector@0.1.7") || shown.contains("webhooks@0.1.7"),
        "{shown}"
    );
    assert!(shown.contains("select-more"), "{shown}");
    program
        .run(
            "{\"event\": \"after:measure\"}\n",
            &["--component", "later.wasm"],
        )
        .exits(0);
    assert_eq!(responder.received().len(), 1);
}

#[test]
fn another_version_is_refused_by_name() {
    let program = Program::empty();
    for version in ["0.2.0", "1.0.0", "0.0.9"] {
        program.write("other.wasm", renamed(version));
        let refused = program
            .call(&["component", "--component", "other.wasm"])
            .exits(2);
        let why = format!("webhook-connector@0.1.0: it exports servo:webhooks/connector@{version}");
        assert!(refused.stderr.contains(&why), "{}", refused.stderr);
    }
    let (mut store, component, linker) = load(&renamed("0.2.0"));
    assert!(first::WebhookConnector::instantiate(&mut store, &component, &linker).is_err());
}

fn contract(text: &str) -> Resolve {
    let mut resolve = Resolve::default();
    resolve.push_str("contract.wit", text).unwrap();
    resolve
}

/// Whether the component is one of the world that this WIT describes.
fn is_of(text: &str) -> bool {
    let resolve = contract(text);
    let (world, _) = resolve.worlds.iter().next().unwrap();
    wit_component::targets(&resolve, world, Connector::built_in().bytes()).is_ok()
}

/// Nothing that the first version has may change in any way.
#[test]
fn what_the_first_version_has_is_unchanged() {
    let first = std::fs::read_to_string(data("compatibility/0.1.0.wit")).unwrap();
    assert!(is_of(&first));
    for (ours, changed) in [
        (
            "record custom-header { name: string, ",
            "record custom-header { ",
        ),
        (
            "record wait { at-least: duration, ",
            "record wait { least: duration, ",
        ),
        (
            "enum on-error { proceed, cancel }",
            "enum on-error { proceed, cancel, hold }",
        ),
        (
            "enum severity { warning, error }",
            "enum severity { error, warning }",
        ),
        ("skip(string)", "skip(u32)"),
        ("type instant = u64", "type instant = s64"),
        (
            "judge: func(policy: string, ",
            "judge: func(rules: string, ",
        ),
        ("select: func(", "choose: func("),
    ] {
        let other = first.replace(ours, changed);
        assert_ne!(other, first, "{ours} is not there");
        assert!(!is_of(&other), "{changed} is not told from {ours}");
    }
}

/// Each item, and whether it says that it came after the first version.
fn items(resolve: &Resolve) -> BTreeSet<(String, bool)> {
    let late = |stability: &Stability| !matches!(stability, Stability::Stable { since, .. } if since.to_string() == "0.1.0");
    let mut items = BTreeSet::new();
    for (_, interface) in &resolve.interfaces {
        for (name, function) in &interface.functions {
            items.insert((name.clone(), late(&function.stability)));
        }
        for (name, id) in &interface.types {
            items.insert((name.clone(), late(&resolve.types[*id].stability)));
        }
    }
    items
}

#[test]
fn what_came_later_says_so() {
    let first = std::fs::read_to_string(data("compatibility/0.1.0.wit")).unwrap();
    let today = std::fs::read_to_string(root().join("wit/connector.wit")).unwrap();
    let (first, today) = (items(&contract(&first)), items(&contract(&today)));
    assert!(first.iter().all(|(_, late)| !late));
    assert!(
        first.is_subset(&today),
        "gone: {:?}",
        first.difference(&today)
    );
    let unmarked: Vec<_> = today.difference(&first).filter(|(_, late)| !late).collect();
    assert!(
        unmarked.is_empty(),
        "without their own @since: {unmarked:?}"
    );
}
